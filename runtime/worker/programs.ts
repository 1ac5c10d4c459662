/** Programs the worker holds, and Smart Messages that wait for one. */
import type { Hash } from '../../core/ids.ts';
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import type { Resident } from '../scheduler/resident.ts';
import type { Program } from './protocol.ts';

/** A resident that was to run, and what it was to be told. */
export interface Stalled {
  readonly resident: Resident;
  readonly events: readonly ResumeEvent[];
}

export class Programs {
  /** In order of use, the longest unused first. */
  readonly #held = new Map<Hash, Program>();
  readonly #stalled = new Map<Hash, Stalled[]>();
  readonly #most: number;
  readonly #ask: (hash: Hash) => void;

  constructor(most: number, ask: (hash: Hash) => void) {
    this.#most = most;
    this.#ask = ask;
  }

  get(hash: Hash): Program | undefined {
    const program = this.#held.get(hash);
    if (program === undefined) return undefined;
    this.#held.delete(hash);
    this.#held.set(hash, program);
    return program;
  }

  /** Sets a resident aside until its program has come. */
  stall(stalled: Stalled): void {
    const hash = stalled.resident.charter.principal.code;
    const waiting = this.#stalled.get(hash);
    if (waiting !== undefined) {
      waiting.push(stalled);
      return;
    }
    this.#stalled.set(hash, [stalled]);
    this.#ask(hash);
  }

  /** The answer has come; null when nobody has the program. Returns who waited for it. */
  arrived(hash: Hash, program: Program | null): readonly Stalled[] {
    if (program !== null) this.#held.set(hash, program);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= this.#most) break;
      this.#held.delete(oldest);
    }
    const waiting = this.#stalled.get(hash) ?? [];
    this.#stalled.delete(hash);
    return waiting;
  }
}
