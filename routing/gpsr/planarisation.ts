/**
 * From a node's radio graph to a planar one, with nothing but its neighbours' places (Karp and Kung 2000, section 2.2.2). Where
 * radios reach equally far in all directions, both ends of an edge decide alike, and the planar graph is connected if
 * the radio graph is.
 */
import { square, type Place } from './plane.ts';

/** Which planar graph: that of Gabriel, or the relative neighbourhood graph, which is a part of it with longer ways round. */
export type Planarisation = 'gabriel' | 'rng';

/** The neighbours to which `here` has an edge in the planar graph. */
export function planarNeighbours(here: Place, neighbours: readonly Place[], planarisation: Planarisation): readonly Place[] {
  const isWitness = planarisation === 'gabriel' ? isInGabrielDisc : isInLune;
  return neighbours.filter((other) => !neighbours.some((witness) => witness !== other && isWitness(here, other, witness)));
}

/** Within the circle whose diameter is the edge. */
function isInGabrielDisc(a: Place, b: Place, witness: Place): boolean {
  return square(a, witness) + square(b, witness) < square(a, b);
}

/** Nearer to both ends than these are to each other. */
function isInLune(a: Place, b: Place, witness: Place): boolean {
  return Math.max(square(a, witness), square(b, witness)) < square(a, b);
}
