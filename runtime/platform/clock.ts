/** The real clock. */
import type { Clock, Timer } from '../../core/ports.ts';

/** Node turns longer delays into 1 ms, so a long delay is slept in pieces. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

class SystemTimer implements Timer {
  readonly #callback: () => void;
  #remainingMs: number;
  #handle: NodeJS.Timeout | undefined;

  constructor(delayMs: number, callback: () => void) {
    this.#callback = callback;
    this.#remainingMs = Math.max(0, delayMs);
    this.#sleep();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #sleep(): void {
    const pieceMs = Math.min(this.#remainingMs, LONGEST_DELAY_MS);
    this.#remainingMs -= pieceMs;
    this.#handle = setTimeout(() => (this.#remainingMs > 0 ? this.#sleep() : this.#callback()), pieceMs);
    this.#handle.unref();
  }
}

/**
 * `performance.now()` starts at zero in every thread; the process's threads must agree on time, so it counts from the system's
 * own zero. A thread that is interrupted between the two looks gets too small a difference: the greatest of several is the best.
 */
const threadStartMs = Math.max(...Array.from({ length: 32 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()));

export const systemClock: Clock = {
  monotonicMs: () => threadStartMs + performance.now(),
  wallMs: () => Date.now(),
  setTimer: (delayMs, callback) => new SystemTimer(delayMs, callback),
};
