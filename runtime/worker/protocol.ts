/**
 * What the main thread and the VM worker say to each other. One `postMessage` per item, structured clone, in order.
 *
 * The worker is the sequencer: every change of the tag space and of a resident's state, whoever asked for it, comes back
 * as one numbered {@link ChangeSet}. Main applies them in that order to the authoritative copy. A change set is a fact
 * only when main has committed it: when the worker is lost, everything that main did not commit never happened.
 */
import type { FamilyId, Hash, NodeId, SmId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Budget, ResourceTable } from '../../core/program.ts';
import type { IoTagInfo, Principal, TagRecord, TagValue } from '../../core/tags.ts';
import type { CodePlace, GuestError, Location, ResumeEvent, SliceEnvironment, Wait } from '../../sandbox/guest/boundary.ts';

/** A resident's number on this node, given by main; cheaper than its id and never reused within a process. */
export type Seat = number;

/** What all members of one family that run the same code have in common; referred to by number, and sent again when it changes. */
export interface Charter {
  readonly id: number;
  readonly principal: Omit<Principal, 'smId'>;
  readonly resources: ResourceTable;
  /** What policy lets this author's launches of this program have, where that differs from what everybody may. */
  readonly quotas?: Partial<TagQuotas>;
  /** JSON text of the launch arguments, for a first slice at the program's entry. */
  readonly arguments: string;
}

/** A Smart Message as the worker gets it. */
export interface Boarding {
  readonly seat: Seat;
  readonly charter: number;
  readonly smId: SmId;
  readonly previous: NodeId | null;
  readonly hops: number;
  /** Time lived, as of `sinceMs`. */
  readonly ageMs: number;
  readonly budget: Budget;
  readonly epoch: number;
  readonly transient: boolean;
  readonly state: Uint8Array;
  readonly start: { readonly brick: number; readonly fn: number | 'default'; readonly args: string | null } | null;
  /** JSON text of the waits of its last slice; durations are as of `sinceMs`. */
  readonly waits: string;
  /** JSON text of events that are not yet delivered. */
  readonly events: string;
  /** Monotonic time from which the waits and the age count. */
  readonly sinceMs: number;
}

/** What the node tells every slice of its surroundings. */
export interface Surroundings {
  readonly nodeId: NodeId;
  readonly nodeName: string;
  readonly neighbours: SliceEnvironment['neighbours'];
  readonly location: Location | null;
}

/** A program ready to be loaded into the sandbox. */
export interface Program {
  readonly hash: Hash;
  readonly bricks: readonly Uint8Array[];
  readonly importMap: readonly Readonly<Record<string, number | 'sm:host'>>[];
}

/** How many tags, and how many bytes of names and values, one holder may have on this node. */
export interface TagAllowance {
  readonly tags: number;
  readonly bytes: number;
}

/** Caps of the tag space that policy sets. A family's number of tags is in its resource table. */
export interface TagQuotas {
  readonly node: TagAllowance;
  readonly author: TagAllowance;
  readonly code: TagAllowance;
  readonly familyBytes: number;
  readonly lifetimeMaxMs: number;
}

/** A change of tags that does not come from a slice: a driver's reading, a command-line write, a tag that goes. */
export type ExternalChange =
  /** Creates or updates an I/O tag. */
  | { readonly kind: 'publish'; readonly name: string; readonly value: TagValue; readonly about: IoTagInfo }
  /** Removes an I/O tag. */
  | { readonly kind: 'withdraw'; readonly name: string }
  /** Writes or creates an application tag with the rights of `as`. */
  | { readonly kind: 'write'; readonly name: string; readonly value: TagValue; readonly as: Principal }
  /** Writes or creates any tag but an I/O tag with the rights of the node's operator. */
  | { readonly kind: 'override'; readonly name: string; readonly value: TagValue };

export type ToWorker =
  | {
      readonly type: 'seed';
      /** Identifies this worker's change sets; main ignores those of its predecessors. */
      readonly generation: number;
      readonly tags: readonly TagRecord[];
      /** The last version number given to a tag. */
      readonly version: number;
      readonly surroundings: Surroundings;
      readonly quotas: TagQuotas;
    }
  | { readonly type: 'charter'; readonly charter: Charter }
  | { readonly type: 'forget-charters'; readonly ids: readonly number[] }
  /** With the charter, when it is new; a message of its own for it would wake the worker twice. */
  | { readonly type: 'board'; readonly boarding: Boarding; readonly charter: Charter | null }
  | { readonly type: 'resume'; readonly seat: Seat; readonly events: readonly ResumeEvent[] }
  | { readonly type: 'external'; readonly request: number; readonly changes: readonly ExternalChange[] }
  | { readonly type: 'kill'; readonly family: FamilyId; readonly reason: string }
  | { readonly type: 'end'; readonly seat: Seat; readonly reason: KillReason; readonly detail: string }
  | { readonly type: 'surroundings'; readonly surroundings: Surroundings }
  | { readonly type: 'quotas'; readonly quotas: TagQuotas }
  | { readonly type: 'program'; readonly hash: Hash; readonly program: Program | null }
  /** Answers `need-state`; null when main does not have it either. */
  | { readonly type: 'state'; readonly seat: Seat; readonly state: Uint8Array | null }
  /** Main has taken note of all change sets up to `sequence`: the worker may send more. */
  | { readonly type: 'credit'; readonly sequence: number };

