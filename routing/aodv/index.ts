/**
 * AODV: routes on demand by distance vectors with destination sequence numbers (Perkins, Belding-Royer, Das: RFC 3561), as mobile code. Who
 * needs a route sends explorers (`request.ts`), which leave reverse routes; replies (`reply.ts`) walk back along them and write the
 * forward route; errors (`error.ts`) go to those who use a route that broke. The node does none of this: all state is in tags with a
 * lifetime, and all work is done by the Smart Messages that come by.
 *
 * Destinations are nodes, by id or name, and content: any node with certain tags. A search for content is bound to the node that answers it.
 *
 * Tags, all in the shared name space and therefore hints that anyone may have written:
 *   public:route/aodv/<node>          the route to a node (`routes.ts`)
 *   public:aodv/own                   the node's own sequence number and RREQ ID (`own.ts`)
 *   public:aodv/rreq/<node>/<id>      a request was here (`request.ts`)
 *   public:aodv/search/<key>          a search that begins here (`discovery.ts`)
 *   public:aodv/found/<key>           the node to which a search for content led (`routes.ts`)
 *   public:aodv/near/<node>           a neighbour's neighbours (`neighbourhood.ts`)
 *   public:aodv/rate/<kind>           messages sent within this second (`own.ts`)
 */
import { ended, log, self, sleep, sysMigrate } from 'sm';
import type { Destination, Journey, Router } from 'sm';
import { discover, repair } from './discovery.ts';
import { linkBroke, routeChanged } from './error.ts';
import { check, maxRepairTtl, parametersOf } from './parameters.ts';
import type { Changes } from './parameters.ts';
import type { Quest } from './request.ts';
import { activeRoute, extend, invalidate, isNeighbour, routeTo, type Route } from './routes.ts';
import { isNewer } from './sequence.ts';

/** Nodes that were found for a search and turned out not to fit, before the router gives up. */
const MAX_MISSES = 4;
/** Routes that may break under one journey. */
const MAX_BROKEN = 16;

/** Travels to the journey's destination. Returns the reason it gave up, or nothing on arrival. */
export async function aodv(journey: Journey): Promise<string | void> {
  return travel(journey, {});
}

/**
 * The same router with other parameters, under their names in section 10 of RFC 3561: `aodvWith({ NODE_TRAVERSAL_TIME: 10 })`.
 *
 * @throws TypeError for a parameter that does not exist or makes no sense
 */
export function aodvWith(changes: Changes): Router {
  check(changes);
  return (journey) => travel(journey, changes);
}

/** What the route said at the last node. */
type Stage = Pick<Route, 'sequenceNumber' | 'hopCount'>;
type HopError = Error & { readonly reason?: string; readonly retryAfterMs?: number | null };

async function travel(journey: Journey, changes: Changes): Promise<string | void> {
  const { except } = journey;
  if (journey.to.point !== undefined) return 'aodv finds nodes, not points';
  let to = journey.to;
  let destinationOnly = parametersOf(changes).DESTINATION_ONLY;
  let misses = 0;
  for (let broken = 0; broken <= MAX_BROKEN && misses <= MAX_MISSES; broken++) {
    if (ended(journey)) return;
    const quest: Quest = { to, except, key: keyOf(to, except), destinationOnly, changes };
    const target = await discover(journey, quest);
    if (target === null) return self.ageMs < journey.deadlineMs ? 'destination unreachable' : 'no route found in time';
    // From here on a node that was searched for by its name has an id.
    if (to.node !== undefined) to = { node: target };
    const problem = await follow(journey, { ...quest, to, key: keyOf(to, except) }, target);
    if (problem !== null) return problem;
    if (self.node !== target || ended(journey)) continue;
    // It no longer has what the search had found: only an answer from a destination itself will do now.
    misses++;
    destinationOnly = true;
  }
  return misses > MAX_MISSES ? 'every node that was found had lost what was searched for' : 'every route that was found broke';
}

/**
 * Follows the route to `target` hop by hop, and ends at the target, where the journey ended, or where the route broke, which is then told to
 * those who use it. Returns a reason when there is no use in trying again.
 */
