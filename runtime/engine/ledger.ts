/**
 * Change sets that main has applied but that are not yet certain: their promise of durability is outstanding. Each
 * remembers how to take itself back.
 */
import type { ChangeSet } from '../worker/protocol.ts';

export interface Entry {
  readonly set: ChangeSet;
  /** Undoes this set's effects on main's copies. Called in reverse order of application. */
  readonly undo: () => void;
  /** Called once it is certain. */
  readonly confirmed: () => void;
}

export class Ledger {
  /** In order of application; a settled one leaves. */
  readonly #open = new Set<Entry>();
  #last = 0;
  #onEmpty: (() => void) | null = null;

  get size(): number {
    return this.#open.size;
  }

  /** Sequence number up to which every change set of the present worker is certain. */
  confirmedUpTo(): number {
    const [oldest] = this.#open;
    return oldest === undefined ? this.#last : oldest.set.sequence - 1;
  }

  add(entry: Entry): void {
    this.#open.add(entry);
    if (entry.set.sequence > 0) this.#last = entry.set.sequence;
  }

  /** An entry is certain. Nothing happens when it was taken back before. */
  settle(entry: Entry): void {
    if (!this.#open.delete(entry)) return;
    entry.confirmed();
    this.#checkEmpty();
  }

  has(entry: Entry): boolean {
    return this.#open.has(entry);
  }

  /** Takes back everything that is not certain, the last first. Returns it in order of application. */
  takeBack(): Entry[] {
    const uncertain = [...this.#open];
    this.#open.clear();
    for (const entry of uncertain.toReversed()) entry.undo();
    this.#checkEmpty();
    return uncertain;
  }

  /** Calls `callback` once when nothing is uncertain, at once if that is so; then numbering begins anew. Replaces an earlier callback. */
  whenEmpty(callback: () => void): void {
    this.#onEmpty = () => {
      this.#last = 0;
      callback();
    };
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    if (this.#open.size > 0 || this.#onEmpty === null) return;
    const callback = this.#onEmpty;
    this.#onEmpty = null;
    callback();
  }
}
