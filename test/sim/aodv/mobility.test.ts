/** AODV while nodes walk about: most journeys arrive, and the routes of all nodes to one destination never form a circle. */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IdealMedium } from '../../../sim/link/ideal-medium.ts';
import { LocalProjection } from '../../../sim/mobility/projection.ts';
import { randomWaypoint } from '../../../sim/mobility/random-waypoint.ts';
import { Neighbourhood } from '../../../sim/radio/neighbourhood.ts';
import { unitDisk } from '../../../sim/radio/propagation.ts';
import { RandomStream } from '../../../sim/random.ts';
import type { World } from '../../../sim/world.ts';
import { programOf, worldOf } from '../support.ts';

const NODES = 25;
const RANGE_M = 200;
const AREA = { widthM: 600, heightM: 600 };
/** As fast as bicycles. */
const WALK = { area: AREA, speedMinMps: 4, speedMaxMps: 10, pauseMinMs: 0, pauseMaxMs: 2_000, start: 'steady-state' as const };
const PROJECTION = new LocalProjection({ latitude: 40.5, longitude: -74.4 });
/** Many travel to few, by routes that live for long, so that what is known is often old. */
const JOURNEYS = 40;
const APART_MS = 500;
const DESTINATIONS = 3;
const LOOK_MS = 100;
const PATIENCE_MS = 120_000;
const BUDGET = { hops: 4096, cpuMs: 60_000, bytes: 16 << 20, children: 4096 };

const VISITOR = `
import { migrate, self } from 'sm';
import { aodvWith } from 'sm/routing/aodv';
const lasting = aodvWith({ ACTIVE_ROUTE_TIMEOUT: 20_000 });
export default async function visit({ to }) {
  await migrate({ node: to }, { via: lasting, timeout: 30_000 });
  await migrate({ node: self.origin }, { via: lasting, timeout: 30_000 });
  return self.hops;
}`;

interface Entry {
  readonly nextHop: string;
  readonly isValid: boolean;
}

function walkingWorld(seed: string): Promise<World> {
  const walks = Array.from({ length: NODES }, (_, node) => randomWaypoint(WALK, RandomStream.of(seed, 'walks').keyed(node)));
  const near = new Neighbourhood(walks, unitDisk({ rangeM: RANGE_M }));
  return worldOf(seed, NODES, () => [], {
    medium: ({ clock }) =>
      new IdealMedium({ clock, delayMs: 1, kilobitsPerSecond: Infinity, hearers: (node) => near.decodersOf(node, clock.monotonicMs()) }),
    location: (node, timeMs) => PROJECTION.toWgs84(walks[node]!.positionAt(timeMs)),
    times: { beaconIntervalMs: 500, beaconMissed: 2 },
  });
}

/** Follows the valid routes of all nodes to a destination. Throws an error that shows the circle, when they form one. Returns the longest way. */
function longestWay(world: World, destination: string): number {
  const nextOf = new Map<string, string>();
  for (const { id, node } of world.nodes) {
    const entry = node.engine.tags.read(`public:route/aodv/${destination}`, world.nowMs)?.value as unknown as Entry | undefined;
    if (id !== destination && entry?.isValid === true) nextOf.set(id, entry.nextHop);
  }
  let longest = 0;
  for (const start of nextOf.keys()) {
    const way = new Set<string>();
    for (let at: string | undefined = start; at !== undefined; at = nextOf.get(at)) {
      if (way.has(at)) throw new Error(`a circle to ${destination} at ${world.nowMs} ms: ${[...way, at].join(' > ')}`);
      way.add(at);
    }
    longest = Math.max(longest, way.size - 1);
  }
  return longest;
}

/** Sends programs there and back, and looks at all routes again and again. Throws on a circle. */
async function wander(seed: string): Promise<{ readonly arrived: number; readonly longest: number }> {
  const world = await walkingWorld(seed);
  await world.start();
  await world.run(5_000);
  const program = programOf(world, VISITOR);
  const draw = RandomStream.of(seed, 'journeys');
  for (let journey = 0; journey < JOURNEYS; journey += 1) {
    const [from, to] = [draw.below(NODES), draw.below(DESTINATIONS)];
    world.kernel.setTimer(journey * APART_MS, () => world.launch(program, from, { args: { to: world.nodes[to]!.id }, budget: BUDGET }));
  }
  let longest = 0;
  const isOver = (): boolean => world.launches.all.length === JOURNEYS && world.launches.all.every((launched) => launched.isOver);
  for (const endMs = world.nowMs + PATIENCE_MS; !isOver() && world.nowMs < endMs; await world.run(LOOK_MS))
    longest = Math.max(longest, ...world.nodes.map(({ id }) => longestWay(world, id)));
  return { arrived: world.launches.all.filter(({ hasReturned }) => hasReturned).length, longest };
}

describe('aodv among nodes that walk', () => {
  // In the second of these, circles form as soon as nodes take older news for news and answer with whatever they know.
  it.each(['1', '478640712'])('goes there and back, nearly always, by routes without circles: seed %s', async (seed) => {
    const { arrived, longest } = await wander(seed);
    expect(arrived).toBeGreaterThanOrEqual(0.8 * JOURNEYS);
    expect(longest).toBeGreaterThanOrEqual(3);
  });

  // How many arrive depends on how often the network falls apart, and on how many wait for a neighbour that walked away in the middle of a hop.
  it.each([String(randomInt(1e9))])('has routes without circles, whatever the seed: %s', async (seed) => {
    expect((await wander(seed)).arrived).toBeGreaterThan(0);
  });
});
