/**
 * The configuration parameters of RFC 3561, section 10, under their names there. Times are in milliseconds. Parameters are data of the
 * traveller and of its explorers, so changing them does not change the code that travels.
 *
 * Left out, because the node's links do their work: ALLOWED_HELLO_LOSS and HELLO_INTERVAL (6.9: `neighbours()` lists authenticated links
 * and forgets who is silent), BLACKLIST_TIMEOUT (6.8: links work both ways or not at all), NEXT_HOP_WAIT (a hop is acknowledged).
 */

export interface Parameters {
  /** How long a route lives on after each use. */
  readonly ACTIVE_ROUTE_TIMEOUT: number;
  /** Most hops between two nodes of the network. */
  readonly NET_DIAMETER: number;
  /** One hop of an explorer, with the slice it runs before it goes on. */
  readonly NODE_TRAVERSAL_TIME: number;
  readonly TTL_START: number;
  readonly TTL_INCREMENT: number;
  /** The largest ring before the whole network is searched. */
  readonly TTL_THRESHOLD: number;
  /** Hops added to a ring's time, so that congestion does not start the next one. */
  readonly TIMEOUT_BUFFER: number;
  /** Searches of the whole network after the first. */
  readonly RREQ_RETRIES: number;
  /** Explorers that one node may start within a second. */
  readonly RREQ_RATELIMIT: number;
  readonly RERR_RATELIMIT: number;
  readonly LOCAL_ADD_TTL: number;
  /** The D flag (5.1): only the destination itself may answer. */
  readonly DESTINATION_ONLY: boolean;
  /** The G flag (5.1): who answers for the destination also tells it the way to the searcher (6.6.3). */
  readonly GRATUITOUS_RREP: boolean;
  /** How long a neighbour's list of neighbours is believed; not of the RFC, see `neighbourhood.ts`. */
  readonly NEIGHBOURHOOD_TIMEOUT: number;
}

/** A function, since a traveller carries the objects of its modules along, but not what they can make anew. */
function defaults(): Parameters {
  return {
    ACTIVE_ROUTE_TIMEOUT: 3000,
    NET_DIAMETER: 35,
    NODE_TRAVERSAL_TIME: 40,
    TTL_START: 1,
    TTL_INCREMENT: 2,
    TTL_THRESHOLD: 7,
    TIMEOUT_BUFFER: 2,
    RREQ_RETRIES: 2,
    RREQ_RATELIMIT: 10,
    RERR_RATELIMIT: 10,
    LOCAL_ADD_TTL: 2,
    DESTINATION_ONLY: false,
    GRATUITOUS_RREP: true,
    NEIGHBOURHOOD_TIMEOUT: 30_000,
  };
}

/** What the traveller changed; everything else has the value of section 10. */
export type Changes = Partial<Parameters>;

/** All parameters, with `changes` in place of the defaults. */
export function parametersOf(changes: Changes): Parameters {
  return { ...defaults(), ...changes };
}

/** Throws TypeError naming the parameter that does not exist or makes no sense. */
export function check(changes: Changes): void {
  const usually = defaults();
  for (const [name, value] of Object.entries(changes)) {
    const usual = usually[name as keyof Parameters];
    if (usual === undefined) throw new TypeError(`aodv: there is no parameter "${name}"; see section 10 of RFC 3561`);
    const fits = typeof usual === 'boolean' ? typeof value === 'boolean' : Number.isFinite(value) && (value as number) >= 0;
    if (!fits) throw new TypeError(`aodv: ${name} cannot be ${String(value)}; it is ${String(usual)} when not given`);
  }
}

/** MY_ROUTE_TIMEOUT: the life that a destination gives the routes to it. */
export function myRouteTimeout({ ACTIVE_ROUTE_TIMEOUT }: Parameters): number {
  return 2 * ACTIVE_ROUTE_TIMEOUT;
}

/** DELETE_PERIOD: how long an invalid route is remembered for its sequence number. */
export function deletePeriod({ ACTIVE_ROUTE_TIMEOUT }: Parameters): number {
  return 5 * ACTIVE_ROUTE_TIMEOUT;
}

/** NET_TRAVERSAL_TIME: there and back through the whole network. */
export function netTraversalTime({ NODE_TRAVERSAL_TIME, NET_DIAMETER }: Parameters): number {
  return 2 * NODE_TRAVERSAL_TIME * NET_DIAMETER;
}

/** PATH_DISCOVERY_TIME: how long a request is remembered. */
export function pathDiscoveryTime(parameters: Parameters): number {
  return 2 * netTraversalTime(parameters);
}

/** RING_TRAVERSAL_TIME: there and back through a ring of `ttl` hops (6.4). */
export function ringTraversalTime({ NODE_TRAVERSAL_TIME, TIMEOUT_BUFFER }: Parameters, ttl: number): number {
  return 2 * NODE_TRAVERSAL_TIME * (ttl + TIMEOUT_BUFFER);
}

/** MAX_REPAIR_TTL: destinations farther than this are not searched for in the middle of a route (6.12). */
export function maxRepairTtl({ NET_DIAMETER }: Parameters): number {
  return 0.3 * NET_DIAMETER;
}
