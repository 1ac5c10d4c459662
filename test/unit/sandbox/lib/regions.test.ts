import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceMetres, inside, regionProblem } from '../../../../sandbox/guest/lib/regions.ts';

const at = (latitude: number, longitude: number): { latitude: number; longitude: number } => ({ latitude, longitude });
const polygon = (...corners: readonly (readonly [number, number])[]) => ({ polygon: corners.map(([north, east]) => at(north, east)) });

const place = fc.record({
  latitude: fc.double({ min: -80, max: 80, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** A U that is open to the north: its box is full of what is not in it. */
const horseshoe = polygon([0, 0], [0, 3], [3, 3], [3, 2], [1, 2], [1, 1], [3, 1], [3, 0]);

describe('distanceMetres', () => {
  it.each([
    // A degree along a meridian and along the equator, from the dimensions of WGS 84.
    ['a degree of latitude at the equator', { latitude: -0.5, longitude: 10 }, { latitude: 0.5, longitude: 10 }, 110_574],
    ['a degree of latitude at 60 degrees', { latitude: 59.5, longitude: 10 }, { latitude: 60.5, longitude: 10 }, 111_412],
    ['a degree of longitude at the equator', { latitude: 0, longitude: 10 }, { latitude: 0, longitude: 11 }, 111_320],
    ['a degree of longitude at 60 degrees', { latitude: 60, longitude: 10 }, { latitude: 60, longitude: 11 }, 55_800],
    ['over the antimeridian', { latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 }, 111_320],
    ['from pole to pole', { latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 }, 12_713_505],
  ])('%s', (_name, one, other, metres) => {
    const found = distanceMetres(one, other);
    expect(Math.abs(found - metres) / metres).toBeLessThan(2e-5);
  });

  it('is a metric', () => {
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        expect(distanceMetres(a, a)).toBe(0);
        expect(distanceMetres(a, b)).toBe(distanceMetres(b, a));
        expect(distanceMetres(a, c)).toBeLessThanOrEqual(distanceMetres(a, b) + distanceMetres(b, c) + 1e-6);
      }),
    );
  });
});

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
