/** A flat map of the Earth, on which geographic routers count. Only types are imported, so that it runs everywhere. */
import type { Location } from 'sm';

/** WGS 84. */
const EQUATORIAL_RADIUS_METRES = 6_378_137;
const ECCENTRICITY = 0.081_819_190_842_621;
// A literal stays in the code; a value that is computed here would travel with every program.
const RADIANS_PER_DEGREE = 0.017_453_292_519_943_295;
/** Mercator's map has no poles; no node stands nearer to one than this. */
const LATITUDE_MAX_DEGREES = 89.9;

/** A place on the map: metres east and north of its origin. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Where a location is on the map around `origin`. The map is Mercator's, on the ellipsoid (Snyder 1987, Map Projections: A Working
 * Manual, equations 7-6 to 7-8), with its scale true at the origin: angles are those on the ground everywhere, lengths are 0.2 % wrong
 * 10 km north of an origin in mid-latitudes. All who use the same origin have the same map.
 */
export function toPlane(location: Location, origin: Location): PlanePoint {
  const phi = radians(origin.latitude);
  const scale = (EQUATORIAL_RADIUS_METRES * Math.cos(phi)) / Math.sqrt(1 - (ECCENTRICITY * Math.sin(phi)) ** 2);
  return {
    x: scale * degreesEast(location, origin) * RADIANS_PER_DEGREE,
    y: scale * (isometricLatitude(location) - isometricLatitude(origin)),
  };
}

/** Degrees of longitude eastwards from one location to another by the shorter way round: from -180 to 180. */
export function degreesEast({ longitude }: Location, origin: Location): number {
  const degrees = longitude - origin.longitude;
  return degrees - 360 * Math.round(degrees / 360);
}

function isometricLatitude({ latitude }: Location): number {
  const sine = Math.sin(radians(latitude));
  return Math.atanh(sine) - ECCENTRICITY * Math.atanh(ECCENTRICITY * sine);
}

function radians(latitude: number): number {
  return Math.max(-LATITUDE_MAX_DEGREES, Math.min(LATITUDE_MAX_DEGREES, latitude)) * RADIANS_PER_DEGREE;
}
