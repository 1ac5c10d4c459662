/** What the hand-off needs from the rest of the node, and what it tells it. */
import type { FamilyId, Hash, NodeId, SmId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Offer } from '../../core/messages.ts';
import type { Clock, Faults, Log, Metrics, Mutation, Store } from '../../core/ports.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import type { CodeCache, StoredProgram } from '../code/code-cache.ts';
import type { Journal } from '../journal/journal.ts';
import type { Channel, Peer } from '../links/channel.ts';

export interface HandoffOptions {
  readonly self: NodeId;
  readonly store: Store;
  readonly journal: Journal;
  readonly code: CodeCache;
  /** The open channel to a neighbour. */
  readonly channel: (node: NodeId) => Channel | undefined;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly hooks: HandoffHooks;
}

/** Decisions and consequences that belong to other rooms. */
export interface HandoffHooks {
  /**
   * Verifies the launch record and reserves a place, before any code is asked for. Must also refuse an SM that lives here.
   * Returns at once whenever it can: a promise costs the hop a turn.
   *
   * @throws RefusedError (or rejects with it); anything else counts as refusal `internal` or, for a DataError, `bad-message`
   */
  admit(offer: Offer, peer: Peer): Launch | Promise<Launch>;
  /** Verifies a manifest that just arrived. Throws RefusedError. */
  verifyManifest(signed: Uint8Array): { readonly hash: Hash };
  /** The last word, with the code at hand; only called when code came with the offer. Throws RefusedError. */
  admitCode(offer: Offer, launch: Launch, program: StoredProgram): void;
  /** A reserved place is free again: the SM did not come. */
  withdraw(smId: SmId, launch: Launch): void;
  /** The path hash after this hop. */
  extendPath(path: Hash, hop: { smId: SmId; epoch: number; from: NodeId; to: NodeId; manifest: Hash }): Hash;
  /**
   * An SM arrived and may run: called before ACCEPT is sent. Must not throw.
   *
   * @param durable resolves when it is ours for certain; when it rejects, the SM was refused and nothing that it did here may
   *   remain. Null when it is certain already.
   */
  deliver(sm: Resting, from: Peer, durable: Promise<void> | null): void;
  /** After ACCEPT was sent: time to countersign. */
  accepted(sm: Resting, channel: Channel): void;
  /** An SM that wanted to leave stays and continues with the up-call in its events. Also how a duplicate begins. Its code stays pinned. */
  resume(sm: Resting): void;
  /** An SM is no more; its clones, each in need of its code, begin to leave. */
  cloned(sm: Resting, clones: readonly Resting[]): void;
  /** The neighbour has it. Told as soon as that is known, and once; its code, pinned while it was on its way, may go. */
  left(sm: Resting, to: NodeId): void;
  /** An SM that was in doubt is given up here; its code may go. */
  ended(sm: Resting, outcome: 'dropped' | 'lost', reason: string): void;
  /** A later life has taken over from an SM that lives here: it ends. May be asked again while that is under way; nothing happens when it is not here. */
  supersede(smId: SmId): void;
  /** One attempt is over. */
  hop(event: HopOutcome): void;
  /** A continuation threw what it never should: a defect of this program. */
  bug(error: unknown): void;
}

/** One attempt as the sender saw it. */
export interface HopOutcome {
  readonly family: FamilyId;
  readonly smId: SmId;
  /** Whether its return value is the result. */
  readonly root: boolean;
  readonly to: NodeId;
  readonly link: string;
  readonly epoch: number;
  readonly outcome: 'accepted' | 'refused' | 'in-doubt' | 'not-accepted';
  /** From OFFER to the answer. */
  readonly ms: number;
  readonly stateBytes: number;
  readonly bricksSent: number;
  /** Accepted hops of this Smart Message before this one. */
  readonly hops: number;
}

/** A Smart Message on its way out. */
export interface Leaving {
  readonly sm: Resting;
  readonly target: NodeId;
  readonly inDoubt: boolean;
}

/** A Smart Message that asks to leave. */
export interface DepartureRequest {
  /** As its last slice left it. It must have a captured state. */
  readonly sm: Resting;
  /** The operation that waits for the hop. */
  readonly op: number;
  /** One neighbour: it moves. More: it ends, and one clone moves to each. */
  readonly targets: readonly NodeId[];
  /** Mutations of the slice, for the same batch. */
  readonly alsoCommit: readonly Mutation[];
  /** For a transient: resolves when everything durable that its slice has read is flushed; null when it already is. */
  readonly gate: Promise<void> | null;
}

/** A named state that can be asked for. */
export interface InDoubt {
  readonly smId: SmId;
  readonly family: FamilyId;
  readonly target: NodeId;
  readonly epoch: number;
  readonly forMs: number;
  /** True when the neighbour lost its memory since, so that only the policy can decide. */
  readonly unanswerable: boolean;
}
