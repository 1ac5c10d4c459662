/**
 * Where GPSR goes next: Greedy Perimeter Stateless Routing for Wireless Networks (Karp and Kung, MobiCom 2000; sections given
 * below), as a pure function of what a node knows, which is its own place and those of its neighbours, and of the few fields that
 * travel. On Gabriel and relative neighbourhood graphs that are connected, this reaches every node (Frey and Stojmenovic,
 * On Delivery Guarantees of Face and Combined Greedy-Face Routing, MobiCom 2006).
 */
import type { PlanePoint } from '../common/map.ts';
import { planarNeighbours, type Planarisation } from './planarisation.ts';
import { angle, crossing, squareToD, type Place } from './plane.ts';

type Edge = readonly [from: string, to: string];

/** The packet header of perimeter mode, under the names of the paper's table 1. In greedy mode there is none; D is the map's origin. */
export interface Perimeter {
  /** Lp: where the packet entered perimeter mode. The node is kept as well, because it may have moved when the face has been walked round. */
  readonly lp: Place;
  /** Lf: where on the line from Lp to D it entered the current face. */
  readonly lf: PlanePoint;
  /** e0: the first edge traversed on the current face. */
  readonly e0: Edge;
  /** The node it came from, where it was then. */
  readonly previous: Place;
  /** Hops since Lp. */
  readonly hops: number;
  /**
   * An edge traversed since, to notice circles that do not lead by e0, because nodes have moved: it is replaced at the hops 1, 2, 4, 8 ..., so
   * that any circle is noticed within three rounds (Brent 1980, An improved Monte Carlo factorization algorithm). Not in the paper.
   */
  readonly mark: Edge;
}

export interface Forward {
  readonly next: string;
  /** What travels along; null in greedy mode. */
  readonly perimeter: Perimeter | null;
}

/** There is no way on: the face that holds D was walked round, places changed so that it cannot be, or there are no neighbours. */
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
  const e0: Edge = [here.id, first.id];
  return { next: first.id, perimeter: { lp: here, lf: here, e0, previous: here, hops: 1, mark: e0 } };
}

function followPerimeter(here: Place, edges: readonly Place[], perimeter: Perimeter): Forward | Stop {
  const { lp, e0, mark } = perimeter;
  // When the previous node has moved, where it is now is what the planar graph is made of.
  const previous = edges.find(({ id }) => id === perimeter.previous.id) ?? perimeter.previous;
  const next = rightHand(here, previous, edges);
  if (next === undefined) return { next: null, isNearest: false };
  // Section 2.3: the first edge of the face for the second time means that D cannot be reached.
  if (isEdge(e0, here, next)) return { next: null, isNearest: here.id === lp.id };
  if (isEdge(mark, here, next)) return { next: null, isNearest: false };
  return changeFaces(here, next, edges, perimeter);
}

/**
 * Section 2.3: an edge that crosses the line from Lp to D nearer to D than Lf is not taken. Instead the packet enters the face
 * beyond it, by the edge that follows counterclockwise, and so on while that one crosses still nearer.
 */
function changeFaces(here: Place, edge: Place, edges: readonly Place[], perimeter: Perimeter): Forward {
  let [next, header] = [edge, perimeter];
  for (;;) {
    const lf = crossing(header.lp, here, next);
    if (lf === null || !(squareToD(lf) < squareToD(header.lf))) break;
    next = rightHand(here, next, edges)!;
    const e0: Edge = [here.id, next.id];
    header = { ...header, lf, e0, mark: e0 };
  }
  const hops = header.hops + 1;
  const isTimeToMark = (hops & header.hops) === 0;
  return { next: next.id, perimeter: { ...header, previous: here, hops, mark: isTimeToMark ? [here.id, next.id] : header.mark } };
}

function isEdge(edge: Edge, from: Place, to: Place): boolean {
  return edge[0] === from.id && edge[1] === to.id;
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
