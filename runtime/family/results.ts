/**
 * Results at the origin: how the root lineage of each family launched here ended, kept durably until fetched or expired,
 * and a bounded list of how its other lineages ended.
 */
import { DataError, RefusedError } from '../../core/errors.ts';
import type { FamilyId, Hash } from '../../core/ids.ts';
import type { Obituary } from '../../core/messages.ts';
import type { Clock, Log, Mutation, Store } from '../../core/ports.ts';
import type { FamilyResult, LastAcknowledged } from '../control/protocol.ts';
import { parseObituaryBody } from './obituaries.ts';

/** Ends of other lineages kept per family. */
const EVENTS_PER_FAMILY = 256;

interface StoredResult {
  readonly result: FamilyResult;
  /** Key hash of the author who launched it; others may not fetch it. */
  readonly author: Hash;
  /** Wall time; only used to expire what nobody fetches. */
  readonly keepUntilMs: number;
  readonly durable: boolean;
}

interface Kept extends StoredResult {
  /** Size as JSON. */
  readonly bytes: number;
  /** What is told: the result as far as it is durable. */
  readonly certain: FamilyResult;
  /** Monotonic time before which it stays, whatever the wall clock says. */
  readonly keepAtLeastMs: number;
}

/** An end that was recorded, and is certain once its mutations are durable. */
export interface RecordedEnd {
  /** To be committed; empty when there is nothing to keep durably. */
  readonly mutations: readonly Mutation[];
  /** Says whether they are durable. If so, everyone who waits is told, else it is as if the end had not been recorded. */
  readonly settle: (durable: boolean) => void;
}

const NOTHING_RECORDED: RecordedEnd = { mutations: [], settle: () => {} };

export interface NewFamily {
  readonly manifest: Hash;
  /** Key hash. */
  readonly author: Hash;
  readonly durable: boolean;
  readonly lifetimeMs: number;
}

export interface FamilyResultsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: { readonly results: number; readonly resultsBytes: number; readonly resultKeepMs: number };
}

export class FamilyResults {
  readonly #options: FamilyResultsOptions;
  readonly #results = new Map<FamilyId, Kept>();
  #bytes = 0;
  readonly #waiters = new Map<FamilyId, Set<() => void>>();

  /** Reads what an earlier run of the daemon left. Throws DataError `corrupt-store` when that is not readable. */
  constructor(options: FamilyResultsOptions) {
    this.#options = options;
    for (const [family, bytes] of options.store.entries('results')) {
      const stored = parse(family, bytes);
      this.#keep(stored, bytes.length, stored.result, stored.keepUntilMs - options.clock.wallMs());
    }
  }

  /** Reserves a place for a family that is being launched and may live for `lifetimeMs`. Throws RefusedError `records-full`. Returns what to commit with the launch. */
  open(family: FamilyId, { manifest, author, durable, lifetimeMs }: NewFamily): readonly Mutation[] {
    this.#expire();
    const { limits } = this.#options;
    if (this.#results.size >= limits.results || this.#bytes >= limits.resultsBytes) {
      throw new RefusedError('records-full', `this node already keeps ${this.#results.size} results of ${this.#bytes} bytes`, {
        hint: 'Fetch results with: sm result ID',
      });
    }
    const result: FamilyResult = { family, manifest, outcome: 'running', endedAt: null, hops: 0, elapsedMs: 0, events: [] };
    return this.#put(result, { author, durable, keepMs: lifetimeMs + limits.resultKeepMs, certain: result });
  }

  /** Takes back {@link open} when the launch failed after all. */
  discard(family: FamilyId): Mutation[] {
    this.#bytes -= this.#results.get(family)?.bytes ?? 0;
    this.#results.delete(family);
    return [{ table: 'results', key: family, value: null }];
  }

  /** Records the end of a lineage; nothing when the family is unknown here. Throws DataError `bad-obituary`. */
  record(obituary: Obituary): RecordedEnd {
    const stored = this.#results.get(obituary.family);
    if (stored === undefined) return NOTHING_RECORDED;
    const known = stored.result;
    const { nodeName, hops, elapsedMs, value, error } = parseObituaryBody(obituary.body);
    const reason = error === undefined ? {} : { error };
    if (!obituary.root) {
      if (obituary.outcome === 'returned' || known.events.length >= EVENTS_PER_FAMILY) return NOTHING_RECORDED;
      const event = { smId: obituary.smId, outcome: obituary.outcome, node: nodeName, ...reason };
      return this.#record({ ...known, events: [...known.events, event] }, stored);
    }
    // A root that lives twice (`duplicate`, `guard`) may end twice; the first end is the result, and any is better than a presumption.
    if (known.outcome !== 'running' && known.presumed === undefined) return NOTHING_RECORDED;
    const { presumed: _presumed, error: _error, ...running } = known;
    const returned = obituary.outcome === 'returned' ? { value: value ?? null } : {};
    const endedAt = { node: obituary.node, name: nodeName };
    return this.#record({ ...running, outcome: obituary.outcome, ...returned, ...reason, endedAt, hops, elapsedMs }, stored);
  }

