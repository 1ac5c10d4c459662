/**
 * Push routing: who has something advertises it, and who is interested follows the advertisement; in the manner of SPIN (Kulik, Heinzelman,
 * Balakrishnan: Negotiation-based protocols for disseminating information in wireless sensor networks, Wireless Networks 8, 2002). Its three
 * stages, where programs go to data instead of data to programs: ADV are the explorers of `advertise`, which leave meta-data and the way
 * back at every node; REQ is the traveller that finds one it is interested in and follows it; DATA is what it does
 * there, and carries home along the way that it left. A traveller sends no explorers. Where nothing is advertised yet, it waits.
 */
import { block, ended, log, self, sysMigrate } from 'sm';
import type { Journey } from 'sm';
import { BELL, bestFor, keep, routeTo, type Route } from './adverts.ts';

export { advertise } from './advertise.ts';
export type { AdvertiseOptions } from './advertise.ts';

/** Advertisements that a traveller follows in vain before it gives up. */
const TRIES_MAX = 16;
/** How long the way back to where a traveller came from is remembered. */
const WAY_BACK_LIFETIME_MS = 60_000;

/** Travels to a node that was advertised. Returns the reason it gave up, or nothing on arrival. */
export async function push(journey: Journey): Promise<string | void> {
  const { to, except } = journey;
  if (to.point !== undefined) return 'push finds nodes, not points';
  const tried: string[] = [];
  const begunAtHop = self.hops;
  while (!ended(journey)) {
    const route = bestFor(to, (one) => except.includes(one.node) || tried.includes(labelOf(one)));
    if (route === null) {
      if (!(await interestMet(journey))) return 'nothing that will do was advertised here in time';
      continue;
    }
    if (tried.length === TRIES_MAX) return `none of ${TRIES_MAX} advertisements led to a node that will do`;
    tried.push(labelOf(route));
    await follow(journey, route.node, begunAtHop);
  }
}

/** A newer advertisement of the same node is worth another try. */
function labelOf({ node, sequence }: Route): string {
  return `${node} ${sequence}`;
}

/** Waits for any advertisement. False when none came in time. */
async function interestMet({ deadlineMs }: Journey): Promise<boolean> {
  try {
    await block([BELL], { timeout: Math.max(1, deadlineMs - self.ageMs) });
    return true;
  } catch (error) {
    // Too late, or somebody keeps the tag to himself.
    log.debug(`push: no advertisement: ${error.message}`);
    return false;
  }
}

/** Follows the advertisements of a node hop by hop, to that node, to the end of the journey, or to where the way ends. */
async function follow(journey: Journey, node: string, begunAtHop: number): Promise<void> {
  const visited: string[] = [];
  while (!ended(journey)) {
    const route = routeTo(node);
    if (route === null || visited.includes(route.next)) return;
    visited.push(self.node);
    try {
      await sysMigrate(route.next);
    } catch (error) {
      log.debug(`push: hop to ${route.next} failed: ${error.message}`);
      return;
    }
    leaveWayBack(journey.start, self.hops - begunAtHop);
  }
}

/** As the way of a REQ is the way of its DATA. Any advertisement of that node is better: this one is older than the oldest. */
function leaveWayBack(start: string, hops: number): void {
  keep({ node: start, name: '', sequence: 0, names: [], at: null }, self.previous!, hops, WAY_BACK_LIFETIME_MS);
}
