/**
 * Who the neighbours' neighbours are, which `pruning.ts` needs and `neighbours()` does not say. Each explorer carries the list of the node it comes
 * from; where the sender did not know the receiver's, the explorer sends its list back. Knowledge that is out of date costs
 * branches of a search, so the last searches of a discovery do without (see `discovery.ts`).
 */
import { neighbours, self, sysMigrate } from 'sm';
import { dispatch } from './cost.ts';
import { asStrings, readHint, writeHint } from '../common/hints.ts';
import { short } from './pruning.ts';

/** As many as a node has links. */
const MAX_NEIGHBOURS = 64;

/** This node's neighbours, in short. */
export function neighbourhood(): string[] {
  return neighbours().map(({ id }) => short(id));
}

function tagOf(neighbour: string): string {
  return `public:aodv/near/${neighbour}`;
}

/** The neighbours of a neighbour, both in short; null when they are not known. */
export function neighboursOf(neighbour: string): string[] | null {
  const hint = readHint(tagOf(neighbour));
  return hint === null ? null : asStrings(hint.value, MAX_NEIGHBOURS);
}

/** Keeps what a neighbour said of its neighbours. */
export function hear(neighbour: string, itsNeighbours: readonly string[], lifetimeMs: number): void {
  const known = readHint(tagOf(short(neighbour)));
  const isFresh = known !== null && known.lifetimeLeftMs > lifetimeMs / 2 && String(known.value) === String(itsNeighbours);
  if (!isFresh) writeHint(tagOf(short(neighbour)), itsNeighbours, lifetimeMs);
}

/** Sends this node's list of neighbours to one of them. */
export function tell(neighbour: string, lifetimeMs: number): void {
  dispatch(teller, [neighbour, neighbourhood(), lifetimeMs], 1);
}

async function teller(neighbour: string, list: readonly string[], lifetimeMs: number): Promise<void> {
  try {
    await sysMigrate(neighbour);
    hear(self.previous!, list, lifetimeMs);
  } catch {
    return; // Nobody depends on it.
  }
}
