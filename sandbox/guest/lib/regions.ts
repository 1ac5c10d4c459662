/**
 * Regions of the Earth: circles and polygons. Library code that travels as a brick. The edges of a polygon are straight in degrees
 * of longitude and latitude, as in GeoJSON (RFC 7946, section 3.1.1); unlike there, an edge may cross the antimeridian,
 * because each goes the shorter way round.
 */
import type { Circle, Location, Polygon, Region } from 'sm';
import { distanceMetres, longitudeFrom } from './geometry.ts';

const RADIUS_MAX_METRES = 1_000_000;
const CORNERS_MAX = 64;
/** Between two corners the shorter way round must be beyond doubt. */
const WIDTH_MAX_DEGREES = 170;
/** Lines along which points inside a polygon are looked for. */
const SCAN_LINES = 5;

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

/**
 * Points in the region for a geographic router to aim at, the best first: the centre of a circle; of a polygon the middles of its
 * widest stretches along a few parallels.
 */
export function aims(region: Region): readonly Location[] {
  if (isCircle(region)) return [region.centre];
  const corners = unrolled(region.polygon);
  const origin = region.polygon[0]!;
  const south = Math.min(...corners.map(({ y }) => y));
  const north = Math.max(...corners.map(({ y }) => y));
  const stretches = Array.from({ length: SCAN_LINES }, (_, line) => {
    const y = south + ((north - south) * (line + 0.5)) / SCAN_LINES;
    const { middle, width } = widestStretch(corners, y);
    return { width, at: { latitude: origin.latitude + y, longitude: longitudeFrom(origin.longitude + middle, 0) } };
  });
  return stretches.sort((a, b) => b.width - a.width).map(({ at }) => at);
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
  return { x: longitudeFrom(longitude, origin.longitude), y: latitude - origin.latitude };
}

/** The widest part of a parallel that is inside the polygon. */
function widestStretch(corners: readonly MapPoint[], y: number): { middle: number; width: number } {
  const crossings: number[] = [];
  for (const [index, b] of corners.entries()) {
    const a = corners.at(index - 1)!;
    if (a.y > y !== b.y > y) crossings.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  crossings.sort((a, b) => a - b);
  let widest = { middle: corners[0]!.x, width: -1 };
  for (let index = 0; index + 1 < crossings.length; index += 2) {
    const [from, to] = [crossings[index]!, crossings[index + 1]!];
    if (to - from > widest.width) widest = { middle: (from + to) / 2, width: to - from };
  }
  return widest;
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
