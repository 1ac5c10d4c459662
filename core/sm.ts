/** A Smart Message as a node holds it. */
import type { Hash, NodeId } from './ids.ts';
import type { TravelHeader } from './messages.ts';
import type { LaunchRequest } from './program.ts';

/** A verified launch: the record's bytes travel unchanged, the parsed request is for reading. */
export interface Launch {
  readonly bytes: Uint8Array;
  readonly request: LaunchRequest;
  /** Common name of the author's certificate, and the SHA-256 of its public key. */
  readonly author: string;
  readonly authorKey: Hash;
}

/** One Smart Message at rest: everything needed to run its next slice or to send it on. */
export interface Resting {
  readonly header: TravelHeader;
  readonly epoch: number;
  readonly manifest: Hash;
  readonly launch: Launch;
  /** Captured state as UTF-8; empty before the first slice, then `start` says where to begin. */
  readonly state: Uint8Array;
  /** How to start: at the program's entry with the launch's arguments, or at a function with captured arguments. */
  readonly start: { readonly brick: number; readonly fn: number | 'default'; readonly args: string | null } | null;
  /** The wait set of its last slice as JSON text (`Wait[]` of sandbox/guest/boundary.ts); `[]` when it is ready to run. */
  readonly waits: string;
  /** The neighbour it came from. */
  readonly previous: NodeId | null;
}
