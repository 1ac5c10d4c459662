/** Where the Smart Message whose end is the result was heard of last. */
import type { HopInfo, LastAcknowledged } from '../control/protocol.ts';

/** The farthest of the hops that a neighbour acknowledged; null when there is none among them. */
export function lastAcknowledged(hops: readonly HopInfo[]): LastAcknowledged | null {
  let last: HopInfo | null = null;
  for (const hop of hops) {
    if (!hop.root || hop.outcome !== 'accepted') continue;
    if (last === null || hop.hops > last.hops || (hop.hops === last.hops && hop.atMs > last.atMs)) last = hop;
  }
  return last === null ? null : { node: last.to, name: last.toName, hops: last.hops + 1, atMs: last.atMs };
}
