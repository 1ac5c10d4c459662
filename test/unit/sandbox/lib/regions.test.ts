import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceMetres } from '../../../../sandbox/guest/lib/geometry.ts';
import { aims, inside, locationProblem, regionProblem } from '../../../../sandbox/guest/lib/regions.ts';

const at = (latitude: number, longitude: number): { latitude: number; longitude: number } => ({ latitude, longitude });
const polygon = (...corners: readonly (readonly [number, number])[]) => ({ polygon: corners.map(([north, east]) => at(north, east)) });

/** A U that is open to the north: its box is full of what is not in it. */
const horseshoe = polygon([0, 0], [0, 3], [3, 3], [3, 2], [1, 2], [1, 1], [3, 1], [3, 0]);

describe('inside a circle', () => {
  const circle = { centre: at(40.52, -74.46), radiusMetres: 500 };

  it('is what is as near as the radius, and no farther', () => {
    const east = at(40.52, -74.455);
    const radiusMetres = distanceMetres(circle.centre, east);
    expect(inside({ centre: circle.centre, radiusMetres }, east)).toBe(true);
    expect(inside({ centre: circle.centre, radiusMetres: radiusMetres - 0.001 }, east)).toBe(false);
    expect(inside(circle, circle.centre)).toBe(true);
  });
});

describe('inside a polygon', () => {
  it.each([
    [0.5, 1.5, true],
    [2, 0.5, true],
    [2, 2.5, true],
    [2, 1.5, false],
    [4, 0.5, false],
    [-0.1, 1, false],
    // Edges and corners are in, also where they meet a line along which it is counted.
    [0, 1.5, true],
    [1, 1.5, true],
    [3, 3, true],
    [1, 2, true],
    [2, 1, true],
    [1, -1, false],
    [1, 4, false],
    [3, 1.5, false],
  ])('of a horseshoe: %d, %d', (latitude, longitude, expected) => {
    expect(inside(horseshoe, at(latitude, longitude))).toBe(expected);
  });

  it('goes over the antimeridian', () => {
    const fiji = polygon([-20, 177], [-20, -178], [-15, -178], [-15, 177]);
    expect(inside(fiji, at(-17, 179.9))).toBe(true);
    expect(inside(fiji, at(-17, -179))).toBe(true);
    expect(inside(fiji, at(-17, -177))).toBe(false);
    expect(inside(fiji, at(-17, 0))).toBe(false);
  });

  it('does not depend on the corner that it begins with, nor on its direction', () => {
    const coordinate = fc.integer({ min: -20, max: 20 });
    const corner = fc.tuple(coordinate, coordinate);
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 8 }), corner, fc.nat(7), (corners, [north, east], turn) => {
        const turned = [...corners.slice(turn % corners.length), ...corners.slice(0, turn % corners.length)];
        const there = at(north, east);
        const expected = inside(polygon(...corners), there);
        expect(inside(polygon(...turned), there)).toBe(expected);
        expect(inside(polygon(...corners.toReversed()), there)).toBe(expected);
      }),
    );
  });
});

describe('aims', () => {
  it('at the centre of a circle', () => {
    expect(aims({ centre: at(1, 2), radiusMetres: 3 })).toEqual([at(1, 2)]);
  });

  it('at the widest part of a polygon first', () => {
    const first = aims(horseshoe)[0]!;
    expect(first.longitude).toBeCloseTo(1.5);
    expect(first.latitude).toBeLessThan(1);
  });

  it('only at what is inside, whatever the polygon', () => {
    const corner = fc.tuple(fc.double({ min: -60, max: 60, noNaN: true }), fc.integer({ min: -85, max: 84 }));
    const anywhere = fc.integer({ min: -180, max: 180 });
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 8 }), anywhere, (corners, shift) => {
        const region = polygon(...corners.map(([north, east]) => [north, ((((east + shift + 180) % 360) + 360) % 360) - 180] as const));
        fc.pre(regionProblem(region) === null);
        const found = aims(region);
        expect(found.length).toBe(5);
        for (const point of found) {
          expect(locationProblem(point, 'point')).toBe(null);
          expect(inside(region, point)).toBe(true);
        }
      }),
    );
  });
});

describe('what is wrong with a region', () => {
  it.each([
    [null, 'a region is'],
    [{}, 'give exactly one'],
    [{ ...horseshoe, centre: at(0, 0), radiusMetres: 1 }, 'give exactly one'],
    [{ centre: at(0, 0) }, 'radiusMetres must be a number above 0 and at most 1000000, not undefined'],
    [{ centre: at(0, 0), radiusMetres: 0 }, 'not 0'],
    [{ centre: at(0, 0), radiusMetres: Infinity }, 'not Infinity'],
    [{ centre: at(91, 0), radiusMetres: 5 }, 'centre.latitude must be degrees from -90 to 90, not 91'],
    [{ centre: { latitude: 1 }, radiusMetres: 5 }, 'centre.longitude must be degrees from -180 to 180, not undefined'],
    [{ polygon: 'here' }, '3 to 64 locations'],
    [polygon([0, 0], [1, 1]), '3 to 64 locations'],
    [{ polygon: Array.from({ length: 65 }, (_, index) => at(index % 7, index)) }, '3 to 64 locations'],
    [polygon([0, 0], [1, 1], [Number.NaN, 2]), 'polygon[2].latitude must be degrees from -90 to 90, not NaN'],
    [polygon([0, 0], [1, 1], [2, 2]), 'not all be on one line'],
    [polygon([1, 1], [1, 1], [1, 1]), 'not all be on one line'],
    [polygon([0, -80], [10, 0], [0, 95]), 'wider than 170 degrees'],
  ])('%j', (region, problem) => {
    expect(regionProblem(region)).toContain(problem);
  });

  it('nothing, of good ones', () => {
    expect(regionProblem(polygon([1, 1], [1, 1], [2, 2], [3, 0]))).toBe(null);
    expect(regionProblem(horseshoe)).toBe(null);
    expect(regionProblem({ centre: at(-90, 180), radiusMetres: 1 })).toBe(null);
  });
});
