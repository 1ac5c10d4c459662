/** Where a node is at any time. */
import type { Position } from '../geometry.ts';

/** A pure function of virtual time: the same for the same time, in whatever order it is asked. */
export interface Trajectory {
  positionAt(timeMs: number): Position;
  /** True when the position never changes, so that nobody needs to ask twice. */
  readonly isStill: boolean;
}

/** A node that stays where it is. */
export function still(position: Position): Trajectory {
  return { isStill: true, positionAt: () => position };
}
