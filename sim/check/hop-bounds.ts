/**
 * How many hops a Smart Message may make when so many journeys are all that it does, by the bounds of the routers themselves. Who makes more travels
 * in a loop. Explorers and messengers begin with the hops of whom they were launched by, so what they may make is added once.
 *
 * The constants are those of `routing/`; `test/unit/sim/check/hop-bounds.test.ts` compares them.
 */

/** `MAX_REPAIRS` and `RADIUS_MAX` of pull. */
const PULL = { repairs: 4, radius: 24 };
/** `TRIES_MAX` of push. */
const PUSH = { tries: 16 };
/** `MAX_BROKEN` of AODV, and NET_DIAMETER of RFC 3561, section 10. */
const AODV = { broken: 16, netDiameter: 35 };
/** `PERIMETER_HOPS_MAX` and `RESTARTS_MAX` of GPSR. */
const GPSR = { perimeterHops: 1000, restarts: 3 };

export const ROUTERS = ['direct', 'pull', 'push', 'aodv', 'gpsr', 'hybrid'] as const;
export type RouterName = (typeof ROUTERS)[number];

export interface Journeys {
  readonly via: RouterName;
  /** At most so many. */
  readonly most: number;
}

/** @param nodes in the whole network */
export function mostHopsOf({ via, most }: Journeys, nodes: number): number {
  return most * journey(via, nodes) + explorer(via, nodes);
}

/** The hops of one traveller on one journey. */
function journey(via: RouterName, nodes: number): number {
  const simplePath = Math.max(0, nodes - 1);
  switch (via) {
    case 'direct':
      return 1;
    case 'pull':
      // Who follows a route visits no node twice.
      return (PULL.repairs + 1) * simplePath;
    case 'push':
      return PUSH.tries * simplePath;
    case 'aodv':
      // No route is longer than the requests and replies that made it, and none has a loop (RFC 3561, 6.1).
      return (AODV.broken + 1) * Math.min(simplePath, 2 * AODV.netDiameter);
    case 'gpsr':
      // Greedy hops come ever nearer. A walk passes each edge of a planar graph, of which there are fewer than three for each node, once in each direction.
      return simplePath + (GPSR.restarts + 1) * Math.min(6 * nodes, GPSR.perimeterHops);
    case 'hybrid':
      return journey('gpsr', nodes) + journey('pull', nodes);
  }
}

/** The hops of an explorer or messenger, there and back. */
function explorer(via: RouterName, nodes: number): number {
  switch (via) {
    case 'direct':
    case 'gpsr':
      return 0;
    case 'pull':
    case 'hybrid':
      return 2 * PULL.radius;
    case 'aodv':
      return 2 * AODV.netDiameter;
    case 'push':
      return nodes;
  }
}
