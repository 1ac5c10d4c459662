/**
 * The store of diskless nodes and of tests: the same contract as the one on disk, for as long as the process lives.
 *
 * With `flush: 'at-once'` every batch counts as durable when it is committed. With `flush: 'manual'` batches stay pending
 * until {@link MemoryStore.flush}; {@link MemoryStore.crash} then loses what a power cut would lose.
 */
import { DataError } from '../../core/errors.ts';
import type { Mutation, Store, Table } from '../../core/ports.ts';
import { PendingValues } from './table-view.ts';
import { Usage } from './usage.ts';

type Tables = Map<Table, Map<string, Uint8Array>>;

interface PendingBatch {
  readonly mutations: readonly Mutation[];
  readonly growth: number;
  readonly group: number;
  readonly resolve: () => void;
  readonly reject: (error: DataError) => void;
}

export interface MemoryStoreOptions {
  readonly maxBytes: number;
  readonly flush: 'at-once' | 'manual';
}

export class MemoryStore implements Store {
  private readonly options: MemoryStoreOptions;
  private readonly tables: Tables;
  private readonly overlay = new PendingValues();
  private readonly usage: Usage;
  private waiting: PendingBatch[] = [];
  private lastPromise: Promise<void> = Promise.resolve();
  private groups = 0;
  private closed = false;

  constructor(options: MemoryStoreOptions, tables: Tables = new Map()) {
    this.options = options;
    this.tables = tables;
    this.usage = new Usage(options.maxBytes);
    for (const entries of tables.values()) for (const [key, value] of entries) this.usage.found(key, value);
  }

  get pending(): boolean {
    return this.waiting.length > 0;
  }

  get(table: Table, key: string): Uint8Array | undefined {
    const value = this.overlay.get(table, key);
    return value === undefined ? this.tables.get(table)?.get(key) : (value ?? undefined);
  }

  *entries(table: Table): Iterable<readonly [string, Uint8Array]> {
    const overlay = this.overlay.of(table);
    for (const [key, value] of this.tables.get(table) ?? []) if (!overlay.has(key)) yield [key, value];
    for (const [key, value] of overlay) if (value !== null) yield [key, value];
  }

  commit(batch: readonly Mutation[]): Promise<void> {
    if (this.closed) return Promise.reject(new DataError('store-closed', 'the store is closed'));
    let growth: number;
    try {
      growth = this.usage.growth(batch, (table, key) => this.get(table, key));
    } catch (error) {
      return Promise.reject(error as DataError);
    }
    this.usage.add(growth);
    const group = ++this.groups;
    if (this.options.flush === 'at-once') {
      this.apply(batch);
      return Promise.resolve();
    }
    for (const mutation of batch) this.overlay.put(mutation, group);
    this.lastPromise = new Promise((resolve, reject) => {
      this.waiting.push({ mutations: batch, growth, group, resolve, reject });
    });
    return this.lastPromise;
  }

  flushed(): Promise<void> {
    return this.pending ? this.lastPromise : Promise.resolve();
  }

  close(): Promise<void> {
    this.flush();
    this.closed = true;
    return Promise.resolve();
  }

  /** Makes the first `batches` pending batches durable, all without a number. */
  flush(batches: number = this.waiting.length): void {
    for (const { mutations, group, resolve } of this.waiting.splice(0, batches)) {
      this.apply(mutations);
      this.overlay.settle(mutations, group);
      resolve();
    }
  }

  /** Rejects everything pending, as a disk does that turns out to be full. Nothing of it is visible afterwards. */
  failPending(error: DataError = new DataError('store-full', 'the disk is full')): void {
    const failed = this.waiting.splice(0);
    this.overlay.clear();
    for (const { growth } of failed) this.usage.add(-growth);
    for (const { reject } of failed) reject(error);
  }

  /**
   * Ends this store as a power cut would and returns what is found after the restart: everything durable, and the first
   * `survivors` of the pending batches, for a disk that had written them without having said so. Pending promises never settle.
   */
  crash(survivors = 0): MemoryStore {
    for (const { mutations } of this.waiting.splice(0, survivors)) this.apply(mutations);
    this.waiting = [];
    this.closed = true;
    return new MemoryStore(this.options, this.tables);
  }

  private apply(mutations: readonly Mutation[]): void {
    for (const { table, key, value } of mutations) {
      if (value === null) this.table(table).delete(key);
      else this.table(table).set(key, value);
    }
  }

  /** Made at its first use: a simulated network has thousands of stores, most of them all but empty. */
  private table(table: Table): Map<string, Uint8Array> {
    let entries = this.tables.get(table);
    if (entries === undefined) this.tables.set(table, (entries = new Map()));
    return entries;
  }
}
