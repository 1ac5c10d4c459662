import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { groupMobility, type GroupOptions } from '../../../../sim/mobility/group.ts';
import { randomWaypoint, type WaypointOptions } from '../../../../sim/mobility/random-waypoint.ts';
import { still, type Trajectory } from '../../../../sim/mobility/trajectory.ts';
import { RandomStream } from '../../../../sim/random.ts';

const AREA = { widthM: 1500, heightM: 600 };
const WALK: WaypointOptions = {
  area: AREA,
  speedMinMps: 1,
  speedMaxMps: 20,
  pauseMinMs: 0,
  pauseMaxMs: 100_000,
  start: 'steady-state',
};
const NODES = 3000;

function walkers(options: Partial<WaypointOptions> = {}): Trajectory[] {
  const random = RandomStream.of('7', 'mobility');
  return Array.from({ length: NODES }, (_, node) => randomWaypoint({ ...WALK, ...options }, random.keyed(node)));
}

/** Share of the nodes that stand, and for long; mean speed of the others; mean distance from the middle. */
function picture(nodes: readonly Trajectory[], timeMs: number) {
  const speeds = nodes.map((node) => distanceM(node.positionAt(timeMs), node.positionAt(timeMs + 10)) * 100);
  const moving = speeds.filter((speed) => speed > 0);
  const middle = { xM: AREA.widthM / 2, yM: AREA.heightM / 2 };
  return {
    paused: 1 - moving.length / nodes.length,
    speedMps: mean(moving),
    fromMiddleM: mean(nodes.map((node) => distanceM(node.positionAt(timeMs), middle))),
    staying: nodes.filter((node) => distanceM(node.positionAt(timeMs), node.positionAt(timeMs + 40_000)) === 0).length / nodes.length,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('a random waypoint node', () => {
  it('stays in the area, never outruns its speed, and is where it was when asked again', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(fc.string(), times, fc.boolean(), (seed, timesMs, isSteady) => {
        const options = { ...WALK, start: isSteady ? ('steady-state' as const) : { warmUpMs: 1000 } };
        const random = () => RandomStream.of(seed, 'walk');
        const node = randomWaypoint(options, random());
        const first = timesMs.map((timeMs) => node.positionAt(timeMs));
        // Asked in another order, of another node made alike.
        const again = randomWaypoint(options, random());
        const backwards = [...timesMs.entries()].toReversed().map(([index, timeMs]) => [index, again.positionAt(timeMs)] as const);
        for (const [index, position] of backwards) expect(position).toEqual(first[index]);
        for (const { xM, yM } of first) expect(xM >= 0 && xM <= AREA.widthM && yM >= 0 && yM <= AREA.heightM).toBe(true);
        for (let index = 1; index < first.length; index++) {
          const seconds = Math.abs(timesMs[index]! - timesMs[index - 1]!) / 1000;
          expect(distanceM(first[index]!, first[index - 1]!)).toBeLessThanOrEqual(seconds * WALK.speedMaxMps + 1e-6);
        }
      }),
    );
  });

  it('begins as it is in the long run', () => {
    const nodes = walkers();
    const start = picture(nodes, 0);
    const late = picture(nodes, 5_000_000);
    expect(Math.abs(start.paused - late.paused)).toBeLessThan(0.04);
    expect(Math.abs(start.speedMps / late.speedMps - 1)).toBeLessThan(0.06);
    expect(Math.abs(start.fromMiddleM / late.fromMiddleM - 1)).toBeLessThan(0.04);
    expect(Math.abs(start.staying / late.staying - 1)).toBeLessThan(0.1);
    // At a random moment speeds are distributed as 1 / speed: (20 - 1) / ln 20 on the average.
    expect(Math.abs(start.speedMps / (19 / Math.log(20)) - 1)).toBeLessThan(0.06);
  });

  it('is on long trips more often than on short ones, so it seldom arrives soon', () => {
    const nodes = walkers({ pauseMaxMs: 0, speedMinMps: 5, speedMaxMps: 6 });
    const turning = (timeMs: number) => {
      const places = nodes.map((node) => [0, 5000, 10_000].map((laterMs) => node.positionAt(timeMs + laterMs)));
      return mean(places.map(([a, b, c]) => (distanceM(a!, b!) + distanceM(b!, c!) > distanceM(a!, c!) + 1e-6 ? 1 : 0)));
    };
    expect(Math.abs(turning(0) / turning(5_000_000) - 1)).toBeLessThan(0.2);
  });

  it('does not without the steady start, unless the warm-up is long enough', () => {
    const late = picture(walkers(), 5_000_000);
    const cold = picture(walkers({ start: { warmUpMs: 0 } }), 0);
    expect(cold.paused).toBe(0);
    expect(cold.speedMps / late.speedMps).toBeGreaterThan(1.4);
    const warm = picture(walkers({ start: { warmUpMs: 5_000_000 } }), 0);
    expect(Math.abs(warm.paused - late.paused)).toBeLessThan(0.04);
    expect(Math.abs(warm.speedMps / late.speedMps - 1)).toBeLessThan(0.06);
  });

  it('need not pause', () => {
    expect(picture(walkers({ pauseMaxMs: 0 }), 300_000).paused).toBe(0);
  });

  it.each([
    [{ speedMinMps: 0 }, 'speedMinMps is 0; expected a number above 0'],
    [{ speedMaxMps: 0.5 }, 'speedMaxMps is 0.5; expected a number from 1'],
    [{ pauseMinMs: -1 }, 'pauseMinMs is -1'],
    [{ pauseMinMs: 5, pauseMaxMs: 4 }, 'pauseMaxMs is 4; expected a number from 5'],
    [{ area: { widthM: 0, heightM: 1 } }, 'area.widthM is 0'],
    [{ start: { warmUpMs: -1 } }, 'start.warmUpMs is -1'],
    [{ area: { widthM: 1, heightM: 1 }, pauseMaxMs: 0 }, 'mean time of a trip with its stay (area, speeds, pauses) is 82'],
  ])('refuses %j', (options, message) => {
    expect(() => randomWaypoint({ ...WALK, ...options }, RandomStream.of('1', 'x'))).toThrow(message);
  });
});

