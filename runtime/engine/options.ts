/** What the engine needs of the node around it. */
import type { Hash, SmId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Log, Metrics } from '../../core/ports.ts';
import type { ResourceTable } from '../../core/program.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import type { TagRecord } from '../../core/tags.ts';
import type { ChangeSet, Program, Surroundings, TagQuotas } from '../worker/protocol.ts';
import type { StartWorker } from './worker-port.ts';

/** One change set, and what it made of the Smart Message whose slice it is. */
export interface Commit {
  readonly set: ChangeSet;
  /** Null when it is no slice. Without its state. */
  readonly before: Resting | null;
  /** As it waits, or leaves; null when it ended or it is no slice. */
  readonly after: Resting | null;
}

export interface EngineOptions {
  readonly startWorker: StartWorker;
  readonly clock: Clock;
  /** CPU time of the process, milliseconds; for the watchdog. */
  readonly processCpuMs: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly surroundings: Surroundings;
  readonly quotas: TagQuotas;
  /** Durable tags, their times on this clock, and a version number that no tag of this node has ever had more than. */
  readonly tags: { readonly records: readonly TagRecord[]; readonly version: number };
  readonly program: (manifest: Hash) => Program | null;
  /** Manifests in one code domain with the given one, the name space's first. */
  readonly codeDomain: (manifest: Hash) => readonly Hash[];
  /** What a launch may really use here: its resource table, narrowed to the I/O tags that policy lets it use. */
  readonly resources: (launch: Launch) => ResourceTable;
  /** How the tag quotas of a launch differ from everybody's. */
  readonly tagQuotas?: (launch: Launch) => Partial<TagQuotas>;
  /** State of a durable resident as last committed; undefined when the journal does not know it. */
  readonly readState: (smId: SmId) => Uint8Array | undefined;
  /**
   * Commits a change set. Called once for each, in order, after it was applied.
   *
   * @returns undefined when it is certain at once: it is not durable itself, nor does it depend on what is not yet; else a
   *   promise that resolves when it is certain and rejects when it will never be. After a rejection the store shows what was before, and everything
   *   committed later whose promise is open is rejected as well.
   */
  readonly commit: (commit: Commit) => Promise<void> | undefined;
}
