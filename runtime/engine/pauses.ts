/** How long programs rest after the store has failed: what failed now fails again a moment later, and every try costs a worker. */
import type { Limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

export class Pauses {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: Pick<Limits, 'commitRetryMs' | 'commitRetryMaxMs'>;
  #latestMs = 0;
  #latestEndMs = -Infinity;

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: Pick<Limits, 'commitRetryMs' | 'commitRetryMaxMs'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The pause after a failure that happens now, milliseconds: twice the one before, or a short one when all was well for as long as the longest. */
  next(): number {
    const { commitRetryMs, commitRetryMaxMs } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const wasWell = nowMs - this.#latestEndMs > commitRetryMaxMs;
    this.#latestMs = wasWell ? commitRetryMs : Math.min(2 * this.#latestMs, commitRetryMaxMs);
    this.#latestEndMs = nowMs + this.#latestMs;
    return this.#latestMs;
  }
}
