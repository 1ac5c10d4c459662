import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { LocalProjection } from '../../../../sim/mobility/projection.ts';

const RADIUS_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;

/** Straight through the earth: at these distances shorter than along its surface by millimetres. */
function chordM(a: { latitude: number; longitude: number }, b: { latitude: number; longitude: number }): number {
  const [p, q] = [a, b].map(({ latitude, longitude }) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    const e2 = FLATTENING * (2 - FLATTENING);
    const across = RADIUS_M / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
    return [
      across * Math.cos(phi) * Math.cos(lambda),
      across * Math.cos(phi) * Math.sin(lambda),
      across * (1 - e2) * Math.sin(phi),
    ] as const;
  });
  return Math.hypot(p![0] - q![0], p![1] - q![1], p![2] - q![2]);
}

const latitude = fc.double({ min: -60, max: 60, noNaN: true });
const longitude = fc.double({ min: -179, max: 179, noNaN: true });
const coordinate = fc.double({ min: -2000, max: 2000, noNaN: true });
const position = fc.record({ xM: coordinate, yM: coordinate });

describe('the projection', () => {
  it('keeps distances to a thousandth near its origin', () => {
    fc.assert(
      fc.property(latitude, longitude, position, position, (north, east, a, b) => {
        const projection = new LocalProjection({ latitude: north, longitude: east });
        const globeM = chordM(projection.toWgs84(a), projection.toWgs84(b));
        expect(Math.abs(globeM - distanceM(a, b))).toBeLessThanOrEqual(distanceM(a, b) * 0.001 + 1e-6);
      }),
    );
  });

  it('has an inverse', () => {
    fc.assert(
      fc.property(latitude, longitude, position, (north, east, place) => {
        const projection = new LocalProjection({ latitude: north, longitude: east });
        expect(distanceM(projection.toPlane(projection.toWgs84(place)), place)).toBeLessThan(1e-6);
      }),
    );
  });

  it('has north up and east to the right', () => {
    const projection = new LocalProjection({ latitude: 40.5, longitude: -74.4 });
    expect(projection.toWgs84({ xM: 0, yM: 0 })).toEqual({ latitude: 40.5, longitude: -74.4 });
    expect(projection.toWgs84({ xM: 0, yM: 111_000 }).latitude).toBeCloseTo(41.5, 2);
    expect(projection.toWgs84({ xM: 100, yM: 0 }).longitude).toBeGreaterThan(-74.4);
  });

  it('refuses the poles', () => {
    expect(() => new LocalProjection({ latitude: 86, longitude: 0 })).toThrow('origin.latitude is 86');
  });
});
