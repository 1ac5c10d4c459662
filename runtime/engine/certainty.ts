/**
 * From applied to certain: follows what the ledger holds until its promise is settled, and gives the worker credit for every change set
 * up to which all is certain.
 */
import { Ledger, type Entry } from './ledger.ts';

export interface CertaintyOptions {
  /** Of the present worker. */
  readonly generation: () => number;
  /** So many change sets become certain before the worker is told: it need not be woken for each. */
  readonly setsPerCredit: number;
  /** Every change set of the present worker up to this number is certain. */
  readonly credit: (sequence: number) => void;
  /** A promise was rejected; nothing is taken back yet. */
  readonly failed: (entry: Entry, error: unknown) => void;
}

export class Certainty {
  readonly #options: CertaintyOptions;
  readonly #ledger = new Ledger();
  #credited = 0;

  constructor(options: CertaintyOptions) {
    this.#options = options;
  }

  /** A new worker begins to count. */
  restart(): void {
    this.#credited = 0;
  }

  /** Enters something that is applied. */
  add(entry: Entry): void {
    this.#ledger.add(entry);
  }

  /** What was entered becomes certain with a promise, or fails with it; at once when there is nothing to wait for. */
  follow(entry: Entry, certain: Promise<void> | undefined): void {
    if (certain === undefined) return this.#confirm(entry);
    certain.then(
      () => this.#confirm(entry),
      (error: unknown) => this.#options.failed(entry, error),
    );
  }

  /** See {@link Ledger.takeBack}; null when the entry has been taken back before. */
  takeBack(entry: Entry): number | null {
    return this.#ledger.has(entry) ? this.#ledger.takeBack(entry) : null;
  }

  /** See {@link Ledger.whenEmpty}. */
  whenAllIsCertain(callback: () => void): void {
    this.#ledger.whenEmpty(callback);
  }

  #confirm(entry: Entry): void {
    const { generation, setsPerCredit, credit } = this.#options;
    this.#ledger.settle(entry);
    const confirmed = this.#ledger.confirmedUpTo();
    if (entry.generation !== generation() || confirmed - this.#credited < setsPerCredit) return;
    this.#credited = confirmed;
    credit(confirmed);
  }
}
