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

/** What is known of a tag. */
interface Content {
  readonly record: TagRecord;
  readonly bytes: number;
  /** Change set that wrote this record. */
  readonly sequence: number;
}

/** The place of a tag, which it keeps while its content changes. */
interface Entry extends HeapItem {
  content: Content;
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
  readonly #expiring = new Heap<Entry>((a, b) => (a.content.record.expiresAtMs ?? Infinity) < (b.content.record.expiresAtMs ?? Infinity));
  /** What was there before the open transaction, by name; null when none is open. */
  #before: Map<string, Content | undefined> | null = null;
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
    const content = this.#entries.get(name)?.content;
    this.#seen = Math.max(this.#seen, content === undefined ? this.#lastRemoval : content.sequence);
    return content !== undefined && isAlive(content.record, nowMs) ? content.record : undefined;
  }

  /** Full names in one name space (`io:`, `public:` or a code identity), in no particular order. Counts as an observation. */
  names(space: string): Iterable<string> {
    this.#seen = Math.max(this.#seen, this.#lastChange);
    return this.#spaces.get(space) ?? [];
  }

  /** All records, expired ones that are not yet collected included. */
  *records(): Iterable<TagRecord> {
    for (const { content } of this.#entries.values()) yield content.record;
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
    const before = new Map<string, Content | undefined>();
    const marks = [this.#version, this.#lastRemoval, this.#lastChange] as const;
    this.#before = before;
    this.#sequence = sequence;
    try {
      body();
    } catch (error) {
      for (const [name, content] of before) {
        if (content === undefined) this.#unset(name);
        else this.#set(content);
      }
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
    this.#set({ record: { ...record, version: this.#version }, bytes, sequence: this.#sequence });
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
    return this.#entries.get(name)?.content.bytes ?? 0;
  }

  /** Names of at most `most` tags whose time is over at `nowMs`, the longest dead first. Removing them is the caller's. */
  expired(nowMs: number, most: number): string[] {
    const names: string[] = [];
    const taken: Entry[] = [];
    for (let entry = this.#expiring.peek(); entry !== undefined && names.length < most; entry = this.#expiring.peek()) {
      const { record } = entry.content;
      if (isAlive(record, nowMs)) break;
      this.#expiring.remove(entry);
      taken.push(entry);
      names.push(record.name);
    }
    for (const entry of taken) this.#expiring.place(entry);
    return names;
  }

  /** Monotonic time at which the next tag expires; null when none will. */
  nextExpiryMs(): number | null {
    return this.#expiring.peek()?.content.record.expiresAtMs ?? null;
  }

  /**
   * Takes over changes that another copy decided, without asking anything.
   *
   * @param version that copy's last version number
   * @returns what undoes them, to be applied in this order
   */
  apply(mutations: readonly TagMutation[], version: number): TagMutation[] {
    const undo = mutations
      .map(({ name, durable }) => ({ name, record: this.#entries.get(name)?.content.record ?? null, durable }))
      .reverse();
    for (const { name, record } of mutations) {
      if (record === null) this.#unset(name);
      else this.#set({ record, bytes: sizeOf(record), sequence: 0 });
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
    if (!this.#before.has(name)) this.#before.set(name, this.#entries.get(name)?.content);
  }

  #summary(before: ReadonlyMap<string, Content | undefined>): TagTransaction {
    const mutations: TagMutation[] = [];
    let durable = false;
    for (const [name, old] of before) {
      const record = this.#entries.get(name)?.content.record ?? null;
      if (record === null && old === undefined) continue;
      const concernsStore = record?.durable === true || old?.record.durable === true;
      mutations.push({ name, record, durable: concernsStore });
      durable ||= concernsStore;
    }
    return { mutations, durable };
  }

  #set(content: Content): void {
    const { record, bytes } = content;
    const entry = this.#entries.get(record.name);
    if (entry === undefined) return this.#add(content);
    const old = entry.content;
    entry.content = content;
    if (record.owner !== old.record.owner) {
      this.#discount(old);
      this.#count(content);
    } else if (record.owner !== null && bytes !== old.bytes) this.usage.resize(record.owner, bytes - old.bytes);
    if (record.expiresAtMs !== old.record.expiresAtMs) this.#schedule(entry);
  }

  #add(content: Content): void {
    const { name } = content.record;
    const entry = { content, heapIndex: -1 };
    this.#entries.set(name, entry);
    const space = spaceOf(name);
    const names = this.#spaces.get(space);
    if (names === undefined) this.#spaces.set(space, new Set([name]));
    else names.add(name);
    this.#count(content);
    this.#schedule(entry);
  }

  #unset(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    const space = spaceOf(name);
    const names = this.#spaces.get(space);
    names?.delete(name);
    if (names?.size === 0) this.#spaces.delete(space);
    this.#discount(entry.content);
    this.#expiring.remove(entry);
  }

  #count({ record, bytes }: Content): void {
    if (record.owner !== null) this.usage.add(record.owner, bytes);
  }

  #discount({ record, bytes }: Content): void {
    if (record.owner !== null) this.usage.remove(record.owner, bytes);
  }

  #schedule(entry: Entry): void {
    if (entry.content.record.expiresAtMs === null) this.#expiring.remove(entry);
    else this.#expiring.place(entry);
  }
}

function isAlive(record: TagRecord, nowMs: number): boolean {
  return record.expiresAtMs === null || record.expiresAtMs > nowMs;
}

/** Size of a tag as the quotas count it: bytes of its full name and of its value's JSON text. */
function sizeOf(record: Pick<TagRecord, 'name' | 'value'>): number {
  return Buffer.byteLength(record.name) + Buffer.byteLength(JSON.stringify(record.value));
}
