/** Experiment 2: whether whoever is interested shall ask, or whoever has something shall make it known. */
import { LIMITS } from '../../core/limits.ts';
import { requireBetween, requireNotNegative } from '../parameters.ts';
import { RandomStream } from '../random.ts';
import type { SimProgram } from '../program.ts';
import { connected, uniform } from '../topology/placements.ts';
import type { World } from '../world.ts';
import { batches, combinations, type Batch, type Experiment, type Parameter, type Setting, type Values } from './experiment.ts';
import type { HorizontalAxis, Panel, VerticalAxis } from './figure.ts';
import { Journeys } from './journeys.ts';
import { stillNetwork } from './network.ts';
import { costsOf, costsSince } from './traffic.ts';

const NODES = 30;
const AREA = { widthM: 360, heightM: 360 };
const RANGE_M = 100;
const HOLDERS = 2;
const TAG = 'public:content';
/** Content and its advertisements have been there for so long when counting begins. */
const WARM_UP_MS = 20_000;
const WINDOW_MS = 60_000;
const PATIENCE_MS = 10_000;
const AFTERWARDS_MS = 2 * PATIENCE_MS;
const ADVERTISED = { everyMs: 20_000, lifetime: 30_000, radius: 24, share: 0.2 };
/** As much as a launch may have: budgets shall not decide. */
const BUDGET = { hops: LIMITS.budgetHops, bytes: LIMITS.budgetBytes, children: LIMITS.budgetChildren };

const ROUTINGS = ['pull', 'aodv', 'push'] as const;
const SHARES = [0.03, 0.1, 0.3, 1] as const;
const CHURNS = [0, 1, 3, 9] as const;
const USUAL_SHARE = 0.3;
const USUAL_CHURN = 1;

interface FloodingPoint {
  readonly [part: string]: string | number;
  readonly routing: (typeof ROUTINGS)[number];
  /** Of the nodes, that ask once within the window. */
  readonly share: number;
  /** How often each piece of content moves to another node, in a minute. */
  readonly churn: number;
}

async function compute({ routing, share, churn }: FloodingPoint, seed: string, setting: Setting): Promise<Values> {
  requireBetween('share', share, 0, 1);
  requireNotNegative('churn', churn);
  const place = RandomStream.of(seed, 'pull-or-push/placement');
  const { positions } = connected(() => uniform(NODES, AREA, place), RANGE_M);
  // All routings meet the same content and the same askers.
  const draw = RandomStream.of(seed, `pull-or-push/${share}/${churn}`);
  const journeys = new Journeys();
  const { world } = await stillNetwork(
    {
      seed: `pull-or-push/${seed}/${share}/${churn}`,
      positions,
      rangeM: RANGE_M,
      radio: '802.11n',
      diskFlushMs: 0,
      observers: [journeys.observer],
    },
    setting,
  );
  const content = world.program('content', setting.compile('content'));
  const asker = world.program('ask', setting.compile(`ask-${routing}`));
  // Code that is fetched would use up the budgets, and hide what routing costs.
  for (const { index } of world.nodes) {
    world.launch(content, index, { args: { staysMs: 0 }, transient: true });
    world.launch(asker, index, { args: { timeout: 0 }, transient: true });
  }
  holdContent(world, content, draw, { churn, isPushed: routing === 'push' });
  await world.run(WARM_UP_MS);
  const before = costsOf(world.traffic);
  ask(world, journeys, asker, draw, Math.max(1, Math.round(share * NODES)));
  await world.run(WINDOW_MS);
  const costs = costsSince(before, world.traffic);
  // Whoever asked last may still be on its way; that is no longer counted.
  await world.run(AFTERWARDS_MS);
  return { ...costs, answered: journeys.delivery, waitMs: journeys.meanMs };
}

interface Holding {
  readonly churn: number;
  readonly isPushed: boolean;
}

/** Every piece of content is at one node after the other. */
function holdContent(world: World, program: SimProgram, draw: RandomStream, { churn, isPushed }: Holding): void {
  const totalMs = WARM_UP_MS + WINDOW_MS + AFTERWARDS_MS;
  const staysMs = churn === 0 ? totalMs : 60_000 / churn;
  for (let holder = 0; holder < HOLDERS; holder += 1) {
    // They do not all move at once.
    for (let atMs = -staysMs * draw.unit() * Math.sign(churn); atMs < totalMs; atMs += staysMs) {
      const origin = draw.below(NODES);
      const args = { tag: TAG, staysMs: Math.min(staysMs, atMs + staysMs), advertised: isPushed ? ADVERTISED : null };
      const launch = (): unknown => world.launch(program, origin, { args, transient: true, budget: BUDGET });
      world.kernel.setTimer(Math.max(0, atMs), launch);
    }
  }
}

