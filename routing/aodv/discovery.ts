/**
 * Route discovery: expanding ring search (RFC 3561, 6.4), RREQ_RETRIES with binary exponential back-off (6.3), and local repair (6.12).
 *
 * How far a search has come stands in a tag, so that all travellers that wait at a node for the same destination share it, and whoever
 * wakes first goes on with it. None of them owns the search; when all have left, the tag ends by itself.
 */
import { block, neighbours, self } from 'sm';
import type { Journey } from 'sm';
import { linkBroke, routeChanged } from './error.ts';
import { asObject, readHint, removeHint, writeHint } from '../common/hints.ts';
import { waitForRate } from './own.ts';
import { deletePeriod, netTraversalTime, parametersOf, ringTraversalTime } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { originate, ringEffort, type Effort } from './explorer.ts';
import type { Quest } from './request.ts';
import { activeRoute, boundTag, boundTo, isNeighbour, routeTag, routeTo } from './routes.ts';

interface Search {
  readonly ttl: number;
  /** How often the whole network was searched before; RREQ_RETRIES + 1 once the destination was held to be unreachable. */
  readonly retries: number;
  /** Of a local repair, the length of the route that broke; else null. */
  readonly repairs: number | null;
  /** How long explorers may take. */
  readonly waitMs: number;
  /** For how long after that the destination is held to be unreachable, and nobody searches for it. */
  readonly silentMs: number;
}

function searchTag(key: string): string {
  return `public:aodv/search/${key}`;
}

function write(key: string, search: Search, parameters: Parameters): void {
  const { waitMs, silentMs } = search;
  // What is known of a destination that cannot be reached is kept for as long as what is known of a route that ended.
  const keptMs = silentMs > 0 ? silentMs + deletePeriod(parameters) : netTraversalTime(parameters);
  writeHint(searchTag(key), search, waitMs + keptMs);
}

/** The last search for a destination that began at this node, and how long it is to be waited for; less than 0 when it found nothing. */
function read(key: string, parameters: Parameters): { search: Search; leftMs: number } | null {
  const hint = readHint(searchTag(key));
  const { ttl, retries, repairs, waitMs, silentMs } = asObject(hint?.value) ?? {};
  if (hint === null || typeof ttl !== 'number' || typeof retries !== 'number') return null;
  if (typeof waitMs !== 'number' || typeof silentMs !== 'number') return null;
  // Nobody waits or is silent for longer than the last search asks for, whatever the tag says.
  const last = acrossNetwork(parameters.RREQ_RETRIES, parameters);
  const search = {
    ttl,
    retries: Math.max(0, retries),
    repairs: typeof repairs === 'number' ? repairs : null,
    waitMs: Math.min(waitMs, last.waitMs),
    silentMs: Math.min(silentMs, last.silentMs),
  };
  return { search, leftMs: search.waitMs - hint.ageMs };
}

/**
 * The node to which the journey leads from here: known already, or found by explorers.
 *
 * @returns null when RREQ_RETRIES searches found nothing (6.3), or the journey's time is over
 */
export async function discover(journey: Journey, quest: Quest): Promise<string | null> {
  for (;;) {
    const parameters = parametersOf(quest.changes);
    const found = located(quest);
    if (found !== null) {
      concluded(quest, found, parameters);
      return found;
    }
    const leftMs = journey.deadlineMs - self.ageMs;
    const waitMs = leftMs <= 0 ? null : underWay(quest, parameters);
    if (waitMs === null) return null;
    try {
      await block([routeTag(quest.key), boundTag(quest.key)], { timeout: Math.max(1, Math.min(waitMs, leftMs)) });
    } catch (error) {
      if ((error as Error).name !== 'TimeoutError') throw error;
    }
  }
}

/** A destination to which the way is known. */
function located({ to, key }: Quest): string | null {
  const neighbour = neighbours().find(({ id, name }) => id === to.node || name === to.node);
  if (neighbour !== undefined) return neighbour.id;
  const node = boundTo(key) ?? to.node ?? null;
  return node !== null && node !== self.node && (isNeighbour(node) || activeRoute(node) !== null) ? node : null;
}

/** Ends the search, and tells those before this node when a repair made their way longer (6.12). */
function concluded({ key, changes }: Quest, found: string, parameters: Parameters): void {
  const repairs = read(key, parameters)?.search.repairs ?? null;
  removeHint(searchTag(key));
  const route = activeRoute(found);
  if (repairs !== null && route !== null && route.hopCount > repairs) routeChanged(found, true, null, changes);
}

