/** What the node told at the start of the slice. */
import type { SliceEnvironment } from '../boundary.ts';

let current: SliceEnvironment | undefined;

export function setSurroundings(environment: SliceEnvironment): void {
  current = environment;
}

/** @throws outside a slice, where a brick only declares itself. */
export function surroundings(): SliceEnvironment {
  if (current === undefined) throw new Error('this is known only while a slice runs');
  return current;
}