/** That many different nodes ask, at random times. */
function ask(world: World, journeys: Journeys, program: SimProgram, draw: RandomStream, count: number): void {
  const nodes = world.nodes.map(({ index }) => index);
  const args = { tag: TAG, timeout: PATIENCE_MS };
  for (let asked = 0; asked < count; asked += 1) {
    const [origin] = nodes.splice(draw.below(nodes.length), 1);
    world.kernel.setTimer(draw.between(0, WINDOW_MS), () =>
      journeys.launch(world, program, origin!, args, { transient: true, budget: BUDGET }),
    );
  }
}

const PARAMETERS: readonly Parameter[] = [
  { name: 'nodes', value: NODES, unit: '1', source: 'assumption' },
  {
    name: 'area',
    value: `${AREA.widthM} x ${AREA.heightM}`,
    unit: 'm',
    source: 'assumption; placements that are not connected are drawn again',
  },
  { name: 'range', value: RANGE_M, unit: 'm', source: 'assumption; 802.11n, unit disk, the carrier is sensed twice as far' },
  { name: 'pieces of content', value: HOLDERS, unit: '1', source: 'assumption; at random nodes' },
  { name: 'asking, within', value: WINDOW_MS / 1000, unit: 's', source: 'assumption; each node at most once, at random times' },
  { name: 'patience', value: PATIENCE_MS / 1000, unit: 's', source: 'assumption; for each way' },
  { name: 'advertised again after', value: ADVERTISED.everyMs / 1000, unit: 's', source: 'assumption' },
  { name: 'advertisements are believed', value: ADVERTISED.lifetime / 1000, unit: 's', source: 'assumption: one and a half intervals' },
  { name: 'advertisements spread', value: ADVERTISED.radius, unit: 'hops', source: "as far as pull's last ring of explorers" },
];

const TITLES = { pull: 'pull', aodv: 'pull by AODV', push: 'push' };
const byShare = { field: 'share', title: 'Nodes that ask within a minute', unit: 'share' };
const byChurn = { field: 'churn', title: 'Moves of each piece of content', unit: '1/min' };

function panelsOver(x: HorizontalAxis, where: Readonly<Record<string, number>>): Panel[] {
  const panel = (title: string, measure: string, y: VerticalAxis): Panel => ({
    title,
    kind: 'lines',
    x,
    y,
    where,
    measures: [measure],
    colour: { field: 'routing', title: 'Routing' },
  });
  return [
    panel('Messages', 'messages', { title: 'Messages in a minute', unit: '1' }),
    panel('Bytes', 'bytes', { title: 'Their bytes, without code', unit: 'B' }),
    panel('Answered', 'answered', { title: 'Journeys that came home', unit: 'share', domain: [0, 1] }),
  ];
}

export const pullOrPush: Experiment<FloodingPoint> = {
  name: 'pull-or-push',
  title: 'Routing information, pulled or pushed: messages by how many ask and how often content moves',
  claim:
    'Routing information can be pulled by those who are interested or pushed by those who have something; which costs less depends on how many ask.',
  source: 'L. Iftode, Migratory TCP and Smart Messages, slides 41 and 42: a simulation of both; its figures are not preserved',
  parameters: PARAMETERS,
  measures: {
    messages: { title: 'Messages between nodes, but those with code', unit: '1' },
    routingMessages: { title: 'The part of them that is about explorers and advertisements', unit: '1' },
    bytes: { title: 'Bytes of these messages', unit: 'B' },
    codeBytes: { title: 'Bytes of code', unit: 'B' },
    answered: { title: 'Journeys that found content and came home', unit: 'share' },
    waitMs: { title: 'Time of those journeys', unit: 'ms' },
  },
  sizes: { default: planned(10), full: planned(40) },
  figures: [
    { name: 'share', title: 'Pull or push, by how many nodes ask', labels: TITLES, panels: panelsOver(byShare, { churn: USUAL_CHURN }) },
    {
      name: 'churn',
      title: 'Pull or push, by how often content moves',
      labels: TITLES,
      panels: panelsOver(byChurn, { share: USUAL_SHARE }),
    },
  ],
  compute,
};

function planned(seeds: number): Batch<FloodingPoint>[] {
  const shares = combinations({ routing: ROUTINGS, share: SHARES, churn: [USUAL_CHURN] });
  const others = CHURNS.filter((churn) => churn !== USUAL_CHURN);
  return batches([...shares, ...combinations({ routing: ROUTINGS, share: [USUAL_SHARE], churn: others })], seeds);
}
