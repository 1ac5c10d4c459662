/** Experiment 3: geographic routing, routing on demand, and both in turn, for work in a region far away. */
import { LIMITS } from '../../core/limits.ts';
import { distanceM, type Position } from '../geometry.ts';
import { requirePositive, requireWhole } from '../parameters.ts';
import { RandomStream } from '../random.ts';
import { connected, uniform } from '../topology/placements.ts';
import { batches, combinations, type Batch, type Experiment, type Parameter, type Setting, type Values } from './experiment.ts';
import type { HorizontalAxis, Panel, VerticalAxis } from './figure.ts';
import { Journeys } from './journeys.ts';
import { stillNetwork } from './network.ts';
import { costsOf, costsSince } from './traffic.ts';

const RANGE_M = 100;
/** Mean number of neighbours, but for those at the edge. */
const DENSITY = 9;
const WANTED = 3;
const TAG = 'public:interest';
const PATIENCE_MS = 30_000;
/** Tags of interest are there by then. */
const SETTLED_MS = 1_000;
/** As much as a launch may have: budgets shall not decide. */
const BUDGET = { hops: LIMITS.budgetHops, bytes: LIMITS.budgetBytes, children: LIMITS.budgetChildren };

const ROUTINGS = ['geographic', 'on-demand', 'hybrid', 'hybrid-pull'] as const;
const NODES = [50, 100, 200, 400] as const;
const USUAL_NODES = 200;
const RADII_M = [130, 200, 300] as const;
const USUAL_RADIUS_M = 130;

interface SurveyPoint {
  readonly [part: string]: string | number;
  readonly routing: (typeof ROUTINGS)[number];
  readonly nodes: number;
  /** Of the region. */
  readonly radiusM: number;
}

async function compute({ routing, nodes, radiusM }: SurveyPoint, seed: string, setting: Setting): Promise<Values> {
  requireWhole('nodes', nodes, 2 * WANTED, LIMITS.simNodes);
  requirePositive('radiusM', radiusM);
  const name = `self-routing/${nodes}/${radiusM}`;
  const scene = sceneOf(nodes, radiusM, RandomStream.of(seed, name));
  const journeys = new Journeys();
  const network = { seed: `${name}/${seed}`, positions: scene.positions, rangeM: RANGE_M, radio: '802.11n', diskFlushMs: 0 } as const;
  const { world, toWgs84 } = await stillNetwork({ ...network, observers: [journeys.observer] }, setting);
  const survey = world.program(routing, setting.compile(`survey-${routing}`));
  const mark = world.program('mark', setting.compile('content'));
  // Code that is fetched would hide what routing costs; it is looked at in another experiment.
  for (const { index } of world.nodes) world.launch(survey, index, { args: { timeout: 0 }, transient: true });
  for (const node of scene.ofInterest)
    world.launch(mark, node, { args: { tag: TAG, staysMs: 4 * PATIENCE_MS, advertised: null }, transient: true });
  await world.run(SETTLED_MS);
  const before = costsOf(world.traffic);
  const region = { centre: toWgs84(scene.centre), radiusMetres: radiusM };
  const args = { tag: TAG, region, wanted: WANTED, timeout: PATIENCE_MS };
  const journey = journeys.launch(world, survey, scene.start, args, { transient: true, budget: BUDGET });
  await world.until(() => journey.launched.isOver, 3 * PATIENCE_MS);
  const visited = journey.homeMs === null ? 0 : Number(journey.said);
  const isWhole = visited === WANTED;
  const { messages, bytes } = costsSince(before, world.traffic);
  return {
    visited: visited / WANTED,
    // What an unfinished survey took says nothing of how long one takes.
    timeMs: isWhole ? journeys.meanMs : null,
    hops: isWhole ? journey.launched.result()!.hops : null,
    messages,
    bytes,
  };
}

interface Scene {
  readonly positions: readonly Position[];
  readonly start: number;
  readonly centre: Position;
  readonly ofInterest: readonly number[];
}

/** A square whose south west corner is the start and in whose north east is the region, with enough nodes for those of interest. */
function sceneOf(nodes: number, radiusM: number, draw: RandomStream): Scene {
  const sideM = Math.sqrt((nodes * Math.PI * RANGE_M ** 2) / DENSITY);
  const centre = { xM: sideM - radiusM, yM: sideM - radiusM };
  for (;;) {
    const { positions } = connected(() => uniform(nodes, { widthM: sideM, heightM: sideM }, draw), RANGE_M);
    const start = nearestTo({ xM: 0, yM: 0 }, positions);
    const inside = positions.flatMap((position, node) => (node !== start && distanceM(position, centre) < radiusM ? [node] : []));
    if (inside.length < WANTED) continue;
    const ofInterest = Array.from({ length: WANTED }, () => inside.splice(draw.below(inside.length), 1)[0]!);
    return { positions, start, centre, ofInterest };
  }
}

