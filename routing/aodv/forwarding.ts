/** Where a request goes on to from a node (RFC 3561, 6.5). */
import { neighbours, self } from 'sm';
import { neighbourhood, neighboursOf } from './neighbourhood.ts';
import { planned, short, type Plan } from './pruning.ts';
import type { Pruning, Request } from './request.ts';
import { routeTo } from './routes.ts';
import { newerOf } from './sequence.ts';

/** Nodes that an explorer remembers as reached by others. Those that it forgets may be visited in vain. */
const MAX_COVERED = 128;

/** A request as it leaves a node. */
export interface Onward {
  readonly request: Request;
  /** Ids of the neighbours to which it goes on; none when it ends here. */
  readonly branches: readonly string[];
  /** Neighbours that lead no farther, but may have what is searched for, when that is content. */
  readonly leaves: readonly string[];
}

export function forwarded(request: Request): Onward {
  const { to, ttl, pruning } = request;
  // 6.9: whoever has a link to the destination knows the way there, and nobody else need be asked.
  const there = neighbours().find(({ id, name }) => id === to.node || name === to.node);
  if (there !== undefined)
    return { request: { ...request, ttl: 0, unknown: [], neighbours: neighbourhood() }, branches: [there.id], leaves: [] };
  if (ttl < 1) return { request, branches: [], leaves: [] };

  const own = neighbourhood();
  const covered = coveredBefore(request);
  const onward = own.filter((node) => node !== shortPrevious(request) && !covered.has(node));
  for (const node of [...own, short(self.node)]) covered.add(node);
  const { assigned, unknown, leaves } = plannedHere(onward, covered, pruning);
  const next = freshest({
    ...request,
    ttl: ttl - 1,
    neighbours: own,
    covered: [...covered].slice(-MAX_COVERED),
    assigned,
    unknown: pruning === 'two-hop' ? unknown : [],
  });
  const branches = idsOf(Object.keys(assigned));
  const ends = to.node === undefined ? idsOf(leaves) : [];
  return branches.length > 0 ? { request: next, branches, leaves: ends } : { request: { ...next, ttl: 0 }, branches: ends, leaves: [] };
}

/** Of the branches that are left at this node, those that still lead to somebody whom the request has not reached meanwhile. */
export function stillOpen({ to, covered, pruning }: Request, left: readonly string[]): readonly string[] {
  if (to.node === undefined) return left;
  const { assigned } = plannedHere(left.map(short), new Set(covered), pruning);
  return idsOf(Object.keys(assigned));
}

function plannedHere(onward: readonly string[], covered: ReadonlySet<string>, pruning: Pruning): Plan {
  return planned(onward, covered, pruning === 'two-hop' ? neighboursOf : () => null);
}

/** Nodes that others reach: whoever the sender and those before it reached, and what the sender left to its other neighbours. */
function coveredBefore({ neighbours, covered, assigned }: Request): Set<string> {
  const mine = short(self.node);
  const others = Object.entries(assigned).flatMap(([neighbour, nodes]) => (neighbour === mine ? [] : nodes));
  return new Set([...covered, ...neighbours, ...others]);
}

function idsOf(nodes: readonly string[]): string[] {
  const near = neighbours();
  return nodes.flatMap((node) => near.find(({ id }) => short(id) === node)?.id ?? []);
}

function shortPrevious({ hopCount }: Request): string {
  return hopCount === 0 ? '' : short(self.previous!);
}

/** 6.5: a request that goes on asks for the freshest sequence number that it has heard of. */
function freshest(request: Request): Request {
  const { destinationSequenceNumber: asked, key } = request;
  const known = routeTo(key)?.sequenceNumber;
  if (known === undefined) return request;
  return { ...request, destinationSequenceNumber: asked === null ? known : newerOf(asked, known) };
}
