/** Experiment 5: from a hundred to five thousand nodes: what a node and a hop cost the machine that simulates, and what becomes of journeys. */
import { LIMITS } from '../../core/limits.ts';
import { processCpuMs } from '../../runtime/platform/cpu.ts';
import type { Position } from '../geometry.ts';
import { liveBytes } from '../memory.ts';
import { requireWhole } from '../parameters.ts';
import { RandomStream } from '../random.ts';
import { connected, uniform } from '../topology/placements.ts';
import type { SimProgram } from '../program.ts';
import { batches, type Batch, type Experiment, type Parameter, type Setting, type Values } from './experiment.ts';
import type { HorizontalAxis, Panel, VerticalAxis } from './figure.ts';
import { Journeys } from './journeys.ts';
import { stillNetwork, type Network } from './network.ts';
import { costsOf, costsSince } from './traffic.ts';

const RANGE_M = 100;
/** Mean number of neighbours, but for those at the edge: random networks of thousands of nodes are rarely connected with fewer. */
const DENSITY = 14;
const IDLE_MS = 10_000;
const JOURNEYS = 100;
/** They begin evenly over this time. */
const DEPARTURES_MS = 10_000;
const PATIENCE_MS = 30_000;
/** A region in which somebody is nearly always. */
const REGION_RADIUS_M = 50;
const MS_PER_S = 1000;
const US_PER_MS = 1000;
const BYTES_PER_KB = 1000;

interface ScalePoint {
  readonly [part: string]: number;
  readonly nodes: number;
}

async function compute({ nodes }: ScalePoint, seed: string, setting: Setting): Promise<Values> {
  requireWhole('nodes', nodes, 2, LIMITS.simNodes);
  const draw = RandomStream.of(seed, `scale/${nodes}`);
  const sideM = Math.sqrt((nodes * Math.PI * RANGE_M ** 2) / DENSITY);
  const { positions } = connected(() => uniform(nodes, { widthM: sideM, heightM: sideM }, draw), RANGE_M);
  const journeys = new Journeys();
  const options = { seed: `scale/${nodes}/${seed}`, positions, rangeM: RANGE_M, radio: 'wires', observers: [journeys.observer] } as const;
  const emptyBytes = liveBytes();
  const startMs = processCpuMs();
  const network = await stillNetwork(options, setting);
  const { world } = network;
  const startedMs = processCpuMs() - startMs;
  const idleMs = await timed(() => world.run(IDLE_MS));
  const idleBytes = liveBytes() - emptyBytes - world.sandboxBytes;
  const before = costsOf(world.traffic);
  const beganMs = world.nowMs;
  const visit = world.program('visit', setting.compile('visit'));
  depart(journeys, visit, network, { positions, draw });
  const workMs = await timed(() => world.run(DEPARTURES_MS).then(() => world.until(() => journeys.areOver, 3 * PATIENCE_MS)));
  const hops = world.metrics.total('sm_handoffs_total', 'in', 'accepted');
  // Beacons go on while there is traffic.
  const beaconsMs = (idleMs / IDLE_MS) * (world.nowMs - beganMs);
  const { messages, bytes } = costsSince(before, world.traffic);
  return {
    startMsPerNode: startedMs / nodes,
    idleUsPerNodeSecond: (idleMs * US_PER_MS) / ((IDLE_MS / MS_PER_S) * nodes),
    kilobytesPerNode: idleBytes / nodes / BYTES_PER_KB,
    hopsPerSecond: (hops * MS_PER_S) / Math.max(1, workMs - beaconsMs),
    usPerHop: (Math.max(1, workMs - beaconsMs) * US_PER_MS) / hops,
    delivery: journeys.delivery,
    hopsPerJourney: hops / JOURNEYS,
    messagesPerJourney: messages / JOURNEYS,
    bytesPerJourney: bytes / JOURNEYS,
    timeMs: journeys.meanMs,
  };
}

