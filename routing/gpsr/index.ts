/**
 * GPSR, Greedy Perimeter Stateless Routing (Karp and Kung, MobiCom 2000), for destinations whose place is known: a region, a point,
 * or a node with `at`. It sends no explorers and leaves no tags. Each hop is decided from where this node and its
 * neighbours are; the header of perimeter mode is a variable of the program, and travels with it.
 *
 * Nodes that do not say where they are take no part, except as the start. Delivery is certain where radios reach equally far in all
 * directions and nobody moves; in other networks perimeter mode may end early or go in circles, which deadline and bounds end.
 */
import { ended, location, log, neighbours, self, sleep, sysMigrate } from 'sm';
import type { Destination, Journey, Location, Router } from 'sm';
import { toPlane } from '../common/map.ts';
import { aims } from './aims.ts';
import { forward, type Forward, type Perimeter, type Stop } from './forwarding.ts';
import { placeOf, type Place } from './plane.ts';
import type { Planarisation } from './planarisation.ts';

/** Twice the way round the longest face that is to be expected among a few thousand nodes. */
const PERIMETER_HOPS_MAX = 1_000;
/** How often it begins anew where a walk round a face went wrong, which happens only when places changed meanwhile. */
const RESTARTS_MAX = 3;
/** Before it begins anew, nodes must have had time to hear where the others are now. */
const RESTART_PAUSE_MS = 1_000;

export interface GpsrOptions {
  /** The planar graph of perimeter mode: `gabriel` when not given, or `rng`, the relative neighbourhood graph. */
  readonly planarisation?: Planarisation;
}

/** Travels geographically, with the Gabriel graph in perimeter mode. Returns the reason it gave up, or nothing on arrival. */
export async function gpsr(journey: Journey): Promise<string | void> {
  return travel(journey, 'gabriel');
}

/** GPSR with other options. */
export function gpsrWith({ planarisation = 'gabriel' }: GpsrOptions): Router {
  return (journey) => travel(journey, planarisation);
}

/** Towards one aim after the other: a polygon's middle may be empty while there are nodes in a corner of it. */
async function travel(journey: Journey, planarisation: Planarisation): Promise<string | void> {
  let reason: string | void = 'gpsr needs a destination with a place: {region}, {point}, or {node} with at';
  for (const aim of aimsOf(journey.to)) {
    reason = await travelTo(aim, journey, planarisation);
    if (reason === undefined || ended(journey)) return reason;
  }
  return reason;
}

function aimsOf({ region, point, at }: Destination): readonly Location[] {
  if (region !== undefined) return aims(region);
  const place = point ?? at ?? null;
  return place === null ? [] : [place];
}

async function travelTo(aim: Location, journey: Journey, planarisation: Planarisation): Promise<string | void> {
  let perimeter: Perimeter | null = null;
  let restarts = 0;
  /** Neighbours of this node that did not take the program. */
  let refused: string[] = [];
  /** The last neighbour that did not take it since perimeter mode began: who goes round that one may miss the nearest node. */
  let missed: string | null = null;
  while (!ended(journey)) {
    const step = nextHop(aim, journey.to, { perimeter, refused, planarisation });
    if (step.next === null) {
      if (step.isNearest || restarts === RESTARTS_MAX) return reasonToStop(journey, step, missed);
      restarts++;
      await sleep(Math.min(RESTART_PAUSE_MS, journey.deadlineMs - self.ageMs));
      perimeter = null;
      continue;
    }
    try {
      await sysMigrate(step.next);
    } catch (error) {
      log.debug(`gpsr: hop to ${step.next} failed: ${error.message}`);
      if (error.reason === 'budget-exhausted') return error.message;
      refused.push(step.next);
      missed = step.next;
      continue;
    }
    ({ perimeter } = step);
    refused = [];
    if (perimeter === null) missed = null;
    else if (perimeter.hops === PERIMETER_HOPS_MAX) return `no way closer within ${PERIMETER_HOPS_MAX} hops of perimeter mode`;
  }
}

interface Travelling {
  readonly perimeter: Perimeter | null;
  readonly refused: readonly string[];
  readonly planarisation: Planarisation;
}

function nextHop(aim: Location, to: Destination, { perimeter, refused, planarisation }: Travelling): Forward | Stop {
  const links = neighbours().filter(({ id }) => !refused.includes(id));
  const target = links.find(({ id, name }) => id === to.node || name === to.node);
  // Where the node was last seen is only needed until it is in sight.
  if (target !== undefined) return { next: target.id, perimeter };
  const places = links.flatMap((link): Place[] => (link.location === null ? [] : [placeOf(link.id, toPlane(link.location, aim))]));
  const own = location();
  return forward(own === null ? null : placeOf(self.node, toPlane(own, aim)), places, perimeter, planarisation);
}

function reasonToStop({ to, except }: Journey, { isNearest }: Stop, missed: string | null): string | void {
  if (missed !== null) return `no way closer, after ${missed} did not take the program`;
  if (!isNearest) return 'no way closer: while the face that holds the destination was walked round, places changed';
  if (to.point === undefined) return 'no node was found there: this is the nearest that can be reached';
  if (except.includes(self.node)) return 'the nearest node does not count';
}