/** How long to wait for the search that is under way; when there is none, begins one. Null while the destination is held to be unreachable. */
function underWay(quest: Quest, parameters: Parameters): number | null {
  const current = read(quest.key, parameters);
  if (current !== null && current.leftMs > 0) return current.leftMs;
  if (current !== null && current.leftMs + current.search.silentMs > 0) return null;
  noticeBreak(boundTo(quest.key) ?? quest.key, quest);
  const limitedMs = waitForRate('rreq', parameters.RREQ_RATELIMIT);
  if (limitedMs > 0) return limitedMs;
  // A repair that failed is told to those who would come here for this destination (6.12), which is then searched for as usual.
  if (current !== null && current.search.repairs !== null) routeChanged(quest.key, false, null, quest.changes);
  const search = following(quest.key, current?.search ?? null, parameters);
  write(quest.key, search, parameters);
  originate(quest, search.ttl, effortOf(search, parameters));
  return search.waitMs;
}

/** A search begins where a route ended. If its link broke, its users are told, and only fresher routes will do as an answer (6.11). */
function noticeBreak(destination: string, { changes }: Quest): void {
  const route = routeTo(destination);
  if (route !== null && route.isValid && !isNeighbour(route.nextHop)) linkBroke(route.nextHop, null, changes);
}

/** The search after this one: rings (6.4), then the whole network. */
function following(key: string, last: Search | null, parameters: Parameters): Search {
  const { TTL_START, TTL_INCREMENT, TTL_THRESHOLD, NET_DIAMETER } = parameters;
  if (last !== null && last.repairs === null && last.ttl >= NET_DIAMETER) return acrossNetwork(last.retries + 1, parameters);
  // 6.4: a destination that was known is looked for a little beyond its last distance.
  const isFirst = last === null || last.repairs !== null;
  const known = isFirst ? routeTo(key)?.hopCount : last.ttl;
  const ring = known === undefined ? TTL_START : known + TTL_INCREMENT;
  if (ring > TTL_THRESHOLD || ring >= NET_DIAMETER) return acrossNetwork(0, parameters);
  return { ttl: ring, retries: 0, repairs: null, waitMs: ringTraversalTime(parameters, ring), silentMs: 0 };
}

/**
 * A search of the whole network, each time with twice the patience (6.3). When RREQ_RETRIES found nothing either, the back-off outlives the
 * travellers that are told so: for as long again nobody searches, then one search at a time looks whether the destination has come back.
 */
function acrossNetwork(retries: number, parameters: Parameters): Search {
  const { NET_DIAMETER, RREQ_RETRIES } = parameters;
  const onceMs = netTraversalTime(parameters);
  return {
    ttl: NET_DIAMETER,
    retries: Math.min(retries, RREQ_RETRIES + 1),
    repairs: null,
    waitMs: retries > RREQ_RETRIES ? onceMs : onceMs * 2 ** retries,
    silentMs: retries < RREQ_RETRIES ? 0 : onceMs * 2 ** (RREQ_RETRIES + 1),
  };
}

/**
 * What a search may cost, and what it relies on. The searches of the whole network that may still come, and the journey, are left as much as
 * this one gets. The last before the destination is given up relies on nothing that it has not seen itself.
 */
function effortOf({ ttl, retries }: Search, { NET_DIAMETER, RREQ_RETRIES }: Parameters): Effort {
  if (ttl < NET_DIAMETER) return ringEffort();
  const left = Math.max(0, RREQ_RETRIES - retries);
  return { share: 1 / (left + 2), pruning: retries > 0 && retries === RREQ_RETRIES ? 'one-hop' : 'two-hop' };
}

/**
 * Begins to repair, from the middle of it, the route to a node (6.12), which is searched for a little beyond its last distance.
 *
 * @param startHops hops from here to where the journey began
 */
export function repair(quest: Quest, startHops: number): void {
  const { key } = quest;
  const parameters = parametersOf(quest.changes);
  const current = read(key, parameters);
  if ((current !== null && current.leftMs > 0) || waitForRate('rreq', parameters.RREQ_RATELIMIT) > 0) return;
  const repairs = routeTo(key)?.hopCount ?? 0;
  const ttl = Math.ceil(Math.max(repairs, 0.5 * startHops)) + parameters.LOCAL_ADD_TTL;
  write(key, { ttl, retries: 0, repairs, waitMs: ringTraversalTime(parameters, ttl), silentMs: 0 }, parameters);
  originate(quest, ttl, ringEffort());
}
