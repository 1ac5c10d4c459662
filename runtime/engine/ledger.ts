/**
 * What main has applied but what is not yet certain: change sets and arrivals whose promise of durability is outstanding. Each
 * remembers how to take itself back.
 */
export interface Entry {
  /** The worker that it came from or went to. */
  readonly generation: number;
  /** Of a change set; 0 for what is none of the worker's. */
  readonly sequence: number;
  /** Undoes its effects on main's copies. Called in reverse order of application. */
  readonly undo: () => void;
  /** Called once it is certain. */
  readonly confirmed: () => void;
}

export class Ledger {
  /** In order of application, each with the last change set before it; a settled one leaves. */
  readonly #open = new Map<Entry, number>();
  #last = 0;
  #onEmpty: (() => void) | null = null;

  get size(): number {
    return this.#open.size;
  }

  /** Sequence number up to which every change set of the present worker is certain. */
  confirmedUpTo(): number {
    const [beforeOldest] = this.#open.values();
    return beforeOldest ?? this.#last;
  }

  add(entry: Entry): void {
    this.#open.set(entry, this.#last);
    if (entry.sequence > 0) this.#last = entry.sequence;
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

  /** Takes back an entry and all later ones, the last first. Earlier ones rest on nothing that failed. Returns how many there were. */
  takeBack(first: Entry): number {
    const open = [...this.#open.keys()];
    const failed = open.slice(open.indexOf(first));
    for (const entry of failed.toReversed()) {
      this.#open.delete(entry);
      entry.undo();
    }
    this.#checkEmpty();
    return failed.length;
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
