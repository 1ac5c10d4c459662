/** Numbers the worker's change sets, and counts how many main has not yet taken note of. */
import type { ChangeSet, FromWorker } from './protocol.ts';

/** A change set before it is numbered; what is left out is none. */
export type Step = Pick<ChangeSet, 'atMs'> & Partial<Omit<ChangeSet, 'atMs' | 'generation' | 'sequence' | 'version'>>;

export interface OutboxOptions {
  readonly generation: number;
  /** Change sets that may be on their way at a time. */
  readonly most: number;
  /** The last version number given to a tag. */
  readonly version: () => number;
  readonly send: (message: FromWorker) => void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  #sequence = 0;
  #credited = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** The number that the next change set will have. */
  get next(): number {
    return this.#sequence + 1;
  }

  /** Whether main has to catch up before more work is done. */
  get full(): boolean {
    return this.#sequence - this.#credited >= this.#options.most;
  }

  credit(sequence: number): void {
    this.#credited = sequence;
  }

  send(step: Step): void {
    const { generation, version, send } = this.#options;
    const { atMs, slice = null, request = null, refused = null, tags = [], woken = [], dependsOn = 0, touchedDurable = false } = step;
    this.#sequence += 1;
    const numbers = { generation, sequence: this.#sequence, atMs, version: version() };
    send({ type: 'changes', set: { ...numbers, slice, request, refused, tags, woken, dependsOn, touchedDurable } });
  }
}
