/**
 * Families that were killed: members that arrive later are refused until no member can be alive any more.
 *
 * A kill by an author only counts for families of that author, and a node may hear of it before it sees any member. So a
 * tombstone says by whose order it stands; whose the family is, its members show when they come.
 */
import type { FamilyId, Hash } from '../../core/ids.ts';
import type { Clock, Mutation, Store } from '../../core/ports.ts';

export class Tombstones {
  readonly #clock: Clock;
  readonly #max: number;
  /** Monotonic time until which each stands. */
  readonly #untilMs = new Map<string, number>();

  constructor(options: { readonly clock: Clock; readonly max: number }) {
    this.#clock = options.clock;
    this.#max = options.max;
  }

  get size(): number {
    return this.#untilMs.size;
  }

  /** Whether a member of this family, launched by the holder of `author`, is refused. */
  has(family: FamilyId, author: Hash): boolean {
    return this.#stands(keyOf(family, null)) || this.#stands(keyOf(family, author));
  }

  /**
   * @param author on whose order: the author's key hash, or null for an operator's, which counts for every family
   * @param leftMs how long members of the family may still live.
   * @returns what to commit. When the table is full, the tombstone that would end first gives way.
   */
  add(family: FamilyId, author: Hash | null, leftMs: number): readonly Mutation[] {
    const key = keyOf(family, author);
    const mutations: Mutation[] = [...this.sweep()];
    const untilMs = Math.max(this.#untilMs.get(key) ?? 0, this.#clock.monotonicMs() + leftMs);
    if (!this.#untilMs.has(key) && this.#untilMs.size >= this.#max) {
      const first = [...this.#untilMs].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
      this.#untilMs.delete(first[0]);
      mutations.push({ table: 'tombstones', key: first[0], value: null });
    }
    this.#untilMs.set(key, untilMs);
    mutations.push({ table: 'tombstones', key, value: Buffer.from(JSON.stringify(Math.ceil(leftMs))) });
    return mutations;
  }

  /** Forgets those that are over; returns what to commit. */
  sweep(): readonly Mutation[] {
    const nowMs = this.#clock.monotonicMs();
    const mutations: Mutation[] = [];
    for (const [family, untilMs] of this.#untilMs) {
      if (untilMs > nowMs) continue;
      this.#untilMs.delete(family);
      mutations.push({ table: 'tombstones', key: family, value: null });
    }
    return mutations;
  }

  /**
   * After a restart each stands for its whole time again: members elsewhere may have been frozen as long as this node was down.
   * @param longestMs for a record that cannot be read.
   */
  load(store: Store, longestMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [family, value] of store.entries('tombstones')) {
      const stored = Number(Buffer.from(value).toString('utf8'));
      this.#untilMs.set(family, nowMs + (Number.isFinite(stored) ? stored : longestMs));
    }
  }

  #stands(key: string): boolean {
    const untilMs = this.#untilMs.get(key);
    return untilMs !== undefined && untilMs > this.#clock.monotonicMs();
  }
}

function keyOf(family: FamilyId, author: Hash | null): string {
  return author === null ? family : `${family}/${author}`;
}
