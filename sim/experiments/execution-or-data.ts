/** Experiment 6: whether a program goes to the data, or the data to the program. */
import { MisuseError } from '../../core/errors.ts';
import { requireBetween, requireWhole } from '../parameters.ts';
import { drawOf } from '../power/presets.ts';
import type { Bill } from './execution-or-data/bill.ts';
import { measure, ROUTE_TIMEOUT_MS, STARTS, WAYS, type Place, type Start, type Way } from './execution-or-data/task.ts';
import { batches, type Experiment, type Setting, type Values } from './experiment.ts';
import type { HorizontalAxis, Panel } from './figure.ts';
import { MACHINES, PI_PARAMETERS } from './machines.ts';

interface TaskPoint {
  readonly [part: string]: string | number;
  readonly way: Way;
  readonly start: Start;
  readonly sources: number;
  readonly bytes: number;
  readonly repetitions: number;
  /** Frames that a receiver loses by chance. */
  readonly lossPercent: number;
}

const SOURCES = 6;
const BYTES = 1024;
const SEEDS = 10;
const SEEDS_FULL = 40;

const RADIO = 'wilc3000-n7';
const BOARD = 'pi-zero-2w';

const PLACE: Omit<Place, 'lossRate'> = {
  nodes: 20,
  sideM: 370,
  rangeM: 125,
  cpu: MACHINES.pi.cpu,
  power: drawOf(RADIO, BOARD),
};

/** Everything is known, and the question is asked once; of that, each group of points varies one thing. */
const USUAL = { start: 'code-and-routes', sources: SOURCES, bytes: BYTES, repetitions: 1, lossPercent: 0 } as const;
const VARIED = {
  bytes: [16, BYTES, 8192, 65_536],
  sources: [1, 16],
  lossPercent: [15, 30],
} as const;
const REPETITIONS = [1, 3, 10];

const POINTS: readonly TaskPoint[] = WAYS.flatMap((way) => {
  const usual: TaskPoint = { way, ...USUAL };
  return [
    ...REPETITIONS.map((repetitions): TaskPoint => ({ ...usual, start: 'nothing', repetitions })),
    { ...usual, start: 'code' },
    ...Object.entries(VARIED).flatMap(([part, values]) => values.map((value) => ({ ...usual, [part]: value }))),
  ];
});

async function compute({ lossPercent, ...task }: TaskPoint, seed: string, setting: Setting): Promise<Values> {
  requireOneOf('way', task.way, WAYS);
  requireOneOf('start', task.start, STARTS);
  requireBetween('lossPercent', lossPercent, 0, 100);
  requireWhole('repetitions', task.repetitions, 1, 1000);
  const bill = await measure(task, { ...PLACE, lossRate: lossPercent / 100 }, seed, setting);
  return { answered: bill === null ? 0 : 1, ...(bill === null ? NOTHING : valuesOf(bill)) };
}

const NOTHING = { ms: null, messages: null, kilobytes: null, transmitJ: null, receiveJ: null, idleJ: null, computeJ: null, trafficJ: null };

function valuesOf({ ms, messages, bytes, energy: { transmitJ, receiveJ, idleJ, computeJ } }: Bill): Values {
  return { ms, messages, kilobytes: bytes / 1000, transmitJ, receiveJ, idleJ, computeJ, trafficJ: transmitJ + receiveJ };
}

function requireOneOf(name: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw new MisuseError('bad-parameter', `${name} is ${value}; expected one of ${words.join(', ')}`);
}

/** One panel for each measure, with a line for each way. */
function panels(
  measures: Readonly<Record<string, Pick<Panel, 'title' | 'y'>>>,
  x: HorizontalAxis,
  varied: Partial<TaskPoint> = {},
): Panel[] {
  const { [x.field]: _, ...where } = { ...USUAL, ...varied } as TaskPoint;
  return Object.entries(measures).map(([measure, { title, y }]) => ({
    kind: 'lines',
    title,
    x,
    y: { isLogarithmic: true, ...y },
    measures: [measure],
    colour: { field: 'way', title: '' },
    where,
  }));
}

