/**
 * Pull routing: routes are drawn by interest, in the manner of Directed Diffusion (Intanagonwiwat, Govindan, Estrin 2000)
 * and of the self-routing example of the Smart Messages papers. A traveller that knows no route launches explorers; they
 * spread over all neighbours, leave at every node a pointer back to where they came from, stop where the destination (or a
 * fresh route to it) is found, and walk back along the pointers, writing the route. The traveller, which blocked on that
 * tag, wakes and follows it hop by hop.
 *
 * Tags, all in the shared name space and therefore hints that anyone may have written:
 *   public:route/pull/<node>    {next, hops}      how to get to a node from here
 *   public:search/pull/<id>     {previous, hops}  an explorer of this search was here; where it came from
 *   public:found/pull/<id>      {node}            the answer, at the node that searches
 */
import { arrived, block, ended, inside, launch, location, log, neighbours, self, sysMigrate } from 'sm';
import type { Destination, Journey, Neighbour, Region } from 'sm';
import { isReached, reachedWith } from '../common/self-pruning.ts';
import { asObject, createNote, readHint, removeHint, writeHint } from '../common/hints.ts';

const ROUTE_LIFETIME_MS = 60_000;
const SEARCH_LIFETIME_MS = 30_000;
const RADIUS_MAX = 24;
/** Rings of growing radius: a near destination is found without waking the whole network. Made anew each time, so that they do not travel. */
const rings = (): readonly Ring[] => [
  { radius: 2, hops: 96 },
  { radius: 6, hops: 384 },
  { radius: RADIUS_MAX, hops: 1024 },
];
/** How long an explorer may take for one hop there and back before the next ring is tried. */
const RING_PATIENCE_MS_PER_HOP = 250;
/**
 * What a ring's explorers do not use is lost, so a ring gets no more than its `hops`, which also branches need that walk back;
 * and no more than this part of what is left, so that each search leaves most for the journey and for later searches.
 */
const MOST_SHARE = 0.2;
const MAX_REPAIRS = 4;
/** A clone is worth while when it gets this for every hop that it may still go, of which so many count. */
const CLONE_HOPS = 4;
const CLONE_RADIUS = 4;
/** Whoever goes alone comes to many nodes by a detour, and may go so much farther. */
const WALK_STRETCH = 2;

interface Ring {
  readonly radius: number;
  /** What its explorers may take of the budget. */
  readonly hops: number;
}

interface Route {
  readonly next: string;
  readonly hops: number;
}

interface Search {
  readonly id: string;
  readonly to: Destination;
  readonly except: readonly string[];
  readonly start: string;
  readonly radius: number;
  /** Explorers stay in this region, but for single nodes outside; null when they may go anywhere. */
  readonly zone: Region | null;
}

/** Travels to the journey's destination. Returns the reason it gave up, or nothing on arrival. */
export async function pull(journey: Journey): Promise<string | void> {
  if (journey.to.point !== undefined) return 'pull finds nodes, not points';
  for (let repairs = 0; repairs <= MAX_REPAIRS; repairs++) {
    const target = await locate(journey);
    if (target === null) return 'no node found in time';
    if (await follow(journey, target)) return;
  }
  return 'every route found was broken';
}

/** The id of a node that satisfies the journey: known by name and routed already, or found by explorers. */
async function locate(journey: Journey): Promise<string | null> {
  const { to } = journey;
  if (to.node !== undefined && routeTo(to.node) !== null) return to.node;
  for (const ring of rings()) {
    const leftMs = journey.deadlineMs - self.ageMs;
    if (leftMs <= 0) return null;
    const last = ring.radius === RADIUS_MAX;
    const found = await explore(journey, ring, last ? leftMs : Math.min(leftMs, 2 * ring.radius * RING_PATIENCE_MS_PER_HOP));
    if (found !== null) return found;
  }
  return null;
}

