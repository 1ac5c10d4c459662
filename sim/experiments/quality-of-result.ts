/** Experiment 4: how good an answer is in a network in which ever more goes wrong. */
import { requireWhole } from '../parameters.ts';
import { ADVERSITIES, adversityOf, CALM, CHURN, type AdversityKind } from './quality-of-result/adversity.ts';
import { ask, BEACONS } from './quality-of-result/question.ts';
import type { TownSize } from './quality-of-result/town.ts';
import { batches, type Experiment, type Setting, type Values } from './experiment.ts';
import type { Panel } from './figure.ts';
import { PI_PARAMETERS } from './machines.ts';

interface QualityPoint {
  readonly [part: string]: string | number;
  readonly adversity: AdversityKind | typeof CALM;
  /** How much of it, in units of its own. */
  readonly level: number;
  /** How often the town is asked. */
  readonly waves: number;
}

const TOWN: TownSize = { nodes: 30, sideM: 430, rangeM: 125, broken: 2 };
const PATIENCE_MS = 20_000;
const ONCE = 1;
const AGAIN = 4;
const SEEDS = 10;
const SEEDS_FULL = 50;

const KINDS = Object.keys(ADVERSITIES) as AdversityKind[];
const POINTS: readonly QualityPoint[] = [ONCE, AGAIN].flatMap((waves) => [
  { adversity: CALM, level: 0, waves },
  ...KINDS.flatMap((adversity) => ADVERSITIES[adversity].levels.map((level) => ({ adversity, level, waves }))),
]);

async function compute({ adversity, level, waves }: QualityPoint, seed: string, { guestSource, compile }: Setting): Promise<Values> {
  requireWhole('waves', waves, 1, 100);
  const { coverage, error, accuracy, quality, reachable, bytes } = await ask({
    town: TOWN,
    adversity: adversityOf(adversity, level),
    patienceMs: PATIENCE_MS,
    waves,
    seed,
    guestSource,
    program: compile('town-average'),
  });
  return { coverage, error, accuracy, quality, reachable, kilobytes: bytes / 1000 };
}

function panels(draw: Pick<Panel, 'measures' | 'colour' | 'where' | 'y'>): Panel[] {
  return KINDS.map((adversity) => {
    const { title, axis, unit } = ADVERSITIES[adversity];
    return {
      ...draw,
      kind: 'lines',
      title,
      x: { field: 'level', title: axis, unit },
      where: { ...draw.where, adversity: [CALM, adversity] },
    };
  });
}

const SHARE = { title: 'Share', unit: '', domain: [0, 1] } as const;
const FACTORS = ['reachable', 'coverage', 'accuracy', 'quality'] as const;

export const qualityOfResult: Experiment<QualityPoint> = {
  name: 'quality-of-result',
  title: 'Quality of a result against network adversity',
  claim: 'As a network becomes worse, the quality of a result should fall slowly, and not from everything to nothing.',
  source: 'Iftode, Migratory TCP and Smart Messages, slides 30 and 43: average temperature in town; in search for a good metric',
  parameters: [
    { name: 'nodes', value: TOWN.nodes, unit: '1', source: 'assumption' },
    { name: 'town', value: `${TOWN.sideM} x ${TOWN.sideM}`, unit: 'm', source: 'assumption: about eight neighbours each' },
    { name: 'range', value: TOWN.rangeM, unit: 'm', source: 'assumption; sensed twice as far' },
    { name: 'broken thermometers', value: TOWN.broken, unit: '1', source: 'slide 30 has one in twelve; they show 0 °F' },
    {
      name: 'beacons',
      value: BEACONS.beaconIntervalMs,
      unit: 'ms',
      source: `assumption: nodes walk; gone after ${BEACONS.beaconMissed} that are missed`,
    },
    { name: 'patience', value: PATIENCE_MS, unit: 'ms', source: 'assumption' },
    { name: 'outage', value: CHURN.meanOutageMs, unit: 'ms on average', source: 'assumption' },
    { name: 'crashes that are the last', value: CHURN.deadShare, unit: 'share', source: 'assumption' },
    ...PI_PARAMETERS,
  ],
  measures: {
    reachable: { title: 'reachable at some time', unit: '1' },
    coverage: { title: 'coverage', unit: '1' },
    accuracy: { title: '1 - error / range', unit: '1' },
    quality: { title: 'quality: the product of both', unit: '1' },
    error: { title: 'Error', unit: '°F' },
    kilobytes: { title: 'Bytes sent', unit: 'kB' },
  },
  sizes: { default: batches(POINTS, SEEDS), full: batches(POINTS, SEEDS_FULL) },
  figures: [
    {
      name: '',
      title: `Quality of the average temperature in town, asked ${AGAIN} times in ${PATIENCE_MS / 1000} s`,
      panels: panels({ measures: FACTORS, y: SHARE, where: { waves: AGAIN } }),
    },
    {
      name: 'once',
      title: 'Quality of the average temperature in town, asked once',
      panels: panels({ measures: FACTORS, y: SHARE, where: { waves: ONCE } }),
    },
    {
      name: 'cost',
      title: 'What the question costs, beacons included',
      labels: { [ONCE]: 'asked once', [AGAIN]: `asked ${AGAIN} times` },
      panels: panels({ measures: ['kilobytes'], y: { title: 'Bytes sent', unit: 'kB' }, colour: { field: 'waves', title: '' } }),
    },
  ],
  compute,
};
