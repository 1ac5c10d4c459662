/** What a node wants of its links as a whole, and what they may know of it. A daemon has `neighbours.ts`; a simulator brings its own. */
import type { Limits } from '../../core/limits.ts';
import type { Clock, Entropy, Log, Metrics } from '../../core/ports.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Identity } from '../identity/identity.ts';
import type { TrustStore } from '../identity/trust.ts';
import type { Channel, Neighbourhood } from './channel.ts';
import type { OwnFacts } from './connector.ts';

/** A neighbour for people to read. */
export interface NeighbourView {
  readonly nodeId: NodeId;
  readonly name: string;
  readonly link: string;
  /** Where it was dialled; empty when it dialled this node. */
  readonly address: string;
}

export interface Links extends Neighbourhood {
  /** Lets neighbours in. Rejects with MisuseError `cannot-listen`. */
  start(): Promise<void>;
  /** Where others reach this node; null before {@link start}. */
  readonly address: string | null;
  /** Adds a configured neighbour, for as long as this node runs. */
  addPeer(address: string): void;
  view(): readonly NeighbourView[];
  /** The 32 bytes of the public key with which the neighbour at the other end signs. */
  keyOf(channel: Channel): Uint8Array;
  /** Says goodbye to all neighbours; resolves when what was queued has left or the time for it is over. */
  close(reason: string): Promise<void>;
}

export interface LinksWiring {
  readonly identity: Identity;
  readonly trust: TrustStore;
  /** What this node says of itself in HELLO; asked anew for each link. */
  readonly facts: () => OwnFacts;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
}

export type MakeLinks = (wiring: LinksWiring) => Links;
