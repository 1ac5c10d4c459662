/**
 * What is advertised, as nodes remember it. The tags are in the shared name space, so what they say is a hint that anybody may have written:
 *   public:route/push/<node>   an advertisement, and the way to the node that it came from
 *   public:advert/push         written with every new advertisement, for travellers that wait for one
 */
import { inside, neighbours, self, tags } from 'sm';
import type { Destination, Location } from 'sm';
import { asObject, asStrings, readHint, writeHint } from '../common/hints.ts';

export const BELL = 'public:advert/push';
const ROUTES = 'public:route/push/';
/** Tags in one advertisement. */
export const NAMES_MAX = 32;
/** Advertisements that are looked at in search of one. */
const ADVERTS_MAX = 128;

/** What a node says of itself: the meta-data of SPIN's ADV. */
export interface Advert {
  readonly node: string;
  readonly name: string;
  /** Grows with every advertisement of that node. */
  readonly sequence: number;
  /** Tags that it has. */
  readonly names: readonly string[];
  readonly at: Location | null;
}

/** An advertisement, and the way to where it is from. */
export interface Route extends Advert {
  readonly next: string;
  readonly hops: number;
}

/** The way to a node that advertised itself; null when there is none that leads to a neighbour. */
export function routeTo(node: string): Route | null {
  const { name, sequence, names, at, next, hops } = asObject(readHint(ROUTES + node)?.value) ?? {};
  if (typeof next !== 'string' || typeof hops !== 'number' || typeof sequence !== 'number') return null;
  if (!neighbours().some(({ id }) => id === next)) return null;
  return { node, name: typeof name === 'string' ? name : '', sequence, names: asStrings(names, NAMES_MAX), at: asLocation(at), next, hops };
}

/** The nearest node that would do, by what it advertised, among those that `isTried` does not exclude. */
export function bestFor(to: Destination, isTried: (route: Route) => boolean): Route | null {
  let best: Route | null = null;
  for (const name of tags.list(ROUTES).slice(0, ADVERTS_MAX)) {
    const route = routeTo(name.slice(ROUTES.length));
    if (route === null || isTried(route) || !promises(route, to)) continue;
    if (best === null || route.hops < best.hops) best = route;
  }
  return best;
}

/** Keeps an advertisement that came by the node `next`. False when this node has it, or a newer one, already. */
export function keep(advert: Advert, next: string, hops: number, lifetimeMs: number): boolean {
  const known = asObject(readHint(ROUTES + advert.node)?.value);
  if (advert.node === self.node || (typeof known?.['sequence'] === 'number' && known['sequence'] >= advert.sequence)) return false;
  const { node, ...facts } = advert;
  return writeHint(ROUTES + node, { ...facts, next, hops }, lifetimeMs);
}

/** Wakes the travellers that wait here for an advertisement. */
export function ring(node: string, lifetimeMs: number): void {
  writeHint(BELL, node, lifetimeMs);
}

function promises({ node, name, names, at }: Route, to: Destination): boolean {
  if (to.node !== undefined) return to.node === node || to.node === name;
  const wanted = (to.tags ?? []).map((condition) => (typeof condition === 'string' ? condition : condition.name));
  return wanted.every((tag) => names.includes(tag)) && (to.region === undefined || (at !== null && inside(to.region, at)));
}

function asLocation(value: unknown): Location | null {
  const { latitude, longitude } = asObject(value) ?? {};
  return typeof latitude === 'number' && typeof longitude === 'number' ? { latitude, longitude } : null;
}
