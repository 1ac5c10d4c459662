import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aims } from '../../../../routing/gpsr/aims.ts';
import { inside, locationProblem, regionProblem } from '../../../../sandbox/guest/lib/regions.ts';

const at = (latitude: number, longitude: number): { latitude: number; longitude: number } => ({ latitude, longitude });
const polygon = (...corners: readonly (readonly [number, number])[]) => ({ polygon: corners.map(([north, east]) => at(north, east)) });

describe('aims', () => {
  it('at the centre of a circle', () => {
    expect(aims({ centre: at(1, 2), radiusMetres: 3 })).toEqual([at(1, 2)]);
  });

  it('at the widest part of a polygon first', () => {
    // A U that is open to the north.
    const first = aims(polygon([0, 0], [0, 3], [3, 3], [3, 2], [1, 2], [1, 1], [3, 1], [3, 0]))[0]!;
    expect(first.longitude).toBeCloseTo(1.5);
    expect(first.latitude).toBeLessThan(1);
  });

  it('only at what is inside, whatever the polygon', () => {
    // Hundredths of degrees, about a kilometre: not narrower than numbers are exact.
    const corner = fc.tuple(
      fc.integer({ min: -6_000, max: 6_000 }).map((north) => north / 100),
      fc.integer({ min: -85, max: 84 }),
    );
    const anywhere = fc.integer({ min: -180, max: 180 });
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 8 }), anywhere, (corners, shift) => {
        const region = polygon(...corners.map(([north, east]) => [north, ((((east + shift + 180) % 360) + 360) % 360) - 180] as const));
        fc.pre(regionProblem(region) === null);
        const found = aims(region);
        expect(found.length).toBeGreaterThan(0);
        expect(found.length).toBeLessThanOrEqual(5);
        for (const point of found) {
          expect(locationProblem(point, 'point')).toBe(null);
          expect(inside(region, point)).toBe(true);
        }
      }),
    );
  });
});
