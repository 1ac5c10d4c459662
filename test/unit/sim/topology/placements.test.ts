import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM, type Position } from '../../../../sim/geometry.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { isConnected, unitDiskGraph } from '../../../../sim/topology/graph.ts';
import { clustered, connected, grid, line, uniform, withVoids } from '../../../../sim/topology/placements.ts';

const AREA = { widthM: 1000, heightM: 500 };

function stream(seed = '1'): RandomStream {
  return RandomStream.of(seed, 'topology');
}

function isIn({ xM, yM }: Position): boolean {
  return xM >= 0 && xM <= AREA.widthM && yM >= 0 && yM <= AREA.heightM;
}

describe('placements', () => {
  it('line up', () => {
    expect(line(3, 10)).toEqual([
      { xM: 0, yM: 0 },
      { xM: 10, yM: 0 },
      { xM: 20, yM: 0 },
    ]);
  });

  it('fill a grid row by row', () => {
    const positions = grid(3, 2, 5);
    expect(positions).toHaveLength(6);
    expect(positions[4]).toEqual({ xM: 5, yM: 5 });
  });

  it('are the same for the same seed and lie in the area', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const positions = uniform(count, AREA, stream(seed));
        expect(positions).toEqual(uniform(count, AREA, stream(seed)));
        expect(positions).toHaveLength(count);
        expect(positions.every(isIn)).toBe(true);
        const clusters = { count: Math.min(3, count), spreadM: 200 };
        expect(clustered(count, AREA, clusters, stream(seed)).every(isIn)).toBe(true);
      }),
    );
  });

  it('cover the area evenly', () => {
    const positions = uniform(8000, AREA, stream());
    for (let column = 0; column < 4; column++)
      for (let row = 0; row < 2; row++) {
        const here = positions.filter(({ xM, yM }) => Math.floor(xM / 250) === column && Math.floor(yM / 250) === row).length;
        expect(Math.abs(here - 1000)).toBeLessThan(150);
      }
  });

  it('stay out of voids', () => {
    const voids = [{ centre: { xM: 500, yM: 250 }, radiusM: 200 }];
    const distances = withVoids(500, AREA, voids, stream()).map((position) => distanceM(position, voids[0]!.centre));
    expect(Math.min(...distances)).toBeGreaterThanOrEqual(200);
    expect(Math.min(...distances)).toBeLessThan(220);
  });

  it('say when voids leave no room', () => {
    expect(() => withVoids(1, AREA, [{ centre: { xM: 500, yM: 250 }, radiusM: 2000 }], stream())).toThrow('leave no room');
  });

  it('cluster around as many centres as asked', () => {
    const positions = clustered(400, { widthM: 10_000, heightM: 10_000 }, { count: 4, spreadM: 30 }, stream());
    for (let cluster = 0; cluster < 4; cluster++) {
      const members = positions.filter((_, node) => node % 4 === cluster);
      const centre = { xM: average(members.map(({ xM }) => xM)), yM: average(members.map(({ yM }) => yM)) };
      const spreadM = Math.sqrt(average(members.map((member) => distanceM(member, centre) ** 2)) / 2);
      expect(Math.abs(spreadM - 30)).toBeLessThan(6);
    }
  });

  it('can be asked to be connected, and tell how many were drawn', () => {
    let drawn = 0;
    const random = stream();
    const place = () => {
      drawn++;
      return uniform(20, AREA, random);
    };
    const { positions, attempts } = connected(place, 180);
    expect(isConnected(unitDiskGraph(positions, 180))).toBe(true);
    expect(attempts).toBe(drawn);
    expect(attempts).toBeGreaterThan(1);
  });

  it('give up when they never connect', () => {
    expect(() => connected(() => line(2, 10), 9)).toThrow('none of 100000 placements was connected at a range of 9 m');
  });

  it.each([
    ['count is 0', () => uniform(0, AREA, stream())],
    ['count is 20001', () => uniform(20_001, AREA, stream())],
    ['area.widthM is -1', () => uniform(1, { widthM: -1, heightM: 1 }, stream())],
    ['area.heightM is NaN', () => uniform(1, { widthM: 1, heightM: Number.NaN }, stream())],
    ['spacingM is 0', () => line(2, 0)],
    ['columns * rows is 40000', () => grid(200, 200, 1)],
    ['clusters.count is 3', () => clustered(2, AREA, { count: 3, spreadM: 1 }, stream())],
    ['voids[0].radiusM is -5', () => withVoids(1, AREA, [{ centre: { xM: 0, yM: 0 }, radiusM: -5 }], stream())],
    ['reachM is -1', () => unitDiskGraph([], -1)],
  ])('refuse nonsense: %s', (message, place) => expect(place).toThrow(message));
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
