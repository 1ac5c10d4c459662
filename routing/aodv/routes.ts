/**
 * The route table (RFC 3561, section 2 and 6.2): one tag `public:route/aodv/<node>` per destination. A route's life is counted from when its tag was
 * written; the tag itself lives DELETE_PERIOD longer, so that an invalid route leaves its sequence number behind (6.11), and goes by
 * itself. Direct neighbours need no entry: `neighbours()` lists them.
 */
import { neighbours, self, tags } from 'sm';
import { asObject, asStrings, readHint, writeHint } from '../common/hints.ts';
import { deletePeriod } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { isNewer, isSequenceNumber, next } from './sequence.ts';

/** More precursors than this hear of a broken link only when they use it. */
const MAX_PRECURSORS = 16;
/** Routes over one broken link that are looked at and told of. */
const MAX_LISTED = 64;

const TABLE = 'public:route/aodv/';

export interface Route {
  /** Of the destination, when this route was learnt. */
  readonly sequenceNumber: number;
  readonly hopCount: number;
  readonly nextHop: string;
  /** False when the link broke or an error came (6.11). */
  readonly isValid: boolean;
  /** How long it may still be used. */
  readonly leftMs: number;
  /** Neighbours that were told of this route and may be using it. */
  readonly precursors: readonly string[];
}

/** What an explorer brings of a destination. */
export type News = Pick<Route, 'sequenceNumber' | 'hopCount' | 'nextHop' | 'leftMs'>;

/** The name of the tag with the route to a node. A traveller without a route waits for it. */
export function routeTag(destination: string): string {
  return TABLE + destination;
}

/** What is known of a destination, usable or not. */
export function routeTo(destination: string): Route | null {
  const hint = readHint(routeTag(destination));
  const entry = asObject(hint?.value);
  if (hint === null || entry === null) return null;
  const { sequenceNumber, hopCount, nextHop, lifetimeMs, isValid, precursors } = entry;
  if (!isSequenceNumber(sequenceNumber) || typeof nextHop !== 'string') return null;
  if (typeof hopCount !== 'number' || typeof lifetimeMs !== 'number') return null;
  const leftMs = lifetimeMs - hint.ageMs;
  return { sequenceNumber, hopCount, nextHop, isValid: isValid === true, leftMs, precursors: asStrings(precursors, MAX_PRECURSORS) };
}

export function isNeighbour(node: string): boolean {
  return neighbours().some(({ id }) => id === node);
}

/** The route to a destination if it can be used now: valid, not expired, and over a link that stands (6.2, 6.9). */
export function activeRoute(destination: string): Route | null {
  const route = routeTo(destination);
  return route !== null && route.isValid && route.leftMs > 0 && isNeighbour(route.nextHop) ? route : null;
}

function store(destination: string, { leftMs, ...route }: Route, parameters: Parameters): boolean {
  return writeHint(routeTag(destination), { ...route, lifetimeMs: leftMs }, Math.max(0, leftMs) + deletePeriod(parameters));
}

/**
 * Takes news of a destination if they are fresher than what is known, as fresh and nearer, or if what is known cannot be used (6.2).
 * False when what is known stays, or the news cannot be kept.
 */
export function learn(destination: string, news: News, parameters: Parameters): boolean {
  if (destination === self.node) return false;
  const known = routeTo(destination);
  if (known !== null && isNewer(known.sequenceNumber, news.sequenceNumber)) return false;
  const isFresher = known === null || isNewer(news.sequenceNumber, known.sequenceNumber);
  if (!isFresher && activeRoute(destination) !== null && news.hopCount >= known.hopCount) return false;
  return store(destination, { ...news, isValid: true, precursors: known?.precursors ?? [] }, parameters);
}

/**
 * A route that is used, or promised to somebody, lives at least so much longer (6.2, 6.5, 6.7). It gets half as much again, so that not every
 * traveller that comes by has to write it.
 */
export function extend(destination: string, leftMs: number, parameters: Parameters): void {
  const route = activeRoute(destination);
  if (route !== null && route.leftMs < leftMs) store(destination, { ...route, leftMs: 1.5 * leftMs }, parameters);
}

/** Notes that a neighbour was told of a route (6.2, 6.6.2, 6.7). */
export function addPrecursor(destination: string, neighbour: string, parameters: Parameters): void {
  const route = routeTo(destination);
  if (route === null || route.precursors.includes(neighbour) || !isNeighbour(neighbour)) return;
  store(destination, { ...route, precursors: [...route.precursors, neighbour].slice(-MAX_PRECURSORS) }, parameters);
}

/**
 * Ends a route (6.11). With the sequence number that came with an error; by oneself, with the next one, so that no answer that is as old as the
 * broken route is taken for a new one.
 */
export function invalidate(destination: string, route: Route, parameters: Parameters, sequenceNumber = next(route.sequenceNumber)): Route {
  const ended = { ...route, sequenceNumber, isValid: false, leftMs: 0 };
  store(destination, ended, parameters);
  return ended;
}

/** Valid routes whose next hop is this neighbour, by destination. */
export function routesOver(nextHop: string): [destination: string, route: Route][] {
  const found: [string, Route][] = [];
  for (const name of tags.list(TABLE)) {
    const destination = name.slice(TABLE.length);
    const route = routeTo(destination);
    if (route?.isValid && route.nextHop === nextHop) found.push([destination, route]);
    if (found.length === MAX_LISTED) break;
  }
  return found;
}

/** Where a search for content ended (6.6): binds what was searched for to a node, for those who look for the same. */
export function bind(key: string, node: string, leftMs: number): void {
  writeHint(boundTag(key), node, leftMs);
}

export function boundTo(key: string): string | null {
  const node = readHint(boundTag(key))?.value;
  return typeof node === 'string' ? node : null;
}

export function boundTag(key: string): string {
  return `public:aodv/found/${key}`;
}
