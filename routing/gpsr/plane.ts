/** Points of the flat map on which GPSR decides. The destination D is the map's origin, so a point's distance from D is its length. */
import type { PlanePoint } from '../common/map.ts';

/** A node on the map. */
export interface Place extends PlanePoint {
  readonly id: string;
}

/** How far a node's place may be shifted, to each side. */
const SHIFT_METRES = 0.000_5;

/**
 * A node's place, shifted by less than a millimetre in a direction that its id decides. So no two nodes share a place, no three a
 * line and no four a circle, whatever is configured, and all nodes see the same general position: the special cases
 * that planarisation and the right-hand rule leave open do not occur.
 */
export function placeOf(id: string, { x, y }: PlanePoint): Place {
  const hash = fnv1a(id);
  return { id, x: x + shift(hash & 0xffff), y: y + shift(hash >>> 16) };
}

/** The square of the distance between two points. */
export function square(a: PlanePoint, b: PlanePoint): number {
  return (a.x - b.x) ** 2 + (a.y - b.y) ** 2;
}

/** The distance of a point from D, squared. */
export function squareToD({ x, y }: PlanePoint): number {
  return x * x + y * y;
}

/** Positive when c lies to the left of the line from a to b, zero on it. */
export function side(a: PlanePoint, b: PlanePoint, c: PlanePoint): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/** The angle at `about` from `from` counterclockwise to `to`, above 0 and at most 2π. */
export function angle(about: PlanePoint, from: PlanePoint, to: PlanePoint): number {
  const dot = (from.x - about.x) * (to.x - about.x) + (from.y - about.y) * (to.y - about.y);
  const turn = Math.atan2(side(about, from, to), dot);
  return turn > 0 ? turn : turn + 2 * Math.PI;
}

/** Where an edge crosses the segment from `lp` to D; null where it does not, or only touches the line with one end. */
export function crossing(lp: PlanePoint, one: Place, other: Place): PlanePoint | null {
  const D = { x: 0, y: 0 };
  // From both ends of an edge, its crossing must be the same to the last bit: it is compared with itself when a face is round.
  const [a, b] = one.id < other.id ? [one, other] : [other, one];
  const [left, right] = [side(lp, D, a), side(lp, D, b)];
  if (!(left * right < 0)) return null;
  if (side(a, b, lp) * side(a, b, D) > 0) return null;
  const part = left / (left - right);
  return { x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) };
}

function shift(part: number): number {
  return (part / 0x8000 - 1) * SHIFT_METRES;
}

/** FNV-1a, 32 bits, the hash of Fowler, Noll and Vo. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
