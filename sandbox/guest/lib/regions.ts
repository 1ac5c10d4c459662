/**
 * Distances on the Earth, and regions of it: circles and polygons. Positions are latitude and longitude on the WGS 84 ellipsoid; heights are
 * left out of account. Library code that travels as a brick. The edges of a polygon are straight in degrees
 * of longitude and latitude, as in GeoJSON (RFC 7946, section 3.1.1); unlike there, an edge may cross the antimeridian,
 * because each goes the shorter way round.
 */
import type { Circle, Location, Polygon, Region } from 'sm';

const RADIUS_MAX_METRES = 1_000_000;
const CORNERS_MAX = 64;
/** Between two corners the shorter way round must be beyond doubt. */
const WIDTH_MAX_DEGREES = 170;
const EQUATORIAL_RADIUS_METRES = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_141_3;
// A literal stays in the code; a value that is computed here would travel with every program.
const RADIANS_PER_DEGREE = 0.017_453_292_519_943_295;

/**
 * Metres between two locations, in a straight line between two points of the ellipsoid. Over ground it is further: by 1 mm at
 * 10 km, by 1 m at 100 km.
 */
export function distanceMetres(one: Location, other: Location): number {
  const [a, b] = [fromCentreOfEarth(one), fromCentreOfEarth(other)];
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}

/** Whether a location is in the region. What lies on its edge is in. Corners of the polygon by the even-odd rule, where edges cross. */
export function inside(region: Region, location: Location): boolean {
  if (isCircle(region)) return distanceMetres(region.centre, location) <= region.radiusMetres;
  const corners = unrolled(region.polygon);
  const { x, y } = onMap(location, region.polygon[0]!);
  let isInside = false;
  for (const [index, b] of corners.entries()) {
    const a = corners.at(index - 1)!;
    const side = (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
    if (side === 0 && between(x, a.x, b.x) && between(y, a.y, b.y)) return true;
    if (a.y > y !== b.y > y && side > 0 === b.y > a.y) isInside = !isInside;
  }
  return isInside;
}

/** What is wrong with a region, in words that end a sentence; null when nothing is. */
export function regionProblem(region: unknown): string | null {
  if (region === null || typeof region !== 'object') return 'a region is {centre, radiusMetres} or {polygon: [location, ...]}';
  const { centre, radiusMetres, polygon } = region as Partial<Circle & Polygon>;
  if ((centre === undefined) === (polygon === undefined))
    return 'give exactly one of {centre, radiusMetres} and {polygon: [location, ...]}';
  if (polygon !== undefined) return polygonProblem(polygon);
  if (!(typeof radiusMetres === 'number' && radiusMetres > 0 && radiusMetres <= RADIUS_MAX_METRES))
    return `radiusMetres must be a number above 0 and at most ${RADIUS_MAX_METRES}, not ${String(radiusMetres)}`;
  return locationProblem(centre, 'centre');
}

/** What is wrong with a location that is called `name`; null when nothing is. */
export function locationProblem(location: unknown, name: string): string | null {
  const { latitude, longitude } = (location ?? {}) as Partial<Location>;
  if (!isDegrees(latitude, 90)) return `${name}.latitude must be degrees from -90 to 90, not ${String(latitude)}`;
  if (!isDegrees(longitude, 180)) return `${name}.longitude must be degrees from -180 to 180, not ${String(longitude)}`;
  return null;
}

function polygonProblem(polygon: unknown): string | null {
  if (!Array.isArray(polygon) || polygon.length < 3 || polygon.length > CORNERS_MAX)
    return `polygon must be a list of 3 to ${CORNERS_MAX} locations`;
  for (const [index, corner] of polygon.entries()) {
    const problem = locationProblem(corner, `polygon[${index}]`);
    if (problem !== null) return problem;
  }
  const corners = unrolled(polygon);
  const xs = corners.map(({ x }) => x);
  if (Math.max(...xs) - Math.min(...xs) > WIDTH_MAX_DEGREES)
    return `polygon must not be wider than ${WIDTH_MAX_DEGREES} degrees of longitude`;
  // The first corner is the origin of the map.
  const other = corners.find(({ x, y }) => x !== 0 || y !== 0);
  const isFlat = other === undefined || corners.every(({ x, y }) => other.x * y === other.y * x);
  return isFlat ? 'the corners of polygon must not all be on one line' : null;
}

interface MapPoint {
  readonly x: number;
  readonly y: number;
}

/** Degrees east and north of the first corner, without a jump at the antimeridian. */
function unrolled(polygon: readonly Location[]): readonly MapPoint[] {
  return polygon.map((corner) => onMap(corner, polygon[0]!));
}

function onMap({ latitude, longitude }: Location, origin: Location): MapPoint {
  const degrees = longitude - origin.longitude;
  return { x: degrees - 360 * Math.round(degrees / 360), y: latitude - origin.latitude };
}

function fromCentreOfEarth({ latitude, longitude }: Location): { x: number; y: number; z: number } {
  const [phi, lambda] = [latitude * RADIANS_PER_DEGREE, longitude * RADIANS_PER_DEGREE];
  const normal = EQUATORIAL_RADIUS_METRES / Math.sqrt(1 - ECCENTRICITY_SQUARED * Math.sin(phi) ** 2);
  return {
    x: normal * Math.cos(phi) * Math.cos(lambda),
    y: normal * Math.cos(phi) * Math.sin(lambda),
    z: normal * (1 - ECCENTRICITY_SQUARED) * Math.sin(phi),
  };
}

function isCircle(region: Region): region is Circle {
  return 'centre' in region;
}

function isDegrees(value: unknown, most: number): boolean {
  return typeof value === 'number' && Math.abs(value) <= most;
}

function between(value: number, one: number, other: number): boolean {
  return value >= Math.min(one, other) && value <= Math.max(one, other);
}
