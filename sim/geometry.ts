/** Places in the plane where simulated nodes live. */

/** East and north of the lower left corner, in metres. */
export interface Position {
  readonly xM: number;
  readonly yM: number;
}

/** A rectangle whose lower left corner is at 0, 0. */
export interface Area {
  readonly widthM: number;
  readonly heightM: number;
}

export interface Circle {
  readonly centre: Position;
  readonly radiusM: number;
}

export function distanceM(a: Position, b: Position): number {
  return Math.hypot(a.xM - b.xM, a.yM - b.yM);
}

export function isInside(position: Position, circle: Circle): boolean {
  return distanceM(position, circle.centre) < circle.radiusM;
}

/** The point of the area that is nearest to `position`. */
export function clampTo(area: Area, position: Position): Position {
  return { xM: Math.min(Math.max(position.xM, 0), area.widthM), yM: Math.min(Math.max(position.yM, 0), area.heightM) };
}

/** The point at this share of the way from `a` to `b`. */
export function along(a: Position, b: Position, share: number): Position {
  return { xM: a.xM + (b.xM - a.xM) * share, yM: a.yM + (b.yM - a.yM) * share };
}