export type FromWorker =
  | { readonly type: 'ready'; readonly generation: number }
  /** The worker needs a program it does not hold; slices of that program wait. */
  | { readonly type: 'need-program'; readonly hash: Hash }
  /** The worker let go of the state of a resident that is to run now. */
  | { readonly type: 'need-state'; readonly seat: Seat }
  | { readonly type: 'changes'; readonly set: ChangeSet };

/** One tag after a change: its record, or null when it is gone. */
export interface TagMutation {
  readonly name: string;
  readonly record: TagRecord | null;
  /** Whether the store is concerned: the tag is durable, or was before. */
  readonly durable: boolean;
}

/** A value written to an actuator's tag. Acts after the commit. */
export interface Actuation {
  readonly name: string;
  readonly value: TagValue;
  /** The operation that waits for the driver's answer, or null when the slice just wrote the tag. */
  readonly op: number | null;
  readonly timeoutMs: number | null;
}

/** An operation that waits for a reading no older than `maxAgeMs`; what the tag space had was older. */
export interface Sensing {
  readonly op: number;
  readonly name: string;
  readonly maxAgeMs: number;
}

/** A child that the slice launched, with its part of the budget. */
export interface ChildStart {
  readonly smId: SmId;
  readonly brick: number;
  readonly fn: number;
  /** Captured argument list. */
  readonly args: string;
  readonly transient: boolean;
  readonly budget: Budget;
}

export type KillReason =
  | 'cpu'
  | 'memory'
  | 'stack'
  | 'output'
  | 'bad-state'
  | 'bad-code'
  | 'bad-output'
  | 'budget-exhausted'
  | 'lifetime-over'
  | 'killed'
  | 'superseded'
  | 'unknown-code'
  | 'stuck'
  | 'worker-lost';

export type Outcome =
  /** Stays here. Durations in `waits` are what was left when the slice was committed; a block's `after` is always a number. */
  | { readonly kind: 'wait'; readonly waits: readonly Wait[]; readonly state: Uint8Array }
  /** Wants to leave; the worker has let go of it. It comes back, if at all, as a new boarding. */
  | { readonly kind: 'migrate'; readonly op: number; readonly to: readonly NodeId[]; readonly state: Uint8Array }
  /** Wants to fork; the worker has let go of it. Main boards both halves. */
  | { readonly kind: 'spawn'; readonly op: number; readonly share: number; readonly state: Uint8Array }
  /** Ended with a value, as JSON text. */
  | { readonly kind: 'exit'; readonly value: string }
  | { readonly kind: 'fail'; readonly error: GuestError }
  /** `places` is where it was stopped and, below, where the slice had begun, as far as either is known; `stopped` says whether the first is. */
  | {
      readonly kind: 'killed';
      readonly reason: KillReason;
      readonly detail: string;
      readonly places?: readonly CodePlace[];
      readonly stopped?: boolean;
    };

/** What a slice did to its Smart Message and its surroundings besides tags. */
export interface SliceEffects {
  readonly seat: Seat;
  readonly smId: SmId;
  readonly outcome: Outcome;
  readonly ageMs: number;
  /** What is left after this slice's CPU time and the children's shares. CPU time is paid in whole milliseconds per stay, a begun one counts. */
  readonly budget: Budget;
  /** Grows by one with every slice that made children, so that their ids are never repeated. */
  readonly epoch: number;
  readonly children: readonly ChildStart[];
  readonly actuations: readonly Actuation[];
  /** Fresh readings that drivers are asked for. Each is answered with a `resume`. */
  readonly senses: readonly Sensing[];
  readonly logs: readonly { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }[];
  /** CPU time of this slice, with fraction; 0 when it ended without a slice. */
  readonly cpuMs: number;
}

/** One atomic step of the node's state. */
export interface ChangeSet {
  readonly generation: number;
  /** From 1, without gaps, within a generation; 0 for what main itself decided about a resident of a lost worker. */
  readonly sequence: number;
  /** Monotonic time of the step. */
  readonly atMs: number;
  /** Null for tags that changed without a slice: external changes and expiry. */
  readonly slice: SliceEffects | null;
  /** The external request that this answers, or null. */
  readonly request: number | null;
  /** Why the request was refused, or null. Nothing has changed then. */
  readonly refused: { readonly reason: string; readonly message: string } | null;
  readonly tags: readonly TagMutation[];
  /** Residents that these tags woke, with what they will be told. */
  readonly woken: readonly { readonly seat: Seat; readonly event: ResumeEvent }[];
  /** The highest sequence number whose effects on tags this step has seen; 0 when it depends on none. */
  readonly dependsOn: number;
  /** It is a durable Smart Message's slice, or it changed a durable tag: it must be journaled. */
  readonly touchedDurable: boolean;
  /** The last version number given to a tag. */
  readonly version: number;
}

/** Words of the shared heartbeat, an Int32Array. */
export const HEARTBEAT = {
  /** Odd while a slice runs; grows by one at each start and end. */
  slice: 0,
  /** Seat of the Smart Message in its slice. */
  seat: 1,
  /** Grows whenever the sandbox gets a chance to stop the slice. */
  progress: 2,
} as const;
export const HEARTBEAT_WORDS = 4;

/** What the worker thread is started with, as its `workerData`. */
export interface WorkerBoot {
  /** Int32Array of {@link HEARTBEAT_WORDS} words. */
  readonly heartbeat: SharedArrayBuffer;
  /** Text of the bundled guest runtime. */
  readonly guestSource: string;
  readonly limits: Limits;
}
