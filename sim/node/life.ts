/** One power-on to power-off of a simulated node: its clock, and the wall between a dead node and the world. */
import type { Clock, Timer } from '../../core/ports.ts';

/** Ends the call in which a node dies. Whoever catches it is dead already. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

export class Life implements Clock {
  readonly #clock: Clock;
  readonly #bornMs: number;
  /** How far its wall clock is from the world's; somebody may set it. */
  skewMs: number;
  #alive = true;

  constructor(clock: Clock, skewMs: number) {
    this.#clock = clock;
    this.#bornMs = clock.monotonicMs();
    this.skewMs = skewMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  end(): void {
    this.#alive = false;
  }

  /** Lets the node do something, unless it is dead. What it throws while it dies is nobody's business any more. */
  act(action: () => void): void {
    if (!this.#alive) return;
    try {
      action();
    } catch (error) {
      if (this.#alive) throw error;
    }
  }

  /** Since the power came on. */
  monotonicMs(): number {
    return this.#clock.monotonicMs() - this.#bornMs;
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.skewMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs, () => this.act(callback));
  }
}
