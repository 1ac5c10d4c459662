/** What the node tells about this place and this moment. */
import { TOLD, type SliceEnvironment, type ToldInput } from '../boundary.ts';
import { parse } from '../primordials.ts';
import { askNode, certain } from './node.ts';

type Self = SliceEnvironment['self'];
type Neighbours = SliceEnvironment['neighbours'][number][];

let current: ToldInput['env'] | undefined;
let self: Self | undefined;
let neighboursText: string | undefined;

/** Begins the only slice of this realm. */
export function setSurroundings(environment: ToldInput['env']): void {
  current = environment;
}

/** @throws outside a slice, where a brick only declares itself. */
export function surroundings(): ToldInput['env'] {
  if (current === undefined) throw new Error('this is known only while a slice runs');
  return current;
}

/** The same for who the program is. */
export function toldSelf(): Self {
  surroundings();
  return (self ??= parse(certain(askNode(TOLD.self))) as Self);
}

/** The same for the neighbours. Each call gives objects of its own. */
export function toldNeighbours(): Neighbours {
  surroundings();
  return parse((neighboursText ??= certain(askNode(TOLD.neighbours)))) as Neighbours;
}
