/**
 * Where GPSR goes next: Greedy Perimeter Stateless Routing for Wireless Networks (Karp and Kung, MobiCom 2000; sections given
 * below), as a pure function of what a node knows, which is its own place and those of its neighbours, and of the few fields that
 * travel. On Gabriel and relative neighbourhood graphs that are connected, this reaches every node (Frey and Stojmenovic,
 * On Delivery Guarantees of Face and Combined Greedy-Face Routing, MobiCom 2006).
 */
import type { PlanePoint } from '../common/map.ts';
import { planarNeighbours, type Planarisation } from './planarisation.ts';
import { angle, crossing, squareToD, type Place } from './plane.ts';

/** The packet header of perimeter mode, under the names of the paper's table 1. In greedy mode there is none; D is the map's origin. */
export interface Perimeter {
  /** Lp: where the packet entered perimeter mode. */
  readonly lp: PlanePoint;
  /** Lf: where on the line from Lp to D it entered the current face. */
  readonly lf: PlanePoint;
  /** e0: the first edge traversed on the current face. */
  readonly e0: readonly [from: string, to: string];
  /** The node it came from, where it was then. */
  readonly previous: Place;
}

export interface Forward {
  readonly next: string;
  /** What travels along; null in greedy mode. */
  readonly perimeter: Perimeter | null;
}

/** There is no way on: the face that holds D was walked round, or there are no neighbours. */
export interface Stop {
  readonly next: null;
  /** Whether the packet is at the node nearest to D, which it is unless places changed meanwhile. */
  readonly isNearest: boolean;
}

/** The next hop from `here`. A node that does not know its own place can only send greedily. */
export function forward(
  here: Place | null,
  neighbours: readonly Place[],
  perimeter: Perimeter | null,
  planarisation: Planarisation,
): Forward | Stop {
  // Section 2.3: nearer to D than where perimeter mode began, greedy mode returns.
  if (perimeter === null || here === null || squareToD(here) < squareToD(perimeter.lp)) {
    const next = nearestToD(neighbours);
    if (next !== undefined && (here === null || squareToD(next) < squareToD(here))) return { next: next.id, perimeter: null };
    return here === null ? { next: null, isNearest: false } : enterPerimeter(here, planarNeighbours(here, neighbours, planarisation));
  }
  return followPerimeter(here, planarNeighbours(here, neighbours, planarisation), perimeter);
}

/** Section 2.1, greedy forwarding. */
function nearestToD(neighbours: readonly Place[]): Place | undefined {
  let nearest: Place | undefined;
  for (const place of neighbours) if (nearest === undefined || squareToD(place) < squareToD(nearest)) nearest = place;
  return nearest;
}

/** Section 2.3: at a local minimum, the first edge counterclockwise from the line to D begins the tour of the face that this line crosses. */
function enterPerimeter(here: Place, edges: readonly Place[]): Forward | Stop {
  const first = rightHand(here, { x: 0, y: 0 }, edges);
  if (first === undefined) return { next: null, isNearest: true };
  return { next: first.id, perimeter: { lp: here, lf: here, e0: [here.id, first.id], previous: here } };
}

function followPerimeter(here: Place, edges: readonly Place[], perimeter: Perimeter): Forward | Stop {
  const { lp, e0 } = perimeter;
  // When the previous node has moved, where it is now is what the planar graph is made of.
  const previous = edges.find(({ id }) => id === perimeter.previous.id) ?? perimeter.previous;
  const next = rightHand(here, previous, edges);
  if (next === undefined) return { next: null, isNearest: false };
  // Section 2.3: the first edge of the face for the second time means that D cannot be reached.
  if (e0[0] === here.id && e0[1] === next.id) return { next: null, isNearest: here.x === lp.x && here.y === lp.y };
  const isBroken = e0[0] === here.id && !edges.some(({ id }) => id === e0[1]);
  // A first edge that is gone would never be met again; the tour begins anew with the edge that is taken now.
  const tour = isBroken ? { ...perimeter, e0: [here.id, next.id] as const } : perimeter;
  return changeFaces(here, next, edges, tour);
}

/**
 * Section 2.3: an edge that crosses the line from Lp to D nearer to D than Lf is not taken. Instead the packet enters the face
 * beyond it, by the edge that follows counterclockwise, and so on while that one crosses still nearer.
 */
function changeFaces(here: Place, edge: Place, edges: readonly Place[], perimeter: Perimeter): Forward {
  const { lp } = perimeter;
  let [next, lf, e0] = [edge, perimeter.lf, perimeter.e0];
  for (;;) {
    const point = crossing(lp, here, next);
    if (point === null || !(squareToD(point) < squareToD(lf))) return { next: next.id, perimeter: { lp, lf, e0, previous: here } };
    lf = point;
    next = rightHand(here, next, edges)!;
    e0 = [here.id, next.id];
  }
}

/** The right-hand rule (section 2.2.1): the next edge counterclockwise about `here` from `from`; back to `from` only when there is no other. */
function rightHand(here: Place, from: PlanePoint, edges: readonly Place[]): Place | undefined {
  let best: Place | undefined;
  let least = Infinity;
  for (const edge of edges) {
    const turn = angle(here, from, edge);
    if (turn < least) [best, least] = [edge, turn];
  }
  return best;
}
