/**
 * Hybrid routing, as in the evaluation of the Smart Messages papers: geographically to where the destination is, on demand from there. Each
 * does what it is good at. A region far away is reached without asking anybody, and which node of it has what is looked for is
 * found out by explorers that stay near. It keeps no tags of its own.
 *
 * What takes over when is the program's decision: `hybridWith` takes other routers, `choosing` decides anew at every node.
 */
import { ended, inside, location } from 'sm';
import type { Destination, Journey, Router } from 'sm';
import { gpsr } from '../gpsr/index.ts';
import { pull } from '../pull/index.ts';

export interface HybridOptions {
  /** Goes to where the destination is; `gpsr` when not given. */
  readonly towards?: Router;
  /** Finds it there; `pull` when not given. */
  readonly around?: Router;
}

/** `gpsr` to the region, or to where the node was last seen, then `pull`. Returns the reason it gave up, or nothing on arrival. */
export async function hybrid(journey: Journey): Promise<string | void> {
  return inTurn(journey, gpsr, pull);
}

/** The same with other routers. */
export function hybridWith({ towards = gpsr, around = pull }: HybridOptions): Router {
  return (journey) => inTurn(journey, towards, around);
}

/**
 * A router that asks at every node which router shall be used from there, and changes when the answer does. It ends when the chosen
 * router arrives or gives up.
 *
 * ```ts
 * const sparse = () => neighbours().length < 4;
 * await migrate(to, { via: choosing(() => (sparse() ? pull : gpsr)) });
 * ```
 */
export function choosing(choose: (journey: Journey) => Router): Router {
  return async (journey) => {
    for (;;) {
      const chosen = choose(journey);
      let hasChanged = false;
      const until = (): boolean => (hasChanged = choose(journey) !== chosen) || journey.until?.() === true;
      const reason = await chosen({ ...journey, until });
      if (!hasChanged || ended(journey)) return reason;
    }
  };
}

async function inTurn(journey: Journey, towards: Router, around: Router): Promise<string | void> {
  if (journey.to.point !== undefined) return towards(journey);
  const place = placeOf(journey.to);
  const reason = place === null || isThere(place) ? undefined : await towards({ ...journey, to: place, except: [] });
  if (ended(journey)) return reason;
  const then = await around(journey);
  // Both matter: why it began on demand where it did, and why that failed.
  return reason && then ? `${reason}; then ${then}` : then;
}

/** Where the destination is, and nothing else of it; null when that is not known. */
function placeOf({ region, node, at }: Destination): Destination | null {
  if (region !== undefined) return { region };
  return at ? { node, at } : null;
}

function isThere({ region }: Destination): boolean {
  const here = location();
  return region !== undefined && here !== null && inside(region, here);
}
