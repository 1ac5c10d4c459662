/** What a simulated node's processor costs in virtual time. It has one core, and what is asked of it is done in order. */
import type { Clock } from '../../core/ports.ts';

/**
 * How long things take on a node. The numbers of real machines are measured ones; a simulation of an unknown machine states its own.
 * All are milliseconds of the node's processor.
 */
export interface CpuCosts {
  /** Every slice: putting back the memory image, decoding and capturing the state. */
  readonly sliceMs: number;
  /** Interpreter steps (turns of loops, calls) in a millisecond of a slice. */
  readonly stepsPerMs: number;
  /** Every message that is received: decoding, checking, and what follows from it. */
  readonly messageMs: number;
  /** Every kilobyte of it. */
  readonly kilobyteMs: number;
}

/** A processor for which only programs are work: the messages cost the network's time alone. The fastest to simulate. */
export const IDEAL_CPU: CpuCosts = { sliceMs: 0, stepsPerMs: 20_000, messageMs: 0, kilobyteMs: 0 };

export class NodeCpu {
  readonly costs: CpuCosts;
  readonly #clock: Clock;
  readonly #worked: (ms: number) => void;
  #freeAtMs = 0;
  #usedMs = 0;

  /** @param worked told of all work when it is asked for, which may be before it is done */
  constructor(costs: CpuCosts, clock: Clock, worked: (ms: number) => void) {
    this.costs = costs;
    this.#clock = clock;
    this.#worked = worked;
  }

  /** Total work done, for energy and utilisation. */
  get usedMs(): number {
    return this.#usedMs;
  }

  /** Occupies the processor as soon as it is free. Returns in how many milliseconds from now that is over; 0 when it is at once. */
  spend(ms: number): number {
    const nowMs = this.#clock.monotonicMs();
    this.#usedMs += ms;
    this.#worked(ms);
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + ms;
    return this.#freeAtMs - nowMs;
  }

  /** In how many milliseconds it is free. */
  freeInMs(): number {
    return Math.max(0, this.#freeAtMs - this.#clock.monotonicMs());
  }
}
