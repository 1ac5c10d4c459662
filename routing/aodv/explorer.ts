/**
 * Explorers: Smart Messages that carry a route request (`request.ts`) over the network, leave at each node the way back to where they began, and turn into
 * a reply where the destination, or a fresh route to it, is found.
 *
 * They spread as clones, among which the budget is divided. Where it no longer allows that, an explorer goes alone, from branch to branch and back,
 * which takes longer, but no more than two hops for each node (depth-first search).
 */
import { log, self, sysMigrate } from 'sm';
import { affordableHops, dispatch } from './cost.ts';
import { forwarded, stillOpen, type Onward } from './forwarding.ts';
import { hear, neighbourhood } from './neighbourhood.ts';
import { parametersOf } from './parameters.ts';
import { replier } from './reply.ts';
import { answerTo, newRequest, received, type Pruning, type Quest, type Request } from './request.ts';
import { routeTo } from './routes.ts';

/** How a search is made. */
export interface Effort {
  readonly pruning: Pruning;
  /** The largest part of what is left of the budget that it may get. */
  readonly share: number;
}

/** A ring gets no more than this part of what is left, so that most stays for the journey and wider searches. */
const RING_SHARE = 0.2;
/** Hops that a search of radius 0 may take; they grow with the area. */
const SEARCH_HOPS = 16;
/** A clone is worth while when it gets this for every hop that it may still go, of which so many count. */
const CLONE_HOPS = 16;
const CLONE_RADIUS = 4;

/** The effort of a search that goes only so far. */
export function ringEffort(): Effort {
  return { pruning: 'two-hop', share: RING_SHARE };
}

/**
 * Starts an explorer at this node.
 *
 * @param asked the last sequence number that is known of the destination
 */
export function originate(quest: Quest, ttl: number, { pruning, share }: Effort, asked = routeTo(quest.key)?.sequenceNumber ?? null): void {
  dispatch(explorer, [newRequest(quest, ttl, pruning, asked), null], SEARCH_HOPS * (ttl + 1) ** 2, share);
}

/** An explorer's life: to visit `targets`, or whoever it finds worth while, and to go on from there. */
async function explorer(start: Request, targets: readonly string[] | null): Promise<void> {
  try {
    let onward: Onward = targets === null ? forwarded(start) : { request: start, branches: targets, leaves: [] };
    for (;;) {
      const { request, branches, leaves } = onward;
      if (!isSpread(onward)) return await walk(onward);
      visit(request, leaves);
      if (branches.length === 0) return;
      await sysMigrate(branches);
      const here = received(request);
      if (here === null) return;
      const answer = answerTo(here);
      if (answer !== null) return await replier(answer);
      onward = forwarded(here);
    }
  } catch (error) {
    // A neighbour that will not have this clone is one branch less.
    log.debug(`aodv: an explorer ended: ${(error as Error).message}`);
  }
}

/** There, a word to this node, and all the way home. */
function leastHops({ hopCount }: Request): number {
  return hopCount + 3;
}

/** Whether the budget lets a request spread as clones from here. */
function isSpread({ request, branches, leaves }: Onward): boolean {
  const hopsEach = leastHops(request) + CLONE_HOPS * Math.min(request.ttl, CLONE_RADIUS);
  return affordableHops() >= branches.length * hopsEach + leaves.length * leastHops(request);
}

function visit(request: Request, leaves: readonly string[]): void {
  if (leaves.length > 0) dispatch(explorer, [{ ...request, ttl: 0 }, leaves], leaves.length * leastHops(request), 1);
}

/** A node on the way of an explorer that goes alone. */
interface Stop {
  readonly node: string;
  readonly hopCount: number;
  readonly ttl: number;
  /** Branches that it has not taken yet. */
  left: readonly string[];
}

/** Takes one branch after the other, and comes back in between. Ends when none is left, or with what its reply would need. */
async function walk(start: Onward): Promise<void> {
  let { request } = start;
  const way = [stopped(start)];
  for (;;) {
    const stop = way.at(-1)!;
    const [next, ...left] = stop.left;
    stop.left = left;
    if (next === undefined) {
      way.pop();
      if (way.every((earlier) => earlier.left.length === 0)) return;
      const back = way.at(-1)!;
      await goBack(back.node, request);
      back.left = stillOpen(request, back.left);
      continue;
    }
    request = { ...request, hopCount: stop.hopCount, ttl: stop.ttl, neighbours: neighbourhood(), assigned: {}, unknown: [] };
    if (affordableHops() < leastHops(request)) return;
    if (!(await isMade(next))) continue;
    const here = received(request);
    const answer = here === null ? null : answerTo(here);
    if (answer !== null) return await replier(answer);
    const onward = here === null ? { request, branches: [], leaves: [] } : forwarded(here);
    request = onward.request;
    way.push(stopped(onward));
  }
}

function stopped({ request, branches, leaves }: Onward): Stop {
  return { node: self.node, hopCount: request.hopCount, ttl: request.ttl, left: [...branches, ...leaves] };
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

/** Goes back to a node, which hears who its neighbour's neighbours are. */
async function goBack(node: string, { changes }: Request): Promise<void> {
  const there = neighbourhood();
  await sysMigrate(node);
  hear(self.previous!, there, parametersOf(changes).NEIGHBOURHOOD_TIMEOUT);
}
