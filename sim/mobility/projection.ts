/** From metres in the plane of a simulation to degrees on the globe and back. */
import type { Position as Wgs84Position } from '../../core/messages.ts';
import type { Position } from '../geometry.ts';
import { requireBetween } from '../parameters.ts';

/** The ellipsoid of WGS 84 (NIMA TR8350.2): half axis in metres, and first eccentricity squared from the flattening. */
const HALF_AXIS_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const DEGREE = Math.PI / 180;
const LATITUDE_MAX = 85;

/**
 * The local equirectangular projection: a degree has everywhere the length that it has at the origin, north as east. Distances and angles are off
 * by less than 0.1 % within 3 km of the origin at latitudes up to 60 degrees; both ways are inverses of each other. Not for areas across the
 * 180th meridian.
 */
export class LocalProjection {
  readonly #origin: { readonly latitude: number; readonly longitude: number };
  readonly #metresNorth: number;
  readonly #metresEast: number;

  /** @param origin where 0, 0 of the simulation is, in degrees. Throws MisuseError `bad-parameter` beyond 85 degrees north or south. */
  constructor(origin: { readonly latitude: number; readonly longitude: number }) {
    requireBetween('origin.latitude', origin.latitude, -LATITUDE_MAX, LATITUDE_MAX);
    requireBetween('origin.longitude', origin.longitude, -180, 180);
    const sine = Math.sin(origin.latitude * DEGREE);
    const bend = 1 - ECCENTRICITY_2 * sine ** 2;
    this.#origin = origin;
    // Radii of curvature along the meridian and across it.
    this.#metresNorth = (HALF_AXIS_M * (1 - ECCENTRICITY_2) * DEGREE) / bend ** 1.5;
    this.#metresEast = (HALF_AXIS_M * Math.cos(origin.latitude * DEGREE) * DEGREE) / Math.sqrt(bend);
  }

  /** Degrees north and east. */
  toWgs84({ xM, yM }: Position): Pick<Wgs84Position, 'latitude' | 'longitude'> {
    const { latitude, longitude } = this.#origin;
    return { latitude: latitude + yM / this.#metresNorth, longitude: longitude + xM / this.#metresEast };
  }

  toPlane({ latitude, longitude }: Pick<Wgs84Position, 'latitude' | 'longitude'>): Position {
    return { xM: (longitude - this.#origin.longitude) * this.#metresEast, yM: (latitude - this.#origin.latitude) * this.#metresNorth };
  }
}
