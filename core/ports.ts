/**
 * The doors to the outside world. Everything that a node does to time, chance, disks and networks goes through one of
 * these, so the same code runs under a real clock, in tests and in a simulator.
 */

/** Time. Durations run on monotonic time; wall time serves certificates and launch expiry only. */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back, with a fractional part. */
  monotonicMs(): number;
  /** Milliseconds since 1970. May jump. */
  wallMs(): number;
  /** Calls `callback` once, `delayMs` from now or a little later. Does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  /** Safe to call at any time, also after the timer fired. */
  cancel(): void;
}

export interface Entropy {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

/** Structured logging; the shape is pino's, so its loggers fit. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** Counters and gauges. Every refusal, kill, retry and hand-off is counted. */
export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}

/**
 * Named fault sites. Production passes {@link NO_FAULTS}; tests and the simulator end the process, throw, or lose a write at a site.
 * A site is named `<area>.<moment>`, for example `handoff.accept.before-journal`.
 */
export interface Faults {
  /** Called at the site; may throw or never return. */
  at(site: string): void;
}

export const NO_FAULTS: Faults = { at() {} };

/** Tables of the store. Keys are byte strings in a table's own format; values are bytes. */
export const TABLES = [
  'meta',
  'residents',
  'outbox',
  'accepted',
  'guards',
  'bricks',
  'manifests',
  'tags',
  'nonces',
  'results',
  'breadcrumbs',
  'tombstones',
  'receipts',
  'policy',
] as const;
export type Table = (typeof TABLES)[number];

export type Mutation =
  | { readonly table: Table; readonly key: string; readonly value: Uint8Array }
  | { readonly table: Table; readonly key: string; readonly value: null };

/** Nobody waits for a `patient` batch: it may stay pending a few milliseconds, until another is written with it. */
export type Urgency = 'urgent' | 'patient';

/**
 * Durable key-value storage with atomic batches and group commit.
 *
 * - A batch is visible to `get` and `entries` as soon as `commit` returns its promise.
 * - The promise resolves when the batch is durable; it rejects (DataError `store-full` or `store-failed`) when it never
 *   will be, and then none of its effects is visible after a restart.
 * - Batches become durable in the order in which they were committed: if a batch survives a power cut, so do all before it.
 */
export interface Store {
  get(table: Table, key: string): Uint8Array | undefined;
  entries(table: Table): Iterable<readonly [key: string, value: Uint8Array]>;
  commit(batch: readonly Mutation[], urgency?: Urgency): Promise<void>;
  /** Resolves when every batch committed so far is durable; at once when none is pending. */
  flushed(): Promise<void>;
  /** True while a committed batch is not yet durable. */
  readonly pending: boolean;
  close(): Promise<void>;
}
