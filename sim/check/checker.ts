/** What every checker is, and what it says when a promise was broken. */
import { LIMITS } from '../../core/limits.ts';
import type { Observer } from '../node/environment.ts';
import type { World } from '../world.ts';

/** A promise that was broken. */
export interface Violation {
  readonly checker: string;
  /** Virtual time. */
  readonly atMs: number;
  readonly text: string;
}

export class Violations {
  readonly list: Violation[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(checker: string, text: string): void {
    if (this.list.length >= LIMITS.simViolations) return;
    this.list.push({ checker, atMs: this.#nowMs(), text });
  }
}

/** Watches one promise. Finding fault is all it may do: it changes nothing in the world. */
export interface Checker {
  readonly observer?: Observer;
  /** Looks at the nodes now and then. */
  readonly sample?: (world: World) => void;
  /** Looks at them when everybody is up and connected, and time enough has passed for everything to settle. */
  readonly atRest?: (world: World) => void;
}
