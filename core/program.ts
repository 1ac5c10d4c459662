/** Programs, launches and what they may use up: the signed documents a Smart Message carries. */
import type { FamilyId, Hash, NodeId } from './ids.ts';

/** What an SM declares it needs. Checked against policy at admission, enforced while it runs. */
export interface ResourceTable {
  /** Longest slice. */
  readonly cpuMsPerSlice: number;
  readonly memoryBytes: number;
  /** From launch to end, on monotonic time, frozen while a node is down. */
  readonly lifetimeMs: number;
  /** Largest execution state carried over a hop. */
  readonly bytesPerHop: number;
  /** Tags this SM's family may hold on one node. */
  readonly tags: number;
  /** I/O tags it wants to read and to drive, as prefixes or exact names: `io:temperature`, `io:*`. */
  readonly reads: readonly string[];
  readonly drives: readonly string[];
}

/**
 * Conserved quantities. At every spawn, clone and launch they are split in whole numbers, so that
 * live + in doubt + spent + burned = launch budget among honest nodes.
 */
export interface Budget {
  /** Accepted hand-offs. */
  readonly hops: number;
  readonly cpuMs: number;
  /** Bytes of state and code sent. */
  readonly bytes: number;
  /** Spawned, cloned and launched Smart Messages. */
  readonly children: number;
}

export const BUDGET_KEYS = ['hops', 'cpuMs', 'bytes', 'children'] as const satisfies readonly (keyof Budget)[];

/** Describes a program; named by the SHA-256 of its canonical bytes, which is the code identity. */
export interface Manifest {
  readonly name: string;
  /** Index of the entry brick. */
  readonly entry: number;
  readonly bricks: readonly Hash[];
  /** Per brick: import specifier to brick index, or to the intrinsic module. */
  readonly importMap: readonly Readonly<Record<string, number | 'sm:host'>>[];
  readonly compiler: string;
  readonly resources: ResourceTable;
  /** Manifests of the same author whose code domain and tag name space this one joins. */
  readonly succeeds: readonly Hash[];
}

/** What in-doubt SMs do when their timeout comes. Transients may not wait. */
export type InDoubtPolicy = 'wait' | 'duplicate' | 'drop';

/** The author's part of a launch; signed by the author. */
export interface LaunchRequest {
  readonly network: Hash;
  readonly manifest: Hash;
  /** JSON text of the argument object. */
  readonly arguments: string;
  readonly resources: ResourceTable;
  readonly budget: Budget;
  /** Set aside for second lives: `duplicate` and `guard`. */
  readonly reserve: Budget;
  readonly inDoubt: InDoubtPolicy;
  readonly inDoubtTimeoutMs: number;
  /** At how many of its last nodes a leased copy stays, to be revived should those after it be gone; 0 for none. Needs a reserve. */
  readonly guard: number;
  readonly transient: boolean;
  readonly origin: NodeId;
  /** Also the family id. */
  readonly nonce: FamilyId;
  /** Wall time after which no node accepts this launch for the first time. */
  readonly expiresAtMs: number;
}
