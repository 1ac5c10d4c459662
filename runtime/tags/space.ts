/**
 * The tags of one node: a map from full names to records, with what it takes to keep it bounded.
 *
 * The same class is the VM worker's working copy and main's authoritative copy. It is a plain data structure: time comes
 * in as an argument, on one monotonic scale for both. Every change happens in a {@link TagSpace.transaction} or by
 * {@link TagSpace.apply}; rights are checked by its users, see `slice.ts` and `external.ts`.
 */
import { BugError } from '../../core/errors.ts';
import { Heap, type HeapItem } from '../../core/heap.ts';
import type { TagRecord } from '../../core/tags.ts';
import type { TagMutation } from '../worker/protocol.ts';
import { spaceOf } from './names.ts';
import { TagUsage } from './usage.ts';

interface Entry extends HeapItem {
  record: TagRecord;
  readonly bytes: number;
  /** Change set that wrote this record. */
  readonly sequence: number;
}

/** What a transaction did. */
export interface TagTransaction {
  /** Each changed name once, in the order of first change. */
  readonly mutations: readonly TagMutation[];
  /** Whether a durable tag was made, changed or removed. */
  readonly durable: boolean;
}

export class TagSpace {
  readonly usage = new TagUsage();
  readonly #entries = new Map<string, Entry>();
  /** Full names by name space, for listing. */
  readonly #spaces = new Map<string, Set<string>>();
  readonly #expiring = new Heap<Entry>((a, b) => (a.record.expiresAtMs ?? Infinity) < (b.record.expiresAtMs ?? Infinity));
  /** Entries before the open transaction, by name; null when none is open. */
  #before: Map<string, Entry | undefined> | null = null;
  #sequence = 0;
  #lastRemoval = 0;
  #lastChange = 0;
  #seen = 0;
  #version = 0;

  /** The last version number given out. One counter for all tags of the node, so a version is never repeated, also across delete and re-create. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The tag, unless it has expired. Counts as an observation, see {@link observed}. */
  read(name: string, nowMs: number): TagRecord | undefined {
    const entry = this.#entries.get(name);
    this.#seen = Math.max(this.#seen, entry === undefined ? this.#lastRemoval : entry.sequence);
    return entry !== undefined && isAlive(entry.record, nowMs) ? entry.record : undefined;
  }

  /** Full names in one name space (`io:`, `public:` or a code identity), in no particular order. Counts as an observation. */
  names(space: string): Iterable<string> {
    this.#seen = Math.max(this.#seen, this.#lastChange);
    return this.#spaces.get(space) ?? [];
  }