async function explore(journey: Journey, { radius, hops }: Ring, timeoutMs: number): Promise<string | null> {
  const id = `${self.id.slice(0, 16)}-${self.hops}-${Math.trunc(self.ageMs)}-${radius}`;
  const zone = radius < RADIUS_MAX ? requestZone(journey.to) : null;
  const search: Search = { id, to: journey.to, except: journey.except, start: self.node, radius, zone };
  const answer = `public:found/pull/${id}`;
  if (!createNote(`public:search/pull/${id}`, { previous: null, hops: 0 }, SEARCH_LIFETIME_MS)) return null;
  launch(explorer, [search], { share: Math.min(MOST_SHARE, hops / Math.max(1, self.budget.hops)), transient: true });
  try {
    await block([answer], { timeout: timeoutMs });
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return null;
    throw error;
  }
  const node = asObject(readHint(answer)?.value)?.['node'];
  return typeof node === 'string' ? node : null;
}

/**
 * A search that begins in the region it is about stays there at first: the request zone of Location-Aided Routing (Ko and Vaidya 1998),
 * scheme 1. Its last ring goes everywhere, in case the way leads around.
 */
function requestZone({ region }: Destination): Region | null {
  const here = location();
  return region !== undefined && here !== null && inside(region, here) ? region : null;
}

/** Follows the route to `target` hop by hop until the journey has ended. False when it broke; the traveller is then where it broke. */
async function follow(journey: Journey, target: string): Promise<boolean> {
  const visited = new Set<string>();
  while (!ended(journey)) {
    visited.add(self.node);
    const route = routeTo(target);
    // At a target that does not fit any more, there is no route to it either.
    if (route === null || visited.has(route.next)) {
      forget(target);
      return false;
    }
    try {
      await sysMigrate(route.next);
    } catch (error) {
      log.debug(`pull: hop to ${route.next} failed: ${(error as Error).message}`);
      forget(target);
      return false;
    }
  }
  return true;
}

/**
 * An explorer's life: spread until the destination is found, then walk back and draw the route. Clones divide the budget among them;
 * where it does not allow that any more, an explorer goes alone.
 */
export async function explorer(search: Search): Promise<void> {
  let hops = 0;
  let reached: readonly string[] = [];
  let target = answerFrom(search);
  while (target === null) {
    if (hops >= search.radius) return;
    const onward = onwardFrom(search, (id) => (hops > 0 && id === self.previous) || isReached(reached, id));
    if (onward.length === 0) return;
    if (!isSpread(search, hops, onward.length)) return walk(search, hops, onward);
    // The last ring leaves nobody out, in case a clone that others relied on did not get through.
    if (search.radius < RADIUS_MAX) reached = reachedWith([self.node, ...onwardFrom(search, () => false)]);
    try {
      await sysMigrate(onward);
    } catch {
      return; // A neighbour that will not have this clone is one branch less.
    }
    hops++;
    if (!mark(search, hops)) return;
    target = answerFrom(search);
  }
  await reportBack(search, target);
}

/** Ids of the neighbours to which an explorer may go on. */
function onwardFrom(search: Search, isLeftOut: (id: string) => boolean): string[] {
  const inZone = neighbours().filter((neighbour) => isInZone(search, neighbour));
  return inZone.map(({ id }) => id).filter((id) => !isLeftOut(id));
}

/** Whether the budget is enough for so many clones: each has to get there and home, and to find something on the way. */
function isSpread({ radius }: Search, hops: number, branches: number): boolean {
  const beyond = Math.min(radius - hops - 1, CLONE_RADIUS);
  return self.budget.hops >= branches * (hops + 2 + CLONE_HOPS * beyond);
}

interface Stop {
  readonly node: string;
  /** Neighbours that were not visited from here yet. */
  left: readonly string[];
}