const COSTS = {
  ms: { title: 'From question to answer', y: { title: 'Time', unit: 'ms' } },
  kilobytes: { title: 'Sent, all hops together', y: { title: 'Bytes', unit: 'kB' } },
  trafficJ: { title: 'Sending and receiving', y: { title: 'Energy', unit: 'J' } },
};
/** What matters where something may be lost. */
const TROUBLES = {
  answered: { title: 'Answered within a minute', y: { title: 'Share', unit: '', isLogarithmic: false, domain: [0, 1] } },
  ms: COSTS.ms,
  kilobytes: COSTS.kilobytes,
} as const;
const ENERGIES = {
  transmitJ: { title: 'Sending', y: { title: 'Energy', unit: 'J' } },
  receiveJ: { title: 'Receiving', y: { title: 'Energy', unit: 'J' } },
  idleJ: { title: 'Listening', y: { title: 'Energy', unit: 'J' } },
  computeJ: { title: 'Computing', y: { title: 'Energy', unit: 'J', isLogarithmic: false } },
};
const LABELS = {
  one: 'one Smart Message',
  spawned: 'spawned Smart Messages',
  messengers: 'polling by messengers',
  datagrams: 'polling by bare datagrams',
  nothing: 'nothing',
  code: 'the code',
  'code-and-routes': 'code and routes',
};
const PICTURE: HorizontalAxis = { field: 'bytes', title: 'Data at each source', unit: 'B', isLogarithmic: true };

export const executionOrData: Experiment<TaskPoint> = {
  name: 'execution-or-data',
  title: 'Execution against data migration',
  claim: 'In networks of embedded systems it is better to bring the program to the data than the data to the program.',
  source: 'Iftode, Building Network-Centric Systems, slides 37 to 39',
  parameters: [
    { name: 'nodes', value: PLACE.nodes, unit: '1', source: 'assumption; they do not move' },
    {
      name: 'area',
      value: `${PLACE.sideM} x ${PLACE.sideM}`,
      unit: 'm',
      source: 'assumption; placements are drawn until they are connected',
    },
    { name: 'range', value: PLACE.rangeM, unit: 'm', source: 'assumption' },
    { name: 'power of the radio', value: RADIO, unit: '', source: 'sim/power/presets.ts' },
    { name: 'power of computing', value: PLACE.power.computeMw, unit: 'mW', source: `${BOARD} in sim/power/presets.ts` },
    ...PI_PARAMETERS,
    { name: 'ACTIVE_ROUTE_TIMEOUT', value: ROUTE_TIMEOUT_MS, unit: 'ms', source: 'nobody moves; RFC 3561 has 3000' },
  ],
  measures: {
    answered: { title: 'Questions that were answered', unit: '1' },
    ms: { title: 'Time', unit: 'ms' },
    messages: { title: 'Transmissions', unit: '1' },
    kilobytes: { title: 'Bytes sent', unit: 'kB' },
    transmitJ: { title: 'Energy of sending', unit: 'J' },
    receiveJ: { title: 'Energy of receiving', unit: 'J' },
    idleJ: { title: 'Energy of listening', unit: 'J' },
    computeJ: { title: 'Energy of computing', unit: 'J' },
    trafficJ: { title: 'Energy of sending and receiving', unit: 'J' },
  },
  sizes: { default: batches(POINTS, SEEDS), full: batches(POINTS, SEEDS_FULL) },
  figures: [
    {
      name: '',
      title: `One answer from ${SOURCES} sources, code and routes known: how much data each has`,
      labels: LABELS,
      panels: panels(COSTS, PICTURE),
    },
    {
      name: 'energy',
      title: `Energy of all nodes for one answer from ${SOURCES} sources, code and routes known`,
      labels: LABELS,
      panels: panels(ENERGIES, PICTURE),
    },
    {
      name: 'sources',
      title: `One answer from ${BYTES} B at each source, code and routes known: how many sources there are`,
      labels: LABELS,
      panels: panels(COSTS, { field: 'sources', title: 'Sources', unit: '' }),
    },
    {
      name: 'repetitions',
      title: `Mean of some answers from ${SOURCES} sources with ${BYTES} B, nothing known before the first`,
      labels: LABELS,
      panels: panels(
        COSTS,
        { field: 'repetitions', title: 'Questions, one after the other', unit: '', isLogarithmic: true },
        { start: 'nothing' },
      ),
    },
    {
      name: 'loss',
      title: `One answer from ${SOURCES} sources with ${BYTES} B, code and routes known: how much is lost`,
      labels: LABELS,
      panels: panels(TROUBLES, { field: 'lossPercent', title: 'Frames lost by chance', unit: '%' }),
    },
    {
      name: 'knowledge',
      title: `One answer from ${SOURCES} sources with ${BYTES} B: what the nodes know before`,
      labels: { ...LABELS, one: 'one', spawned: 'spawned', messengers: 'messengers', datagrams: 'datagrams' },
      panels: Object.entries(COSTS).map(([measure, { title, y }]) => ({
        kind: 'bars',
        title,
        x: { field: 'way', title: '', unit: '' },
        y,
        measures: [measure],
        colour: { field: 'start', title: 'known before' },
        where: { sources: SOURCES, bytes: BYTES, repetitions: 1, lossPercent: 0 },
      })),
    },
  ],
  compute,
};
