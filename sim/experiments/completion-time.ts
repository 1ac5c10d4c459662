/** Experiment 1: how long a Smart Message takes there and back, as the prototype of the papers was measured. */
import { MisuseError } from '../../core/errors.ts';
import { RandomStream } from '../random.ts';
import { grid } from '../topology/placements.ts';
import type { Launched } from '../launches.ts';
import type { World } from '../world.ts';
import { batches, combinations, type Experiment, type Parameter, type Setting, type Values } from './experiment.ts';
import { IPAQ_PARAMETERS, MACHINES, PI_PARAMETERS, type Machine } from './machines.ts';
import { stillNetwork, type Network } from './network.ts';

const ROUTINGS = ['gpsr', 'aodv', 'aodv-flood'] as const;
const CODES = ['not-cached', 'cached'] as const;

const COLUMNS = 4;
const ROWS = 2;
const SPACING_M = 30;
/** Neighbours in a row and in a column, and nobody diagonally, wherever the nodes stray to. */
const RANGE_M = 36;
const STRAY_M = 2;
const PATIENCE_MS = 20_000;
/** Beyond every lifetime of routes and of what is remembered of searches. */
const FORGOTTEN_MS = 60_000;
/** AODV's own first ring is one hop; the papers' explorers went over all neighbours at once. */
const TTL_START = { aodv: 1, 'aodv-flood': 35 } as const;

interface CompletionPoint {
  readonly [part: string]: string;
  readonly machine: keyof typeof MACHINES;
  readonly routing: (typeof ROUTINGS)[number];
  readonly code: (typeof CODES)[number];
}

const POINTS: readonly CompletionPoint[] = combinations({ machine: ['ipaq', 'pi'], routing: ROUTINGS, code: CODES });

/** One journey on the machine. */
export async function thereAndBack(
  { radio, cpu }: Machine,
  { routing, code }: Pick<CompletionPoint, 'routing' | 'code'>,
  seed: string,
  setting: Setting,
): Promise<Values> {
  const draw = RandomStream.of(seed, 'completion-time');
  const positions = grid(COLUMNS, ROWS, SPACING_M).map(({ xM, yM }) => ({
    xM: xM + draw.between(-STRAY_M, STRAY_M),
    yM: yM + draw.between(-STRAY_M, STRAY_M),
  }));
  const network = await stillNetwork({ seed: `completion-time/${seed}`, positions, rangeM: RANGE_M, radio, cpu, diskFlushMs: 0 }, setting);
  const program = network.world.program(routing, setting.compile(routing === 'gpsr' ? 'there-and-back-gpsr' : 'there-and-back-aodv'));
  const go = () => network.world.launch(program, 0, { args: argumentsOf(network, routing), transient: true });
  if (code === 'cached') {
    await over(network.world, go());
    await network.world.run(FORGOTTEN_MS);
  }
  const before = network.world.traffic.load();
  const launched = go();
  const startMs = network.world.nowMs;
  await over(network.world, launched);
  const after = network.world.traffic.load();
  return {
    completionMs: launched.hasReturned ? network.world.nowMs - startMs : null,
    hops: launched.result()?.hops ?? null,
    bytes: after.bytes - before.bytes,
  };
}

async function compute({ machine, ...what }: CompletionPoint, seed: string, setting: Setting): Promise<Values> {
  if (!Object.hasOwn(MACHINES, machine))
    throw new MisuseError('bad-parameter', `machine is ${machine}; expected ${Object.keys(MACHINES).join(' or ')}`);
  return thereAndBack(MACHINES[machine], what, seed, setting);
}

function argumentsOf({ world, locationOf }: Network, routing: CompletionPoint['routing']): unknown {
  const last = world.nodes.length - 1;
  const common = { node: world.nodes[last]!.id, timeout: PATIENCE_MS };
  return routing === 'gpsr' ? { ...common, at: locationOf(last) } : { ...common, ttlStart: TTL_START[routing] };
}

function over(world: World, launched: Launched): Promise<boolean> {
  return world.until(() => launched.isOver, 3 * PATIENCE_MS);
}

const PARAMETERS: readonly Parameter[] = [
  {
    name: 'placement',
    value: `${COLUMNS} x ${ROWS}`,
    unit: 'nodes',
    source: 'assumption: the slide does not say; four hops from corner to corner',
  },
  { name: 'spacing', value: SPACING_M, unit: 'm', source: `assumption; each node up to ${STRAY_M} m off, each way` },
  { name: 'range', value: RANGE_M, unit: 'm', source: 'assumption: neighbours in rows and columns only' },
  { name: 'completion', value: 'there and back', unit: '', source: 'assumption: the slide does not say what the end of a task is' },
  ...IPAQ_PARAMETERS,
  ...PI_PARAMETERS,
  { name: 'AODV', value: 'RFC 3561, section 10', unit: '', source: 'its default parameters; all at once: TTL_START of NET_DIAMETER' },
];

export const completionTime: Experiment<CompletionPoint> = {
  name: 'completion-time',
  title: 'Completion time by routing and code caching, on eight nodes',
  claim: 'Cached code makes a Smart Message several times faster, and geographic routing is faster than routing on demand.',
  source: 'L. Iftode, Building Network-Centric Systems, slide 43: eight HP iPAQs with 802.11',
  parameters: PARAMETERS,
  measures: {
    completionMs: { title: 'Completion time', unit: 'ms' },
    hops: { title: 'Hops', unit: '1' },
    bytes: { title: 'Load on the radio', unit: 'B' },
  },
  sizes: { default: batches(POINTS, 20), full: batches(POINTS, 200) },
  figures: [
    {
      name: '',
      title: 'Completion time there and back, eight nodes',
      labels: {
        gpsr: 'GPSR',
        aodv: 'AODV\ngrowing rings',
        'aodv-flood': 'AODV\nall at once',
        'not-cached': 'not cached',
        cached: 'cached',
      },
      panels: [
        {
          title: 'iPAQ 2004',
          kind: 'bars',
          where: { machine: 'ipaq' },
          x: { field: 'routing', title: 'Routing', unit: '' },
          y: { title: 'Completion time', unit: 'ms' },
          measures: ['completionMs'],
          colour: { field: 'code', title: 'Code' },
          references: {
            title: 'measured on iPAQs (slide 43)',
            values: [
              { point: { routing: 'gpsr', code: 'not-cached' }, value: 415.6 },
              { point: { routing: 'gpsr', code: 'cached' }, value: 126.6 },
              { point: { routing: 'aodv-flood', code: 'not-cached' }, value: 506.6 },
              { point: { routing: 'aodv-flood', code: 'cached' }, value: 314.7 },
            ],
          },
        },
        {
          title: 'Pi today',
          kind: 'bars',
          where: { machine: 'pi' },
          x: { field: 'routing', title: 'Routing', unit: '' },
          y: { title: 'Completion time', unit: 'ms' },
          measures: ['completionMs'],
          colour: { field: 'code', title: 'Code' },
        },
      ],
    },
  ],
  compute,
};
