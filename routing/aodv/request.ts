/** Route requests (RREQ; RFC 3561, 5.1): what they carry, how they begin (6.3), what they leave at the nodes they reach (6.5), and who answers (6.6). */
import { arrived, self } from 'sm';
import type { Destination } from 'sm';
import { dispatch } from './cost.ts';
import { readHint, writeHint } from '../common/hints.ts';
import { hear, tell } from './neighbourhood.ts';
import { numberReply, numberRequest } from './own.ts';
import { myRouteTimeout, netTraversalTime, parametersOf, pathDiscoveryTime } from './parameters.ts';
import type { Changes } from './parameters.ts';
import { short } from './pruning.ts';
import { replier, type Reply } from './reply.ts';
import { activeRoute, boundTo, extend, learn } from './routes.ts';
import { isNewer } from './sequence.ts';

/** What is searched for. */
export interface Quest {
  readonly to: Destination;
  readonly except: readonly string[];
  /** The same for everybody who looks for the same: the node's id, or a digest of what it must be like. */
  readonly key: string;
  /** The D flag. */
  readonly destinationOnly: boolean;
  readonly changes: Changes;
}

/** What an explorer takes as known of who reaches whom: what it brings along itself, or also what nodes noted of their neighbours. */
export type Pruning = 'one-hop' | 'two-hop';

export interface Request extends Quest {
  readonly rreqId: number;
  readonly originator: string;
  readonly originatorSequenceNumber: number;
  /** The last that is known of the destination; null is the U flag. */
  readonly destinationSequenceNumber: number | null;
  /** From the originator to here. */
  readonly hopCount: number;
  /** Hops that it may still go. */
  readonly ttl: number;
  readonly pruning: Pruning;
  // What follows is for `pruning.ts`, of the node that it comes from, in short.
  readonly neighbours: readonly string[];
  readonly covered: readonly string[];
  readonly assigned: Readonly<Record<string, readonly string[]>>;
  readonly unknown: readonly string[];
}

/** A new request of this node, which becomes the originator (6.3). `asked` is the last sequence number that is known of the destination. */
export function newRequest(quest: Quest, ttl: number, pruning: Pruning, asked: number | null): Request {
  const { sequenceNumber, rreqId } = numberRequest();
  const request: Request = {
    ...quest,
    rreqId,
    originator: self.node,
    originatorSequenceNumber: sequenceNumber,
    destinationSequenceNumber: asked,
    hopCount: 0,
    ttl,
    pruning,
    neighbours: [],
    covered: [],
    assigned: {},
    unknown: [],
  };
  isRepeated(request);
  return request;
}

/** Whether a request was here before, within PATH_DISCOVERY_TIME (6.5); from now on it was. */
function isRepeated({ originator, rreqId, changes }: Request): boolean {
  const name = `public:aodv/rreq/${originator}/${rreqId}`;
  if (readHint(name) !== null) return true;
  // Where this cannot be noted, nothing would stop a circle.
  return !writeHint(name, self.previous, pathDiscoveryTime(parametersOf(changes)));
}

/** The request as it is at the node where it just arrived, which now knows the way back (6.5); null when it was here before. */
export function received(request: Request): Request | null {
  const { originator, originatorSequenceNumber, changes } = request;
  const parameters = parametersOf(changes);
  const from = self.previous!;
  hear(from, request.neighbours, parameters.NEIGHBOURHOOD_TIMEOUT);
  if (request.unknown.includes(short(self.node))) tell(from, parameters.NEIGHBOURHOOD_TIMEOUT);
  if (isRepeated(request)) return null;
  const hopCount = request.hopCount + 1;
  // MinimalLifetime: the reply must still find the reverse route when it comes by.
  const leftMs = 2 * netTraversalTime(parameters) - 2 * hopCount * parameters.NODE_TRAVERSAL_TIME;
  learn(originator, { sequenceNumber: originatorSequenceNumber, hopCount, nextHop: from, leftMs }, parameters);
  extend(originator, leftMs, parameters);
  // A node that cannot keep the way back is no part of a route.
  return activeRoute(originator) === null ? null : { ...request, hopCount };
}

/** The reply to a request, from the destination (6.6.1) or from a node with a route that is fresh enough (6.6.2); null when there is none. */
export function answerTo(request: Request): Reply | null {
  const { to, except, key, originator, originatorSequenceNumber, destinationSequenceNumber: asked, changes } = request;
  const parameters = parametersOf(changes);
  const reply = { originator, key, isFirstHand: false, changes };
  if (arrived(to, except))
    return {
      ...reply,
      isFirstHand: true,
      destination: self.node,
      sequenceNumber: numberReply(asked),
      hopCount: 0,
      leftMs: myRouteTimeout(parameters),
    };
  const destination = boundTo(key) ?? to.node;
  if (request.destinationOnly || destination === undefined || destination === originator) return null;
  const route = activeRoute(destination);
  if (route === null || route.nextHop === self.previous || (asked !== null && isNewer(asked, route.sequenceNumber))) return null;
  if (parameters.GRATUITOUS_RREP) {
    // 6.6.3: the destination hears nothing of this search, and would have to search for the originator itself.
    const news = { destination: originator, sequenceNumber: originatorSequenceNumber, hopCount: request.hopCount };
    const leftMs = myRouteTimeout(parameters);
    dispatch(replier, [{ ...reply, ...news, leftMs, originator: destination, key: originator }], route.hopCount);
  }
  const { sequenceNumber, hopCount, leftMs } = route;
  return { ...reply, destination, sequenceNumber, hopCount, leftMs };
}
