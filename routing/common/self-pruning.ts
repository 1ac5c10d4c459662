/**
 * Which neighbours a flooded explorer leaves out: self-pruning (Lim and Kim, Flooding in wireless ad hoc networks, Computer Communications 24, 2001).
 * Whom its sender reaches as well, it need not send to. Explorers carry the list of those; ids are cut, and two nodes that look alike
 * cost at worst one branch of one flood.
 */
const SHORT = 8;

/** What an explorer carries along: the nodes that it, and the other clones that leave this node, reach. */
export function reachedWith(nodes: readonly string[]): readonly string[] {
  return nodes.map((id) => id.slice(0, SHORT));
}

export function isReached(reached: readonly string[], id: string): boolean {
  return reached.includes(id.slice(0, SHORT));
}
