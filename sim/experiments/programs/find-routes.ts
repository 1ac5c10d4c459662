// Finds routes to nodes by AODV, and goes nowhere: for whoever sends by other means along them.
import { self } from 'sm';
import { discover } from '../../../routing/aodv/discovery.ts';
import { routeTag } from '../../../routing/aodv/routes.ts';
import { removeHint } from '../../../routing/common/hints.ts';

interface Options {
  /** Ids of nodes. */
  nodes: string[];
  /** The routes that are known do not work: only the nodes themselves may answer. */
  anew: boolean;
  /** AODV's ACTIVE_ROUTE_TIMEOUT, milliseconds. */
  routeTimeout: number;
  /** Milliseconds. */
  patience: number;
}

/** Returns how many of them there is a route to now. */
export default async function findRoutes({ nodes, anew, routeTimeout, patience }: Options) {
  if (anew) for (const node of nodes) removeHint(routeTag(node));
  const deadlineMs = self.ageMs + patience;
  const search = (node: string) =>
    discover(
      { to: { node }, except: [], start: self.node, deadlineMs },
      { to: { node }, except: [], key: node, destinationOnly: anew, changes: { ACTIVE_ROUTE_TIMEOUT: routeTimeout } },
    );
  const found = await Promise.all(nodes.map(search));
  return found.filter((node) => node !== null).length;
}
