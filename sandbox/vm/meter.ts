import type { Clock } from '../../core/ports.ts';

/**
 * Time, as a sandbox sees it. `threadCpuMs` is the CPU time of the thread that runs the sandbox, on a scale of its own;
 * where the platform has none, monotonic time is charged, which counts the time that other processes took as well.
 */
export interface SliceClock extends Pick<Clock, 'monotonicMs'> {
  threadCpuMs?(): number;
  /** Steps in a millisecond of a processor that exists in a simulation only: then a slice is charged for its steps, which repeat exactly. */
  readonly stepsPerMs?: number;
}

/**
 * A step is one turn of a loop or one call, give or take a factor of two. No processor makes more of them in a millisecond
 * of QuickJS, so a clock that stands still does not make a slice endless.
 */
const STEPS_PER_MS = 200_000;
/** The steps between two interrupts: few at first, then as many as fit into the pace, but never so many that slow native operations add up. */
const FIRST_STEPS = 32;
const MOST_STEPS = 1024;
const PACE_MS = 0.2;
/** Only from here on it is worth asking for the thread's CPU time at an interrupt, which costs some microseconds. */
const SHORT_MS = 1;

/** Charges one slice after the other for its CPU time. */
export class Meter {
  readonly #clock: SliceClock;
  #startMs = 0;
  #lastMs = 0;
  /** What `threadCpuMs` said at the slice's start. */
  #cpuStartMs = 0;
  #limitMs = 0;
  #interrupts = 0;
  #steps = 0;
  #nextSteps = FIRST_STEPS;
  #exhausted = false;

  constructor(clock: SliceClock) {
    this.#clock = clock;
  }

  /** Begins a slice. Returns after how many steps to ask first. */
  start(limitMs: number): number {
    this.#limitMs = limitMs;
    this.#cpuStartMs = this.#clock.threadCpuMs?.() ?? 0;
    this.#interrupts = 0;
    this.#steps = 0;
    this.#nextSteps = FIRST_STEPS;
    this.#exhausted = false;
    this.#startMs = this.#clock.monotonicMs();
    this.#lastMs = this.#startMs;
    return FIRST_STEPS;
  }

  /** Called at each interrupt. Returns after how many steps to ask again, 0 from the moment on at which the time is used up. */
  check(): number {
    const nowMs = this.#clock.monotonicMs();
    this.#interrupts += 1;
    this.#steps += this.#nextSteps;
    this.#exhausted ||= this.#steps > this.#limitMs * STEPS_PER_MS || this.#spentMs(nowMs) > this.#limitMs;
    if (this.#exhausted) return 0;
    if (this.#clock.stepsPerMs !== undefined) return (this.#nextSteps = MOST_STEPS);
    const factor = PACE_MS / Math.max(nowMs - this.#lastMs, PACE_MS / 8);
    this.#nextSteps = Math.max(1, Math.min(MOST_STEPS, Math.floor(this.#nextSteps * factor)));
    this.#lastMs = nowMs;
    return this.#nextSteps;
  }

  /** Ends the slice early: every following check answers 0. */
  exhaust(): void {
    this.#exhausted = true;
  }

  get limitMs(): number {
    return this.#limitMs;
  }

  get exhausted(): boolean {
    return this.#exhausted;
  }

  get interrupts(): number {
    return this.#interrupts;
  }

  /** CPU time of the slice so far, milliseconds with a fraction. */
  spentMs(): number {
    return this.#spentMs(this.#clock.monotonicMs());
  }

  #spentMs(nowMs: number): number {
    if (this.#clock.stepsPerMs !== undefined) return this.#steps / this.#clock.stepsPerMs;
    const elapsedMs = nowMs - this.#startMs;
    if (elapsedMs < SHORT_MS) return elapsedMs;
    const cpuMs = this.#clock.threadCpuMs?.();
    if (cpuMs === undefined) return elapsedMs;
    // Operating systems count a running thread's time in ticks, so that it may seem to run late or faster than time itself.
    return Math.min(elapsedMs, Math.max(0, cpuMs - this.#cpuStartMs));
  }
}