async function follow(journey: Journey, quest: Quest, target: string): Promise<string | null> {
  let last: Stage | null = null;
  while (self.node !== target && !ended(journey)) {
    const route = activeRoute(target);
    const nextHop = isNeighbour(target) ? target : route?.nextHop;
    if (nextHop === undefined || (nextHop !== target && !leadsOn(route!, last))) {
      routeLost(journey, quest, target, last === null ? null : self.previous);
      return null;
    }
    // 6.2: the routes to both ends of a journey live on when it passes.
    used(target, quest.changes);
    used(journey.start, quest.changes);
    if (route !== null) last = { sequenceNumber: route.sequenceNumber, hopCount: route.hopCount };
    try {
      await sysMigrate(nextHop);
    } catch (error) {
      return hopFailed(journey, quest, target, nextHop, error as HopError);
    }
  }
  used(journey.start, quest.changes);
  return null;
}

function used(destination: string, changes: Changes): void {
  const parameters = parametersOf(changes);
  extend(destination, parameters.ACTIVE_ROUTE_TIMEOUT, parameters);
}

/**
 * Whether a route leads on from the one that led here. Along routes, sequence numbers never fall and, while they stay, hop counts do; this
 * is why AODV has no loops (6.1). A tag that says otherwise was not written by AODV.
 */
function leadsOn(route: Route, last: Stage | null): boolean {
  if (last === null || isNewer(route.sequenceNumber, last.sequenceNumber)) return true;
  return route.sequenceNumber === last.sequenceNumber && route.hopCount < last.hopCount;
}

/** The route ends here: its link broke, it expired, or it never was. */
function routeLost(journey: Journey, quest: Quest, target: string, cameFrom: string | null): void {
  const route = routeTo(target);
  if (route !== null && route.isValid && !isNeighbour(route.nextHop)) return linkLost(journey, quest, target, route.nextHop);
  if (route !== null && route.isValid) invalidate(target, route, parametersOf(quest.changes));
  routeChanged(target, false, cameFrom, quest.changes);
}

/**
 * A link of an active route broke (6.11). Near its destination the route is repaired from here (6.12), else its users are told. Whoever looks for
 * content searches anew from here instead: another node may be nearer by now.
 */
function linkLost(journey: Journey, quest: Quest, target: string, nextHop: string): void {
  const route = routeTo(target);
  const isNear = route !== null && route.nextHop === nextHop && route.hopCount <= maxRepairTtl(parametersOf(quest.changes));
  const repairs = isNear && quest.key === target && self.node !== journey.start;
  linkBroke(nextHop, repairs ? target : null, quest.changes);
  if (repairs) repair(quest, routeTo(journey.start)?.hopCount ?? 0);
}

/** A hop that was not made. Returns a reason when there is no use in trying again. */
async function hopFailed(journey: Journey, quest: Quest, target: string, nextHop: string, error: HopError): Promise<string | null> {
  log.debug(`aodv: hop to ${nextHop} failed: ${error.message}`);
  if (error.name !== 'MigrationRefused') {
    linkLost(journey, quest, target, nextHop);
    return null;
  }
  if (typeof error.retryAfterMs === 'number') {
    await sleep(error.retryAfterMs);
    return null;
  }
  if (error.reason === 'budget-exhausted' || error.reason === 'state-too-large' || nextHop === target) return error.message;
  // The link stands, and others may use it. This program's explorers find a way over nodes that accept it.
  const route = routeTo(target);
  if (route !== null) invalidate(target, route, parametersOf(quest.changes));
  return null;
}

/** Names what is searched for: a node by its id as it is, everything else by a digest (FNV-1a, twice 32 bits). */
function keyOf(to: Destination, except: readonly string[]): string {
  if (to.node !== undefined && /^[0-9a-f]{32}$/.test(to.node)) return to.node;
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (const character of JSON.stringify([to, except])) {
    low = Math.imul(low ^ character.codePointAt(0)!, 0x01000193);
    high = Math.imul(high ^ low, 0x01000193);
  }
  return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