function nearestTo(place: Position, positions: readonly Position[]): number {
  return positions.reduce((best, position, node) => (distanceM(position, place) < distanceM(positions[best]!, place) ? node : best), 0);
}

const PARAMETERS: readonly Parameter[] = [
  { name: 'range', value: RANGE_M, unit: 'm', source: 'assumption; 802.11n, unit disk, the carrier is sensed twice as far' },
  { name: 'density', value: DENSITY, unit: 'neighbours', source: 'assumption; the area grows with the number of nodes' },
  { name: 'region', value: 'a circle in the corner opposite to the start', unit: '', source: 'assumption' },
  { name: 'nodes of interest', value: WANTED, unit: '1', source: 'assumption; at random in the region' },
  { name: 'patience', value: PATIENCE_MS / 1000, unit: 's', source: 'assumption; for all visits, and for the way home' },
  { name: 'code', value: 'cached at all nodes', unit: '', source: 'L. Iftode, Building Network-Centric Systems, slide 38: usually cached' },
];

const LABELS = {
  geographic: 'geographic only (GPSR)',
  'on-demand': 'on demand only (AODV)',
  hybrid: 'hybrid (GPSR, AODV)',
  'hybrid-pull': 'hybrid as it comes (GPSR, pull)',
};

function panelsOver(x: HorizontalAxis, where: Readonly<Record<string, number>>): Panel[] {
  const colour = { field: 'routing', title: 'Routing' };
  const panel = (title: string, measure: string, y: VerticalAxis): Panel => ({
    title,
    kind: 'lines',
    x,
    y,
    where,
    measures: [measure],
    colour,
  });
  return [
    panel('Delivery', 'visited', { title: 'Nodes of interest visited', unit: 'share', domain: [0, 1] }),
    panel('Time', 'timeMs', { title: 'Time of a whole survey', unit: 'ms', isLogarithmic: true, domain: [10, 10_000] }),
    panel('Messages', 'messages', { title: 'Messages of a survey', unit: '1', isLogarithmic: true, domain: [30, 10_000] }),
  ];
}

const byNodes: HorizontalAxis = { field: 'nodes', title: 'Nodes in the network', unit: '', isLogarithmic: true };
const byRadius: HorizontalAxis = { field: 'radiusM', title: 'Radius of the region', unit: 'm' };

export const selfRouting: Experiment<SurveyPoint> = {
  name: 'self-routing',
  title: 'Self-routing: geographic only, on demand only, and hybrid, to nodes of interest in a far region',
  claim: 'An application that routes geographically to a region and on demand within it does better than one that does only one of them.',
  source: 'L. Iftode, Building Network-Centric Systems, slide 45: a simulation of which only the set-up is preserved',
  parameters: PARAMETERS,
  measures: {
    visited: { title: 'Nodes of interest visited by surveys that came home', unit: 'share' },
    timeMs: { title: 'Time of surveys that visited all', unit: 'ms' },
    hops: { title: 'Hops of surveys that visited all', unit: '1' },
    messages: { title: 'Messages between nodes', unit: '1' },
    bytes: { title: 'Bytes of these messages', unit: 'B' },
  },
  sizes: { default: planned(NODES, 10), full: planned([...NODES, 800], 50) },
  figures: [
    {
      name: 'nodes',
      title: 'A survey of three nodes of interest in a far region, by the size of the network',
      labels: LABELS,
      panels: panelsOver(byNodes, { radiusM: USUAL_RADIUS_M }),
    },
    {
      name: 'region',
      title: `The same among ${USUAL_NODES} nodes, by the size of the region`,
      labels: LABELS,
      panels: panelsOver(byRadius, { nodes: USUAL_NODES }),
    },
  ],
  compute,
};

function planned(nodes: readonly number[], seeds: number): Batch<SurveyPoint>[] {
  const others = RADII_M.filter((radiusM) => radiusM !== USUAL_RADIUS_M);
  return batches(
    [
      ...combinations({ routing: ROUTINGS, nodes, radiusM: [USUAL_RADIUS_M] }),
      ...combinations({ routing: ROUTINGS, nodes: [USUAL_NODES], radiusM: others }),
    ],
    seeds,
  );
}