/** Takes one branch after the other and comes back in between: two hops for each node at most (depth-first search). Ends with what the way home would need. */
async function walk(search: Search, hops: number, onward: readonly string[]): Promise<void> {
  const seen = new Set([self.node, ...onward]);
  const way: Stop[] = [{ node: self.node, left: onward }];
  for (;;) {
    const stop = way.at(-1)!;
    const [next, ...left] = stop.left;
    stop.left = left;
    const hopsThere = hops + way.length;
    if (next === undefined) {
      way.pop();
      if (way.every((earlier) => earlier.left.length === 0) || !(await isMade(way.at(-1)!.node))) return;
      continue;
    }
    if (self.budget.hops < hopsThere + 1) return;
    if (!(await isMade(next))) continue;
    const isNew = mark(search, hopsThere);
    const target = isNew ? answerFrom(search) : null;
    if (target !== null) return reportBack(search, target);
    const fresh = isNew && hopsThere < WALK_STRETCH * search.radius ? onwardFrom(search, (id) => seen.has(id)) : [];
    for (const id of fresh) seen.add(id);
    way.push({ node: self.node, left: fresh });
  }
}

/** Whether a hop was made. A neighbour that will not have the explorer is one branch less. */
async function isMade(next: string): Promise<boolean> {
  try {
    await sysMigrate(next);
    return true;
  } catch {
    return false;
  }
}

/** Where the explorer is outside the zone, or goes outside, it does so for one node only. */
function isInZone({ zone }: Search, neighbour: Neighbour): boolean {
  if (zone === null) return true;
  return [location(), neighbour.location].some((place) => place === null || inside(zone, place));
}

/** Leaves the pointer back, and the way to the searcher that it implies. False when another explorer of this search was here first. */
function mark(search: Search, hops: number): boolean {
  if (!createNote(`public:search/pull/${search.id}`, { previous: self.previous, hops }, SEARCH_LIFETIME_MS)) return false;
  learn(search.start, { next: self.previous!, hops });
  return true;
}

/** The node that answers the search as seen from here: this one, or one to which a route is known. */
function answerFrom(search: Search): { node: string; hops: number } | null {
  if (self.node !== search.start && arrived(search.to, search.except)) return { node: self.node, hops: 0 };
  if (search.to.node === undefined || self.node === search.start) return null;
  const route = routeTo(search.to.node);
  // A route that leads back the way this explorer came is the searcher's own stale knowledge.
  return route === null || route.next === self.previous ? null : { node: search.to.node, hops: route.hops };
}

async function reportBack(search: Search, target: { node: string; hops: number }): Promise<void> {
  let hops = target.hops;
  while (self.node !== search.start) {
    const previous = asObject(readHint(`public:search/pull/${search.id}`)?.value)?.['previous'];
    if (typeof previous !== 'string') return;
    try {
      await sysMigrate(previous);
    } catch {
      return; // The way back is broken; the searcher's next ring finds another.
    }
    hops++;
    learn(target.node, { next: self.previous!, hops });
  }
  createNote(`public:found/pull/${search.id}`, { node: target.node }, SEARCH_LIFETIME_MS);
}

function routeTo(node: string): Route | null {
  const neighbour = neighbours().find(({ id, name }) => id === node || name === node);
  if (neighbour !== undefined) return { next: neighbour.id, hops: 1 };
  const { next, hops } = asObject(readHint(routeName(node))?.value) ?? {};
  // Anyone may write here: a hint that names no neighbour is worthless.
  return typeof next === 'string' && typeof hops === 'number' && neighbours().some(({ id }) => id === next) ? { next, hops } : null;
}

/** Keeps the shorter of what is known and what was just learnt; a new route of equal length is fresher. */
function learn(node: string, route: Route): void {
  const known = routeTo(node);
  if (known === null || known.hops >= route.hops) writeHint(routeName(node), route, ROUTE_LIFETIME_MS);
}

function forget(node: string): void {
  removeHint(routeName(node));
}

function routeName(node: string): string {
  return `public:route/pull/${node}`;
}
