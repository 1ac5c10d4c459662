/** Route replies (RREP; RFC 3561, 5.2, 6.6, 6.7) as messengers: they walk back along the reverse route and write the forward route on their way. */
import { self, sysMigrate } from 'sm';
import { parametersOf } from './parameters.ts';
import type { Changes } from './parameters.ts';
import { activeRoute, addPrecursor, bind, extend, learn, routeTo } from './routes.ts';

export interface Reply {
  /** The node that the reply goes to. */
  readonly originator: string;
  readonly destination: string;
  readonly sequenceNumber: number;
  /** From here to the destination. */
  readonly hopCount: number;
  /** The life of the route that is written. */
  readonly leftMs: number;
  /** Whether the destination itself answers. */
  readonly isFirstHand: boolean;
  /** What was searched for; see `Quest`. */
  readonly key: string;
  readonly changes: Changes;
}

/** A reply's life, from the node that answers to the originator. It ends earlier where it is no news, or the way back is lost. */
export async function replier(start: Reply): Promise<void> {
  let reply: Reply | null = start;
  while (reply !== null && self.node !== reply.originator) {
    const back = departed(reply);
    if (back === null) return;
    try {
      await sysMigrate(back);
    } catch {
      return; // The searcher's next ring finds another way.
    }
    reply = arrivedAt(reply);
  }
}

/** Notes who will use which route from now on, and gives the next hop towards the originator; null when it is lost. */
function departed({ originator, destination, changes }: Reply): string | null {
  const parameters = parametersOf(changes);
  const back = activeRoute(originator);
  if (back === null) return null;
  addPrecursor(destination, back.nextHop, parameters);
  // The way back is used as well, by this reply and later by travellers who go home.
  extend(originator, parameters.ACTIVE_ROUTE_TIMEOUT, parameters);
  const forth = routeTo(destination);
  if (forth !== null) addPrecursor(originator, forth.nextHop, parameters);
  return back.nextHop;
}

/**
 * Writes the route at the node where the reply just arrived, and gives the reply as it goes on: with the route that this node has now, which may
 * be better. Null where it ends: 6.7 has only replies go on that changed a route. The destination's own goes on all the same, because
 * who asked it (D flag) may not know what the nodes on the way knew already.
 */
function arrivedAt(reply: Reply): Reply | null {
  const { destination, key, leftMs, isFirstHand, changes } = reply;
  const parameters = parametersOf(changes);
  const news = { sequenceNumber: reply.sequenceNumber, hopCount: reply.hopCount + 1, nextHop: self.previous!, leftMs };
  const isNews = learn(destination, news, parameters);
  extend(destination, leftMs, parameters);
  if (key !== destination) bind(key, destination, leftMs);
  const route = activeRoute(destination);
  if (route === null || !(isNews || isFirstHand)) return null;
  return { ...reply, sequenceNumber: route.sequenceNumber, hopCount: route.hopCount };
}
