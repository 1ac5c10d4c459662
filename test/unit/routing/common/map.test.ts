import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { degreesEast, toPlane } from '../../../../routing/common/map.ts';
import { distanceMetres } from '../../../../sandbox/guest/lib/regions.ts';

const place = fc.record({
  latitude: fc.double({ min: -80, max: 80, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('toPlane', () => {
  it('puts the origin in the middle, east to the right and north up, over the antimeridian too', () => {
    const origin = { latitude: -17, longitude: 179.999 };
    expect(toPlane(origin, origin)).toEqual({ x: 0, y: 0 });
    const northEast = toPlane({ latitude: -16.99, longitude: -179.999 }, origin);
    expect(northEast.x).toBeGreaterThan(200);
    expect(northEast.x).toBeLessThan(220);
    expect(northEast.y).toBeGreaterThan(1100);
    expect(northEast.y).toBeLessThan(1120);
  });

  it('keeps lengths near the origin', () => {
    const near = fc.double({ min: -0.01, max: 0.01, noNaN: true });
    fc.assert(
      fc.property(place, near, near, (origin, north, east) => {
        const there = {
          latitude: origin.latitude + north,
          longitude: degreesEast({ latitude: 0, longitude: origin.longitude + east }, { latitude: 0, longitude: 0 }),
        };
        const { x, y } = toPlane(there, origin);
        const metres = distanceMetres(origin, there);
        // At 80 degrees the scale changes by 0.1 % in a hundredth of a degree.
        expect(Math.abs(Math.hypot(x, y) - metres)).toBeLessThan(1e-6 + metres * 1e-3);
      }),
    );
  });

  it('keeps angles far from the origin', () => {
    const origin = { latitude: 10, longitude: 20 };
    const at = { latitude: 55, longitude: 23 };
    const [here, north, east] = [at, { ...at, latitude: 55.001 }, { ...at, longitude: 23.001 }].map((location) =>
      toPlane(location, origin),
    );
    const scaleNorth = Math.hypot(north!.x - here!.x, north!.y - here!.y) / distanceMetres(at, { ...at, latitude: 55.001 });
    const scaleEast = Math.hypot(east!.x - here!.x, east!.y - here!.y) / distanceMetres(at, { ...at, longitude: 23.001 });
    expect(scaleNorth).toBeGreaterThan(1.5);
    expect(scaleNorth / scaleEast).toBeCloseTo(1, 4);
  });
});
