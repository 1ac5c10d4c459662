/** Batches that are committed but not yet durable, laid over the tables below them. */
import type { Mutation, Table } from '../../core/ports.ts';

interface Pending {
  readonly value: Uint8Array | null;
  /** The group that carries it; a later group may carry a newer value. */
  readonly group: number;
}

/** The latest uncommitted value of each key, so that a batch is visible at once. */
export class PendingValues {
  private readonly tables = new Map<Table, Map<string, Pending>>();

  put(mutation: Mutation, group: number): void {
    let keys = this.tables.get(mutation.table);
    if (keys === undefined) this.tables.set(mutation.table, (keys = new Map()));
    keys.set(mutation.key, { value: mutation.value, group });
  }

  /** The pending value, null for a pending deletion, undefined when nothing is pending for this key. */
  get(table: Table, key: string): Uint8Array | null | undefined {
    return this.tables.get(table)?.get(key)?.value;
  }

  /** Everything pending in one table; safe to keep while batches come and go. */
  of(table: Table): ReadonlyMap<string, Uint8Array | null> {
    const values = new Map<string, Uint8Array | null>();
    for (const [key, pending] of this.tables.get(table) ?? []) values.set(key, pending.value);
    return values;
  }

  /** Forgets what `group` carried, unless a later group has replaced it. */
  settle(mutations: readonly Mutation[], group: number): void {
    for (const { table, key } of mutations) {
      const keys = this.tables.get(table);
      if (keys?.get(key)?.group === group) keys.delete(key);
    }
  }

  clear(): void {
    this.tables.clear();
  }
}
