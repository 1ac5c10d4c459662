/** What the node told at the start of the slice. */
import type { SliceEnvironment, ToldInput } from '../boundary.ts';
import { parse } from '../primordials.ts';

type Self = SliceEnvironment['self'];

let current: ToldInput['env'] | undefined;
let others = '';
let self: Self | undefined;

/** @param lines the JSON of who the program is, and below it that of its neighbours */
export function setSurroundings(environment: ToldInput['env'], lines: string): void {
  current = environment;
  others = lines;
}

/** @throws outside a slice, where a brick only declares itself. */
export function surroundings(): ToldInput['env'] {
  if (current === undefined) throw new Error('this is known only while a slice runs');
  return current;
}

/** The same for who the program is. */
export function toldSelf(): Self {
  surroundings();
  return (self ??= parse(others.slice(0, others.indexOf('\n'))) as Self);
}

/** The same for the neighbours. Each call gives objects of its own. */
export function toldNeighbours(): SliceEnvironment['neighbours'][number][] {
  surroundings();
  return parse(others.slice(others.indexOf('\n') + 1)) as SliceEnvironment['neighbours'][number][];
}
