/** The vocabulary of the tag space. */
import type { FamilyId, Hash, NodeId, SmId } from './ids.ts';

export const DOMAINS = ['owner', 'family', 'origin', 'code', 'others'] as const;
/** owner: this launch of this code. family: common ancestor. origin: same origin node. code: same code identity. */
export type Domain = (typeof DOMAINS)[number];

export const RIGHTS = { read: 1, write: 2, delete: 4, block: 8 } as const;
export type Right = keyof typeof RIGHTS;
/** How programs spell rights. */
export const RIGHT_LETTERS = [
  ['r', RIGHTS.read],
  ['w', RIGHTS.write],
  ['d', RIGHTS.delete],
  ['b', RIGHTS.block],
] as const;

/** Four right bits per domain. */
export type AccessBits = Readonly<Record<Domain, number>>;

/** Who does something to a tag: an SM, or the node itself and its drivers. */
export interface Principal {
  readonly smId: SmId;
  readonly family: FamilyId;
  readonly origin: NodeId;
  /** The code identity, joined with its predecessors' by `succeeds`. */
  readonly code: Hash;
  readonly codeDomain: readonly Hash[];
  readonly author: string;
}

/** JSON value; bytes as `{"$bytes": base64}`. */
export type TagValue = null | boolean | number | string | readonly TagValue[] | { readonly [key: string]: TagValue };

export interface TagOwner {
  readonly family: FamilyId;
  readonly origin: NodeId;
  readonly code: Hash;
  readonly author: string;
}

/** One tag as the authoritative copy holds it. */
export interface TagRecord {
  /** Full name: `io:temperature`, `public:route/x`, or `<code hash>/<name>` for application tags. */
  readonly name: string;
  readonly value: TagValue;
  /** Grows by one with every write on this node; unique across delete and re-create. */
  readonly version: number;
  readonly access: AccessBits;
  /** Null for I/O tags, which belong to the node. */
  readonly owner: TagOwner | null;
  /** Monotonic time at which it expires; null for permanent (I/O) tags. */
  readonly expiresAtMs: number | null;
  readonly writtenAtMs: number;
  readonly durable: boolean;
  /** For I/O tags: unit, description, sampling period, whether it can be driven. */
  readonly about: IoTagInfo | null;
}

export interface IoTagInfo {
  /** `celsius`, `percent`, `bytes`; empty when the value has none. */
  readonly unit: string;
  readonly description: string;
  readonly samplingMs: number | null;
  readonly writable: boolean;
  readonly driver: string;
  /** Why there is no reading (its value is then null); absent when all is well. */
  readonly problem?: string;
}