describe('a group', () => {
  const options: GroupOptions = {
    members: 6,
    area: AREA,
    centre: still({ xM: 700, yM: 300 }),
    spreadM: 80,
    strayM: 30,
    strayPeriodMs: 5000,
  };

  it('keeps together around its centre, wherever that goes', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(3_000_000), (seed, timeMs) => {
        const random = RandomStream.of(seed, 'group');
        const centre = randomWaypoint(WALK, random.keyed(1000));
        for (const member of groupMobility({ ...options, centre }, random)) {
          expect(distanceM(member.positionAt(timeMs), centre.positionAt(timeMs))).toBeLessThanOrEqual(110 + 1e-9);
          expect(member.positionAt(timeMs)).toEqual(member.positionAt(timeMs));
        }
      }),
    );
  });

  it('has members that stray, without jumps, around places of their own', () => {
    const [first, second] = groupMobility(options, RandomStream.of('3', 'group'));
    const places = Array.from({ length: 400 }, (_, step) => first!.positionAt(step * 100));
    const steps = places.slice(1).map((place, index) => distanceM(place, places[index]!));
    expect(Math.max(...steps)).toBeLessThanOrEqual(60 / 50 + 1e-9);
    expect(mean(steps)).toBeGreaterThan(0.1);
    const centres = [first!, second!].map((member) => {
      const long = Array.from({ length: 2000 }, (_, step) => member.positionAt(step * 5000));
      return { xM: mean(long.map(({ xM }) => xM)), yM: mean(long.map(({ yM }) => yM)) };
    });
    expect(distanceM(centres[0]!, centres[1]!)).toBeGreaterThan(5);
  });

  it('does not leave the area', () => {
    const cornered = groupMobility({ ...options, centre: still({ xM: 0, yM: 0 }) }, RandomStream.of('1', 'group'));
    for (const member of cornered) {
      const { xM, yM } = member.positionAt(12_345);
      expect(Math.min(xM, yM)).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([
    [{ members: 0 }, 'members is 0'],
    [{ spreadM: -1 }, 'spreadM is -1'],
    [{ strayM: Number.NaN }, 'strayM is NaN'],
    [{ strayPeriodMs: 0 }, 'strayPeriodMs is 0'],
  ])('refuses %j', (changes, message) => {
    expect(() => groupMobility({ ...options, ...changes }, RandomStream.of('1', 'x'))).toThrow(message);
  });
});
