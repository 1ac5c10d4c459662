/**
 * Route requests (RREQ; RFC 3561, 5.1, 6.3, 6.5) as explorers: Smart Messages that spread over the network, leave at each node the way back to where
 * they began, and turn into a reply where the destination, or a fresh route to it, is found.
 */
import { arrived, log, neighbours, self, sysMigrate } from 'sm';
import type { Destination } from 'sm';
import { affordableHops, dispatch } from './cost.ts';
import { readHint, writeHint } from '../common/hints.ts';
import { hear, neighbourhood, neighboursOf, tell } from './neighbourhood.ts';
import { numberReply, numberRequest } from './own.ts';
import { myRouteTimeout, netTraversalTime, parametersOf, pathDiscoveryTime } from './parameters.ts';
import type { Changes } from './parameters.ts';
import { planned, short } from './pruning.ts';
import { replier, type Reply } from './reply.ts';
import { activeRoute, boundTo, extend, learn, routeTo } from './routes.ts';
import { isNewer, newerOf } from './sequence.ts';

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

/** How far an explorer trusts what is known of who reaches whom: not at all, its sender's neighbours, or theirs as well. */
export type Pruning = 'none' | 'one-hop' | 'two-hop';

interface Request extends Quest {
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

/** Nodes that an explorer remembers as reached by others. Those that it forgets may be visited in vain. */
const MAX_COVERED = 128;
/** A search gets no more than this part of what is left, so that most stays for the journey and later searches. */
const MOST_SHARE = 0.2;
/** Hops that a search of radius 0 may take; they grow with the area. */
const SEARCH_HOPS = 16;

/**
 * Starts an explorer at this node, which becomes the originator (6.3).
 *
 * @param asked the last sequence number that is known of the destination
 */
export function originate(quest: Quest, ttl: number, pruning: Pruning, asked = routeTo(quest.key)?.sequenceNumber ?? null): void {
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
  dispatch(explorer, [request, null], SEARCH_HOPS * (ttl + 1) ** 2, MOST_SHARE);
}

/** An explorer's life: to visit `targets`, or whoever it finds worth while, and to go on from there as 6.5 has it. */
async function explorer(start: Request, targets: readonly string[] | null): Promise<void> {
  try {
    let [request, onward] = targets === null ? forwarded(start) : [start, targets];
    while (onward.length > 0) {
      await sysMigrate(onward);
      const here = received(request);
      if (here === null) return;
      const answer = answerTo(here);
      if (answer !== null) return await replier(answer);
      [request, onward] = forwarded(here);
    }
  } catch (error) {
    // A neighbour that will not have this clone is one branch less.
    log.debug(`aodv: an explorer ended: ${(error as Error).message}`);
  }
}

/** Whether a request was here before, within PATH_DISCOVERY_TIME (6.5); from now on it was. */
function isRepeated({ originator, rreqId, changes }: Request): boolean {
  const name = `public:aodv/rreq/${originator}/${rreqId}`;
  if (readHint(name) !== null) return true;
  // Where this cannot be noted, nothing would stop a circle.
  return !writeHint(name, self.previous, pathDiscoveryTime(parametersOf(changes)));
}

/** The request as it is at the node where it just arrived, which now knows the way back (6.5); null when it was here before. */
function received(request: Request): Request | null {
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
function answerTo(request: Request): Reply | null {
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

/** The request as it leaves this node, and the neighbours to which it goes on; none when it ends here. */
function forwarded(request: Request): [Request, readonly string[]] {
  const near = neighbours();
  const { to, hopCount, ttl } = request;
  // 6.9: whoever has a link to the destination knows the way there, and nobody else need be asked.
  const there = near.find(({ id, name }) => id === to.node || name === to.node);
  if (there !== undefined) return [{ ...request, ttl: 0, unknown: [], neighbours: neighbourhood() }, [there.id]];
  if (ttl < 1) return [request, []];

  const own = near.map(({ id }) => short(id));
  const covered = coveredBefore(request);
  const onward = own.filter((node) => node !== shortPrevious(request) && !covered.has(node));
  for (const node of [...own, short(self.node)]) covered.add(node);
  const knows = request.pruning === 'two-hop';
  const { assigned, unknown, leaves } = planned(onward, covered, knows ? neighboursOf : () => null);
  const next = freshest({
    ...request,
    ttl: ttl - 1,
    neighbours: own,
    covered: [...covered].slice(-MAX_COVERED),
    assigned,
    unknown: knows ? unknown : [],
  });

  // There, a word to this node, and all the way home.
  const hopsEach = hopCount + 3;
  const idOf = (node: string): string => near.find(({ id }) => short(id) === node)!.id;
  let hops = affordableHops();
  // Who has nobody behind it cannot lead to a node, but may have what is searched for.
  const visited = to.node === undefined ? leaves.slice(0, Math.floor(hops / 2 / hopsEach)) : [];
  if (visited.length > 0) {
    dispatch(explorer, [{ ...next, ttl: 0 }, visited.map(idOf)], visited.length * hopsEach);
    hops -= visited.length * hopsEach;
  }
  const branches = Object.keys(assigned).slice(0, Math.max(0, Math.floor(hops / hopsEach)));
  return [next, branches.map(idOf)];
}

/** Nodes that others reach: whoever the sender and those before it reached, and what the sender left to its other neighbours. */
function coveredBefore({ pruning, neighbours, covered, assigned }: Request): Set<string> {
  if (pruning === 'none') return new Set();
  const mine = short(self.node);
  const others = Object.entries(assigned).flatMap(([neighbour, nodes]) => (neighbour === mine ? [] : nodes));
  return new Set([...covered, ...neighbours, ...others]);
}

function shortPrevious({ hopCount }: Request): string {
  return hopCount === 0 ? '' : short(self.previous!);
}

/** 6.5: a request that goes on asks for the freshest sequence number that it has heard of. */
function freshest(request: Request): Request {
  const { destinationSequenceNumber: asked, key } = request;
  const known = routeTo(key)?.sequenceNumber;
  if (known === undefined) return request;
  return { ...request, destinationSequenceNumber: asked === null ? known : newerOf(asked, known) };
}
