/** GPSR among nodes that move: links come and go, places are those of the last beacon. Every journey ends, and most arrive. */
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../sim/geometry.ts';
import { LIMITS } from '../../core/limits.ts';
import { IdealMedium } from '../../sim/link/ideal-medium.ts';
import { randomWaypoint } from '../../sim/mobility/random-waypoint.ts';
import { compileText } from '../../sim/program.ts';
import { RandomStream } from '../../sim/random.ts';
import { World } from '../../sim/world.ts';
import { guestSource } from '../differential/machines.ts';
import { locationOf } from '../support/fields.ts';
import { ROOT } from '../unit/docs/documents.ts';

const NODES = 20;
const RANGE_M = 100;
const JOURNEYS = 16;
const TIMEOUT_MS = 15_000;
/** What nodes may move while nobody hears of it. */
const TOLERANCE_M = 15;

/** To the node that is nearest to a point, which is somewhere, whoever moves. */
const GO = `
import { migrate, self } from 'sm';
import { gpsr } from 'sm/routing/gpsr';
export default async function ({ point }) {
  try {
    await migrate({ point }, { via: gpsr, timeout: ${TIMEOUT_MS} });
    return { node: self.nodeName, ageMs: self.ageMs };
  } catch (error) {
    return { reason: error.reason, ageMs: self.ageMs };
  }
}`;

describe('gpsr among moving nodes', () => {
  it('ends every journey in time, and most of them where they should', async () => {
    const random = RandomStream.of('motion', 'paths');
    const area = { widthM: 250, heightM: 250 };
    const pace = { speedMinMps: 1, speedMaxMps: 5, pauseMinMs: 0, pauseMaxMs: 1_000, start: 'steady-state' as const };
    const paths = Array.from({ length: NODES }, (_, node) => randomWaypoint({ area, ...pace }, random.keyed(node)));
    const hearersAt = (node: number, timeMs: number): number[] => {
      const here = paths[node]!.positionAt(timeMs);
      const near = (other: number): boolean => other !== node && distanceM(here, paths[other]!.positionAt(timeMs)) <= RANGE_M;
      return paths.flatMap((_, other) => (near(other) ? [other] : []));
    };
    const world = await World.create({
      seed: 'motion',
      nodes: NODES,
      guestSource: guestSource(),
      medium: ({ clock }) =>
        new IdealMedium({
          clock,
          hearers: (node) => hearersAt(node, clock.monotonicMs()),
          delayMs: 1,
          kilobitsPerSecond: Infinity,
        }),
      location: (node, timeMs) => locationOf(paths[node]!.positionAt(timeMs)),
      times: { beaconIntervalMs: 500, beaconMissed: 2 },
    });
    await world.start();
    await world.run(5_000);
    const program = world.program('go', compileText(GO, ROOT));
    let arrived = 0;
    for (let journey = 0; journey < JOURNEYS; journey++) {
      await world.run(1_000);
      const point = { xM: random.between(0, area.widthM), yM: random.between(0, area.heightM) };
      const launched = world.launch(program, random.below(NODES), { args: { point: locationOf(point) }, budget: { hops: 4_000 } });
      // One whose link broke in the middle of a hop is in doubt, and waits for the neighbour to come by again.
      if (!(await world.until(() => launched.isOver, TIMEOUT_MS))) continue;
      const { node, ageMs } = launched.result()!.value as { node?: string; ageMs: number };
      expect(ageMs).toBeLessThan(TIMEOUT_MS + LIMITS.offerTimeoutMs);
      if (node === undefined) continue;
      const awayM = paths.map((path) => distanceM(path.positionAt(world.nowMs), point));
      const foundM = awayM[Number(node.slice(1))]!;
      if (foundM < Math.min(...awayM) + TOLERANCE_M) arrived += 1;
    }
    expect(arrived).toBeGreaterThanOrEqual(0.6 * JOURNEYS);
  });
});
