/**
 * Distances on the Earth, and a flat map of it: what regions and geographic routers count with. Library code that travels as a
 * brick. Positions are latitude and longitude on the WGS 84 ellipsoid; heights are left out of account.
 */
import type { Location, PlanePoint } from 'sm';

const EQUATORIAL_RADIUS_METRES = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_141_3;
const ECCENTRICITY = 0.081_819_190_842_621;
// Literals stay in the code; a value that is computed here would travel with every program.
const RADIANS_PER_DEGREE = 0.017_453_292_519_943_295;
/** Mercator's map has no poles; no node stands nearer to one than this. */
const LATITUDE_MAX_DEGREES = 89.9;

/**
 * Metres between two locations, in a straight line between two points of the ellipsoid. Over ground it is further: by 1 mm at
 * 10 km, by 1 m at 100 km.
 */
export function distanceMetres(one: Location, other: Location): number {
  const [a, b] = [fromCentreOfEarth(one), fromCentreOfEarth(other)];
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}

/**
 * The place of a location on a flat map, in metres east (`x`) and north (`y`) of `origin`. The map is Mercator's, on the ellipsoid
 * (Snyder 1987, Map Projections: A Working Manual, equations 7-6 to 7-8), with its scale true at the origin: angles are
 * those on the ground everywhere, lengths are 0.2 % wrong 10 km north of an origin in mid-latitudes. All who use the same
 * origin have the same map.
 */
export function toPlane(location: Location, origin: Location): PlanePoint {
  const scale = parallelRadiusMetres(origin.latitude);
  return {
    x: scale * longitudeFrom(location.longitude, origin.longitude) * RADIANS_PER_DEGREE,
    y: scale * (isometricLatitude(location.latitude) - isometricLatitude(origin.latitude)),
  };
}

/** Degrees eastwards from one longitude to another by the shorter way round: from -180 to 180. */
export function longitudeFrom(longitude: number, origin: number): number {
  const degrees = longitude - origin;
  return degrees - 360 * Math.round(degrees / 360);
}

function fromCentreOfEarth({ latitude, longitude }: Location): { x: number; y: number; z: number } {
  const [phi, lambda] = [latitude * RADIANS_PER_DEGREE, longitude * RADIANS_PER_DEGREE];
  const normal = normalRadiusMetres(phi);
  return {
    x: normal * Math.cos(phi) * Math.cos(lambda),
    y: normal * Math.cos(phi) * Math.sin(lambda),
    z: normal * (1 - ECCENTRICITY_SQUARED) * Math.sin(phi),
  };
}

function normalRadiusMetres(phi: number): number {
  return EQUATORIAL_RADIUS_METRES / Math.sqrt(1 - ECCENTRICITY_SQUARED * Math.sin(phi) ** 2);
}

function parallelRadiusMetres(latitude: number): number {
  const phi = clampedRadians(latitude);
  return normalRadiusMetres(phi) * Math.cos(phi);
}

function isometricLatitude(latitude: number): number {
  const sine = Math.sin(clampedRadians(latitude));
  return Math.atanh(sine) - ECCENTRICITY * Math.atanh(ECCENTRICITY * sine);
}

function clampedRadians(latitude: number): number {
  return Math.max(-LATITUDE_MAX_DEGREES, Math.min(LATITUDE_MAX_DEGREES, latitude)) * RADIANS_PER_DEGREE;
}
