/** The disk of a simulated node: a memory store that takes virtual time to become durable, and that loses what was not when the power goes. */
import type { DataError } from '../../core/errors.ts';
import type { Clock, Mutation, Store, Table } from '../../core/ports.ts';
import { MemoryStore } from '../../runtime/store/memory.ts';

export interface DiskOptions {
  readonly maxBytes: number;
  /** How long one flush takes. 0: everything is durable at once. */
  readonly flushMs: number;
  /** A table that is empty after a power cut, for a disk that does not keep what it promised. */
  readonly forgets?: Table | null;
  /** Why a batch is not taken, for a disk that refuses some; null when it is. */
  readonly refuses?: ((batch: readonly Mutation[]) => DataError | null) | null;
  /** Told of every batch that has become durable, in order. */
  readonly durable: (batch: readonly Mutation[]) => void;
}

export class SimDisk implements Store {
  readonly #options: DiskOptions;
  readonly #clock: Clock;
  readonly #store: MemoryStore;
  /** Batches that are not durable yet. */
  #waiting: (readonly Mutation[])[] = [];
  #flushing = false;
  #hasPower = true;

  /** @param clock the node's: a disk without power writes nothing */
  constructor(options: DiskOptions, clock: Clock, store = newStore(options)) {
    this.#options = options;
    this.#clock = clock;
    this.#store = store;
  }

  get pending(): boolean {
    return this.#store.pending;
  }

  get(table: Table, key: string): Uint8Array | undefined {
    return this.#store.get(table, key);
  }

  entries(table: Table): Iterable<readonly [string, Uint8Array]> {
    return this.#store.entries(table);
  }

  commit(batch: readonly Mutation[]): Promise<void> {
    // What a dying node still asks for is never answered.
    if (!this.#hasPower) return new Promise(() => {});
    const { flushMs, durable, refuses } = this.#options;
    const refusal = refuses?.(batch) ?? null;
    if (refusal !== null) return Promise.reject(refusal);
    const done = this.#store.commit(batch);
    if (flushMs === 0) {
      durable(batch);
    } else if (this.#store.pending) {
      this.#waiting.push(batch);
      this.#flush();
    }
    return done;
  }

  flushed(): Promise<void> {
    return this.#store.flushed();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /**
   * The power goes. What is found on the disk afterwards is everything durable, and as many of the waiting batches as `survivors` picks from
   * their number: a disk may have written what it had not yet confirmed.
   */
  crash(survivors: (waiting: number) => number): (clock: Clock) => SimDisk {
    this.#hasPower = false;
    const count = survivors(this.#waiting.length);
    for (const batch of this.#waiting.slice(0, count)) this.#options.durable(batch);
    this.#waiting = [];
    const left = this.#store.crash(count);
    if (this.#options.forgets != null) forget(left, this.#options.forgets, this.#options.durable);
    return (clock) => new SimDisk(this.#options, clock, left);
  }

  /** One flush after the other; each takes all that is there when it begins. */
  #flush(): void {
    if (this.#flushing || this.#waiting.length === 0) return;
    this.#flushing = true;
    const count = this.#waiting.length;
    this.#clock.setTimer(this.#options.flushMs, () => {
      this.#flushing = false;
      for (const batch of this.#waiting.splice(0, count)) this.#options.durable(batch);
      this.#store.flush(count);
      this.#flush();
    });
  }
}

/** Also the observer is told, for it watches what is really on the disk. */
function forget(store: MemoryStore, table: Table, durable: DiskOptions['durable']): void {
  const batch = [...store.entries(table)].map(([key]) => ({ table, key, value: null }));
  void store.commit(batch);
  store.flush();
  durable(batch);
}

function newStore({ maxBytes, flushMs }: DiskOptions): MemoryStore {
  return new MemoryStore({ maxBytes, flush: flushMs === 0 ? 'at-once' : 'manual' });
}
