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
import { netTraversalTime, parametersOf, ringTraversalTime } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { originate, type Pruning, type Quest } from './request.ts';
import { activeRoute, boundTag, boundTo, isNeighbour, routeTag, routeTo } from './routes.ts';

interface Search {
  readonly ttl: number;
  /** How often the whole network was searched before. More than RREQ_RETRIES: the destination is unreachable. */
  readonly retries: number;
  /** Of a local repair, the length of the route that broke; else null. */
  readonly repairs: number | null;
  /** How long explorers may take. */
  readonly waitMs: number;
}

function searchTag(key: string): string {
  return `public:aodv/search/${key}`;
}

function write(key: string, search: Search, parameters: Parameters): void {
  writeHint(searchTag(key), search, search.waitMs + netTraversalTime(parameters));
}

/** The search for a destination that is under way at this node, and how long it is to be waited for. */
function read(key: string, parameters: Parameters): { search: Search; leftMs: number } | null {
  const hint = readHint(searchTag(key));
  const { ttl, retries, repairs, waitMs } = asObject(hint?.value) ?? {};
  if (hint === null || typeof ttl !== 'number' || typeof retries !== 'number' || typeof waitMs !== 'number') return null;
  const search = { ttl, retries, repairs: typeof repairs === 'number' ? repairs : null, waitMs };
  // Nobody waits longer than a search takes, whatever the tag says.
  const longestMs = netTraversalTime(parameters) * 2 ** (parameters.RREQ_RETRIES + 1);
  return { search, leftMs: Math.min(waitMs, longestMs) - hint.ageMs };
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

/** How long to wait for the search that is under way; when there is none, begins one. Null when the destination is unreachable. */
function underWay(quest: Quest, parameters: Parameters): number | null {
  const current = read(quest.key, parameters);
  const isHopeless = current !== null && current.search.retries > parameters.RREQ_RETRIES;
  if (current !== null && current.leftMs > 0) return isHopeless ? null : current.leftMs;
  noticeBreak(boundTo(quest.key) ?? quest.key, quest);
  const limitedMs = waitForRate('rreq', parameters.RREQ_RATELIMIT);
  if (limitedMs > 0) return limitedMs;
  // A repair that failed is told to those who would come here for this destination (6.12), which is then searched for as usual.
  if (current !== null && current.search.repairs !== null) routeChanged(quest.key, false, null, quest.changes);
  const search = following(quest.key, current === null || isHopeless ? null : current.search, parameters);
  write(quest.key, search, parameters);
  if (search.retries > parameters.RREQ_RETRIES) return null;
  originate(quest, search.ttl, trustIn(search, parameters));
  return search.waitMs;
}

/** A search begins where a route ended. If its link broke, its users are told, and only fresher routes will do as an answer (6.11). */
function noticeBreak(destination: string, { changes }: Quest): void {
  const route = routeTo(destination);
  if (route !== null && route.isValid && !isNeighbour(route.nextHop)) linkBroke(route.nextHop, null, changes);
}

/** The search after this one: rings (6.4), then the whole network, each time with twice the patience (6.3), then none for as long again. */
function following(key: string, last: Search | null, parameters: Parameters): Search {
  const { TTL_START, TTL_INCREMENT, TTL_THRESHOLD, NET_DIAMETER } = parameters;
  if (last !== null && last.repairs === null && last.ttl >= NET_DIAMETER) {
    const retries = last.retries + 1;
    return { ttl: NET_DIAMETER, retries, repairs: null, waitMs: netTraversalTime(parameters) * 2 ** retries };
  }
  // 6.4: a destination that was known is looked for a little beyond its last distance.
  const isFirst = last === null || last.repairs !== null;
  const known = isFirst ? routeTo(key)?.hopCount : last.ttl;
  const ring = known === undefined ? TTL_START : known + TTL_INCREMENT;
  const ttl = ring > TTL_THRESHOLD ? NET_DIAMETER : ring;
  return { ttl, retries: 0, repairs: null, waitMs: ttl < NET_DIAMETER ? ringTraversalTime(parameters, ttl) : netTraversalTime(parameters) };
}

/** The first searches spare explorers by what is known of the neighbourhood, the last one relies on nothing. */
function trustIn({ retries }: Search, { RREQ_RETRIES }: Parameters): Pruning {
  if (retries === 0) return 'two-hop';
  return retries < RREQ_RETRIES ? 'one-hop' : 'none';
}

/**
 * Begins to repair, from the middle of it, the route to a node (6.12), which is searched for a little beyond its last distance.
 *
 * @param startHops hops from here to where the journey began
 */
export function repair(quest: Quest, startHops: number): void {
  const { key } = quest;
  const parameters = parametersOf(quest.changes);
  if (read(key, parameters) !== null || waitForRate('rreq', parameters.RREQ_RATELIMIT) > 0) return;
  const repairs = routeTo(key)?.hopCount ?? 0;
  const ttl = Math.ceil(Math.max(repairs, 0.5 * startHops)) + parameters.LOCAL_ADD_TTL;
  write(key, { ttl, retries: 0, repairs, waitMs: ringTraversalTime(parameters, ttl) }, parameters);
  originate(quest, ttl, 'two-hop');
}