/** CPU time of this process in milliseconds: the same as wall time where nothing else runs, and still right where something does. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = processCpuMs();
  await work();
  return processCpuMs() - startMs;
}

/** Journeys from anywhere to anywhere. */
function depart(
  journeys: Journeys,
  visit: SimProgram,
  { world, toWgs84 }: Network,
  { positions, draw }: { readonly positions: readonly Position[]; readonly draw: RandomStream },
): void {
  for (let index = 0; index < JOURNEYS; index += 1) {
    const [origin, destination] = [draw.below(positions.length), draw.below(positions.length)];
    const region = { centre: toWgs84(positions[destination]!), radiusMetres: REGION_RADIUS_M };
    const args = { region, timeout: PATIENCE_MS };
    world.kernel.setTimer((DEPARTURES_MS / JOURNEYS) * index, () => journeys.launch(world, visit, origin, args, { transient: true }));
  }
}

const PARAMETERS: readonly Parameter[] = [
  {
    name: 'range',
    value: RANGE_M,
    unit: 'm',
    source: 'assumption; wires without contention, so that the cost is that of nodes and not of a radio model',
  },
  { name: 'density', value: DENSITY, unit: 'neighbours', source: 'assumption; the area grows with the number of nodes' },
  {
    name: 'journeys',
    value: JOURNEYS,
    unit: '1',
    source: 'assumption; from anywhere to a place anywhere and home, over 10 s, by the hybrid router',
  },
  { name: 'idle time measured', value: IDLE_MS / MS_PER_S, unit: 's', source: 'virtual time, with beacons every 5 s' },
  { name: 'patience', value: PATIENCE_MS / MS_PER_S, unit: 's', source: 'assumption; for each way' },
];

const nodes: HorizontalAxis = { field: 'nodes', title: 'Nodes', unit: '', isLogarithmic: true };

function panel(title: string, measure: string, y: VerticalAxis): Panel {
  return { title, kind: 'lines', x: nodes, y, measures: [measure] };
}

export const scale: Experiment<ScalePoint> = {
  name: 'scale',
  title: 'Scale: what a node and a hop cost, and what becomes of journeys, from 100 to 5,000 nodes',
  claim: 'Nothing is global: the cost of a node, and of a hop, does not depend on how many nodes there are.',
  source: 'A question of this project',
  parameters: PARAMETERS,
  measures: {
    startMsPerNode: { title: 'CPU time to start and link a node', unit: 'ms', isOfMachine: true },
    idleUsPerNodeSecond: { title: 'CPU time of an idle node in a virtual second', unit: 'us', isOfMachine: true },
    kilobytesPerNode: { title: 'Memory of an idle node', unit: 'kB', isOfMachine: true },
    hopsPerSecond: { title: 'Hops in a second of CPU time', unit: '1/s', isOfMachine: true },
    usPerHop: { title: 'CPU time of a hop', unit: 'us', isOfMachine: true },
    delivery: { title: 'Journeys that came home', unit: 'share' },
    hopsPerJourney: { title: 'Hops for each journey, those of explorers included', unit: '1' },
    messagesPerJourney: { title: 'Messages for each journey', unit: '1' },
    bytesPerJourney: { title: 'Bytes of these messages', unit: 'B' },
    timeMs: { title: 'Time of journeys that came home', unit: 'ms' },
  },
  sizes: {
    default: planned([100, 300, 1000, 5000]),
    full: planned([100, 300, 1000, 2000, 5000]).map((batch) => ({ ...batch, seeds: 10 })),
  },
  figures: [
    {
      name: 'cost',
      title: 'What simulating costs, by the number of nodes',
      panels: [
        panel('Memory', 'kilobytesPerNode', { title: 'Memory of an idle node', unit: 'kB' }),
        panel('Idle node', 'idleUsPerNodeSecond', { title: 'CPU time in a virtual second', unit: 'us' }),
        panel('Hop', 'usPerHop', { title: 'CPU time of a hop', unit: 'us' }),
      ],
    },
    {
      name: 'journeys',
      title: 'What becomes of journeys across the whole network, by the number of nodes',
      panels: [
        panel('Delivery', 'delivery', { title: 'Journeys that came home', unit: 'share', domain: [0, 1] }),
        panel('Messages', 'messagesPerJourney', { title: 'Messages for each journey', unit: '1' }),
        panel('Time', 'timeMs', { title: 'Time there and back', unit: 'ms' }),
      ],
    },
  ],
  compute,
};

/** Large networks take long, and vary little. */
function planned(sizes: readonly number[]): Batch<ScalePoint>[] {
  return sizes.flatMap((size) => batches([{ nodes: size }], size > 1000 ? 3 : 10));
}