  /** Families that are said to run although their lifetime was over so long ago that news of their end should have come. */
  overdue(graceMs: number): readonly FamilyId[] {
    const { clock, limits } = this.#options;
    const longAgoMs = clock.monotonicMs() - graceMs;
    const overdue: FamilyId[] = [];
    for (const [family, { result, keepAtLeastMs }] of this.#results)
      if (result.outcome === 'running' && keepAtLeastMs - limits.resultKeepMs < longAgoMs) overdue.push(family);
    return overdue;
  }

  /** Records that nothing was heard of a family until its lifetime was over; nothing when it has ended. */
  presumeLost(family: FamilyId, last: LastAcknowledged | null): RecordedEnd {
    const stored = this.#results.get(family);
    if (stored === undefined || stored.result.outcome !== 'running') return NOTHING_RECORDED;
    const where = last === null ? 'no hop of it is known' : `last acknowledged at ${last.name}, after ${last.hops} hops`;
    const error = { name: 'Lost', message: `nothing was heard of it until its lifetime was over; ${where}`, places: [] };
    const endedAt = last === null ? null : { node: last.node, name: last.name };
    const presumed = { lastAcknowledged: last };
    return this.#record({ ...stored.result, outcome: 'lost', error, endedAt, hops: last?.hops ?? 0, presumed }, stored);
  }

  /** The result as far as it is durable. */
  get(family: FamilyId): FamilyResult | undefined {
    return this.#results.get(family)?.certain;
  }

  /** Who launched a family whose result is kept here. */
  authorOf(family: FamilyId): Hash | undefined {
    return this.#results.get(family)?.author;
  }

  /** Of which families a result is kept here, or will be. */
  families(): Iterable<FamilyId> {
    return this.#results.keys();
  }

  /** Resolves when the family has ended; rejects when `signal` aborts. */
  ended(family: FamilyId, signal: AbortSignal): Promise<void> {
    const known = this.get(family);
    if (known === undefined || known.outcome !== 'running') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(family) ?? new Set();
      this.#waiters.set(family, waiters);
      const stop = (): void => {
        waiters.delete(wake);
        reject(new RefusedError('shutting-down', 'waiting for the result was cancelled'));
      };
      const wake = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      waiters.add(wake);
    });
  }

  #record(result: FamilyResult, before: Kept): RecordedEnd {
    const { family } = result;
    const keepMs = Math.max(this.#options.limits.resultKeepMs, before.keepAtLeastMs - this.#options.clock.monotonicMs());
    const mutations = this.#put(result, { ...before, keepMs });
    const settle = (durable: boolean): void => {
      const kept = this.#results.get(family);
      if (kept === undefined) return;
      if (durable) {
        this.#results.set(family, { ...kept, certain: result });
        if (result.outcome !== 'running') this.#announce(family);
      } else if (kept.result === result) {
        this.#put(kept.certain, { ...kept, keepMs });
      }
    };
    return { mutations, settle };
  }

  #announce(family: FamilyId): void {
    for (const wake of this.#waiters.get(family) ?? []) wake();
    this.#waiters.delete(family);
  }

  #put(
    result: FamilyResult,
    { author, durable, keepMs, certain }: Pick<Kept, 'author' | 'durable' | 'certain'> & { readonly keepMs: number },
  ): readonly Mutation[] {
    const stored: StoredResult = { result, author, durable, keepUntilMs: this.#options.clock.wallMs() + keepMs };
    const value = Buffer.from(JSON.stringify(stored));
    this.#keep(stored, value.length, certain, keepMs);
    return durable ? [{ table: 'results', key: result.family, value }] : [];
  }

  #keep({ result, author, durable, keepUntilMs }: StoredResult, bytes: number, certain: FamilyResult, keepMs: number): void {
    const { family } = result;
    this.#bytes += bytes - (this.#results.get(family)?.bytes ?? 0);
    const keepAtLeastMs = this.#options.clock.monotonicMs() + keepMs;
    this.#results.set(family, { result, author, durable, keepUntilMs, bytes, certain, keepAtLeastMs });
  }

  #expire(): void {
    const wallMs = this.#options.clock.wallMs();
    const nowMs = this.#options.clock.monotonicMs();
    const gone: Mutation[] = [];
    for (const [family, stored] of this.#results) {
      // Also one that is still said to run: its whole lifetime has passed, so nobody is left who could end.
      if (stored.keepUntilMs > wallMs || stored.keepAtLeastMs > nowMs) continue;
      gone.push(...this.discard(family));
    }
    if (gone.length === 0) return;
    this.#options.store.commit(gone).catch((error: unknown) => this.#options.log.warn({ err: error }, 'could not forget expired results'));
  }
}

function parse(family: FamilyId, bytes: Uint8Array): StoredResult {
  try {
    const stored = JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredResult;
    if (stored.result.family === family && typeof stored.keepUntilMs === 'number' && typeof stored.author === 'string') return stored;
  } catch {
    // Falls through to the error below: both cases mean the same to the reader.
  }
  throw new DataError('corrupt-store', `the stored result of family ${family} is not readable`, {
    hint: 'The data folder is damaged. Restore it from a backup, or start empty with a new data folder.',
  });
}