  /** All records, expired ones that are not yet collected included. */
  *records(): Iterable<TagRecord> {
    for (const entry of this.#entries.values()) yield entry.record;
  }

  /** The highest sequence number of a change that was observed since the last call. */
  observed(): number {
    const seen = this.#seen;
    this.#seen = 0;
    return seen;
  }

  /**
   * Runs `body`, whose {@link put} and {@link remove} take effect together. If it throws, nothing has happened and the
   * error goes on to the caller.
   *
   * @param sequence number of the change set that this becomes
   */
  transaction(sequence: number, body: () => void): TagTransaction {
    if (this.#before !== null) throw new BugError('nested-transaction', 'a tag transaction was begun inside another');
    const before = new Map<string, Entry | undefined>();
    const marks = [this.#version, this.#lastRemoval, this.#lastChange] as const;
    this.#before = before;
    this.#sequence = sequence;
    try {
      body();
    } catch (error) {
      for (const [name, entry] of before) this.#restore(name, entry);
      [this.#version, this.#lastRemoval, this.#lastChange] = marks;
      throw error;
    } finally {
      this.#before = null;
    }
    return this.#summary(before);
  }

  /** Sets a tag inside a transaction. `bytes` is the size of name and value. The record's version is the next one. */
  put(record: Omit<TagRecord, 'version'>, bytes: number): void {
    this.#remember(record.name);
    this.#version += 1;
    this.#lastChange = this.#sequence;
    this.#set({ record: { ...record, version: this.#version }, bytes, sequence: this.#sequence, heapIndex: -1 });
  }

  /** Removes a tag inside a transaction; nothing happens when there is none. */
  remove(name: string): void {
    if (!this.#entries.has(name)) return;
    this.#remember(name);
    this.#lastRemoval = this.#sequence;
    this.#lastChange = this.#sequence;
    this.#unset(name);
  }

  /** Size of a tag's name and value in bytes; 0 when there is none. */
  bytesOf(name: string): number {
    return this.#entries.get(name)?.bytes ?? 0;
  }

  /** Names of at most `most` tags whose time is over at `nowMs`, the longest dead first. Removing them is the caller's. */
  expired(nowMs: number, most: number): string[] {
    const names: string[] = [];
    const taken: Entry[] = [];
    for (let entry = this.#expiring.peek(); entry !== undefined && names.length < most; entry = this.#expiring.peek()) {
      if (isAlive(entry.record, nowMs)) break;
      this.#expiring.remove(entry);
      taken.push(entry);
      names.push(entry.record.name);
    }
    for (const entry of taken) this.#expiring.place(entry);
    return names;
  }

  /** Monotonic time at which the next tag expires; null when none will. */
  nextExpiryMs(): number | null {
    return this.#expiring.peek()?.record.expiresAtMs ?? null;
  }

  /**
   * Takes over changes that another copy decided, without asking anything.
   *
   * @param version that copy's last version number
   * @returns what undoes them, to be applied in this order
   */
  apply(mutations: readonly TagMutation[], version: number): TagMutation[] {
    const undo = mutations.map(({ name, durable }) => ({ name, record: this.#entries.get(name)?.record ?? null, durable })).reverse();
    for (const { name, record } of mutations) {
      if (record === null) this.#unset(name);
      else this.#set({ record, bytes: sizeOf(record), sequence: 0, heapIndex: -1 });
    }
    this.#version = Math.max(this.#version, version);
    return undo;
  }

  /** Fills an empty tag space. */
  load(records: readonly TagRecord[], version: number): void {
    this.apply(
      records.map((record) => ({ name: record.name, record, durable: record.durable })),
      version,
    );
  }

  #remember(name: string): void {
    if (this.#before === null) throw new BugError('no-transaction', `tag ${name} was changed outside a transaction`);
    if (!this.#before.has(name)) this.#before.set(name, this.#entries.get(name));
  }

  #restore(name: string, entry: Entry | undefined): void {
    if (entry === undefined) this.#unset(name);
    else this.#set({ ...entry, heapIndex: -1 });
  }

  #summary(before: ReadonlyMap<string, Entry | undefined>): TagTransaction {
    const mutations: TagMutation[] = [];
    let durable = false;
    for (const [name, old] of before) {
      const record = this.#entries.get(name)?.record ?? null;
      if (record === null && old === undefined) continue;
      const concernsStore = record?.durable === true || old?.record.durable === true;
      mutations.push({ name, record, durable: concernsStore });
      durable ||= concernsStore;
    }
    return { mutations, durable };
  }

  #set(entry: Entry): void {
    const { record } = entry;
    this.#unset(record.name);
    this.#entries.set(record.name, entry);
    const space = spaceOf(record.name);
    const names = this.#spaces.get(space);
    if (names === undefined) this.#spaces.set(space, new Set([record.name]));
    else names.add(record.name);
    if (record.owner !== null) this.usage.add(record.owner, entry.bytes);
    if (record.expiresAtMs !== null) this.#expiring.place(entry);
  }

  #unset(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    const space = spaceOf(name);
    const names = this.#spaces.get(space);
    names?.delete(name);
    if (names?.size === 0) this.#spaces.delete(space);
    if (entry.record.owner !== null) this.usage.remove(entry.record.owner, entry.bytes);
    this.#expiring.remove(entry);
  }
}

function isAlive(record: TagRecord, nowMs: number): boolean {
  return record.expiresAtMs === null || record.expiresAtMs > nowMs;
}

/** Size of a tag as the quotas count it: bytes of its full name and of its value's JSON text. */
function sizeOf(record: Pick<TagRecord, 'name' | 'value'>): number {
  return Buffer.byteLength(record.name) + Buffer.byteLength(JSON.stringify(record.value));
}
