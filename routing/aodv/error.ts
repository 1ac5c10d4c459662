/**
 * Route errors (RERR; RFC 3561, 5.3, 6.11) as messengers: they go to the precursors of routes that have ended, and on to the precursors of
 * those that ended by that.
 */
import { self, sysMigrate } from 'sm';
import { dispatch } from './cost.ts';
import { waitForRate } from './own.ts';
import { parametersOf } from './parameters.ts';
import type { Changes } from './parameters.ts';
import { originate, ringEffort } from './explorer.ts';
import type { Quest } from './request.ts';
import { invalidate, isNeighbour, routeTo, routesOver } from './routes.ts';
import { newerOf, next } from './sequence.ts';

interface RouteError {
  /** Destinations with their sequence numbers; null where none is known. */
  readonly unreachable: readonly (readonly [destination: string, sequenceNumber: number | null])[];
  /** The N flag: the route was repaired but has become longer, so it still leads there (6.12). */
  readonly isRepaired: boolean;
  readonly changes: Changes;
}

/** Hops that an error may take for each neighbour that it is sent to. */
const HOPS_EACH = 8;
const MOST_SHARE = 0.1;

/**
 * Ends all routes over a link that broke, and tells those who use them (6.11, case i).
 *
 * @param spared a destination whose precursors are not told yet, since its route is to be repaired (6.12)
 */
export function linkBroke(nextHop: string, spared: string | null, changes: Changes): void {
  const parameters = parametersOf(changes);
  const unreachable: [string, number][] = [];
  const precursors: string[] = [];
  for (const [destination, route] of routesOver(nextHop)) {
    const { sequenceNumber } = invalidate(destination, route, parameters);
    if (destination === spared) continue;
    unreachable.push([destination, sequenceNumber]);
    precursors.push(...route.precursors);
  }
  send({ unreachable, isRepaired: false, changes }, precursors);
}

/** Tells who uses the route to a destination, and whoever came here for it, that it ended here (6.11, case ii), or became longer (6.12). */
export function routeChanged(destination: string, isRepaired: boolean, cameFrom: string | null, changes: Changes): void {
  const route = routeTo(destination);
  const precursors = [...(route?.precursors ?? []), ...(cameFrom === null ? [] : [cameFrom])];
  send({ unreachable: [[destination, route?.sequenceNumber ?? null]], isRepaired, changes }, precursors);
}

function send(error: RouteError, precursors: readonly string[]): void {
  const targets = [...new Set(precursors)].filter((node) => isNeighbour(node));
  if (targets.length === 0 || error.unreachable.length === 0) return;
  if (waitForRate('rerr', parametersOf(error.changes).RERR_RATELIMIT) > 0) return;
  // One that says that a route was repaired ends with a search.
  dispatch(messenger, [error, targets], error.isRepaired ? Infinity : targets.length * HOPS_EACH, MOST_SHARE);
}

async function messenger(start: RouteError, precursors: readonly string[]): Promise<void> {
  let error = start;
  let targets = precursors;
  try {
    for (let hops = 0; targets.length > 0 && hops < parametersOf(error.changes).NET_DIAMETER; hops++) {
      await sysMigrate(targets);
      [error, targets] = heard(error);
    }
  } catch {
    return; // Who is not told finds out when it uses the route.
  }
}

/** What of an error concerns this node, and whom it tells (6.11, case iii). */
function heard(error: RouteError): [RouteError, string[]] {
  const { isRepaired, changes } = error;
  const parameters = parametersOf(changes);
  const targets = new Set<string>();
  const unreachable = error.unreachable.filter(([destination, sequenceNumber]) => {
    const route = routeTo(destination);
    if (route === null || !route.isValid || route.nextHop !== self.previous) return false;
    const onward = route.precursors.filter((node) => node !== self.previous && isNeighbour(node));
    for (const node of onward) targets.add(node);
    // What this node knew is out of date in any case, or it would be offered its own old route as an answer.
    const freshest = sequenceNumber === null ? next(route.sequenceNumber) : newerOf(route.sequenceNumber, sequenceNumber);
    if (!isRepaired) invalidate(destination, route, parameters, freshest);
    // The source of the journeys looks for a way that is not longer (6.12), while the longer one is used.
    else if (onward.length === 0) originate(questFor(destination, changes), route.hopCount, ringEffort(), freshest);
    return true;
  });
  return [{ ...error, unreachable }, unreachable.length === 0 ? [] : [...targets]];
}

function questFor(destination: string, changes: Changes): Quest {
  return { to: { node: destination }, except: [], key: destination, destinationOnly: true, changes };
}
