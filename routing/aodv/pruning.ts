/**
 * Which neighbours a flooded explorer goes on to. A clone for each neighbour, as a broadcast would have it, costs two hand-offs per link; this
 * is dominant pruning (Lim, Kim: Flooding in wireless ad hoc networks, Computer Communications 24, 2001): nobody is sent to whom the sender
 * reached as well, and of the others, as few go on as are needed to reach every node two hops away.
 *
 * Nodes are told apart by the first characters of their ids. Two nodes that look alike cost at worst one branch of one search.
 */
const SHORT = 8;

export function short(id: string): string {
  return id.slice(0, SHORT);
}

export interface Plan {
  /** Neighbours to send to, each with the nodes behind it that it alone is to reach. Those that are `unknown` have none yet. */
  readonly assigned: Readonly<Record<string, readonly string[]>>;
  /** Those of the neighbours to send to whose own neighbours are not known here. */
  readonly unknown: readonly string[];
  /** Neighbours behind which nobody is left to reach. */
  readonly leaves: readonly string[];
}

/**
 * Greedy set cover: the neighbour that reaches most uncovered nodes comes first.
 *
 * @param onward neighbours that were not reached yet, in short
 * @param covered nodes that were, or are being, reached by others, the neighbours of this node included
 * @param neighboursOf what is known of a neighbour's neighbours; null when nothing is
 */
export function planned(
  onward: readonly string[],
  covered: ReadonlySet<string>,
  neighboursOf: (neighbour: string) => readonly string[] | null,
): Plan {
  const assigned: Record<string, readonly string[]> = {};
  const unknown: string[] = [];
  const behind = new Map<string, readonly string[]>();
  for (const neighbour of onward) {
    const reached = neighboursOf(neighbour);
    if (reached === null) unknown.push(neighbour);
    else behind.set(neighbour, reached);
  }
  const open = new Set([...behind.values()].flat().filter((node) => !covered.has(node)));
  while (open.size > 0) {
    let best = '';
    let mine: readonly string[] = [];
    for (const [neighbour, reached] of behind) {
      const reaches = reached.filter((node) => open.has(node));
      if (reaches.length > mine.length) [best, mine] = [neighbour, reaches];
    }
    behind.delete(best);
    assigned[best] = mine;
    for (const node of mine) open.delete(node);
  }
  for (const neighbour of unknown) assigned[neighbour] = [];
  return { assigned, unknown, leaves: [...behind.keys()] };
}
