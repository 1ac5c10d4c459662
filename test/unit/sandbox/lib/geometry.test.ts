import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceMetres, longitudeFrom, toPlane } from '../../../../sandbox/guest/lib/geometry.ts';

const place = fc.record({
  latitude: fc.double({ min: -80, max: 80, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

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
        const there = { latitude: origin.latitude + north, longitude: longitudeFrom(origin.longitude + east, 0) };
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
