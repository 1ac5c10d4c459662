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
  /** What was searched for; see `Quest`. */
  readonly key: string;
  readonly changes: Changes;
}

/** A reply's life, from the node that answers to the originator. It ends earlier where better news came before (6.7), or the way back is lost. */
export async function replier(reply: Reply): Promise<void> {
  let { hopCount } = reply;
  while (self.node !== reply.originator) {
    const back = departed(reply);
    if (back === null) return;
    try {
      await sysMigrate(back);
    } catch {
      return; // The searcher's next ring finds another way.
    }
    hopCount++;
    if (!learnt(reply, hopCount) && self.node !== reply.originator) return;
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

/** Whether the route was news here. */
function learnt({ destination, key, sequenceNumber, leftMs, changes }: Reply, hopCount: number): boolean {
  const isNews = learn(destination, { sequenceNumber, hopCount, nextHop: self.previous!, leftMs }, parametersOf(changes));
  if (key !== destination) bind(key, destination, leftMs);
  return isNews;
}
