/**
 * Tells a worker that is stuck in native code from one that is merely slow.
 *
 * The worker's heartbeat says whether it is in a slice, and shows progress whenever the sandbox has a chance to stop the
 * slice by itself. Time without progress is counted in CPU time of the process between two looks, and no look counts for more than
 * `longestLookMs`: a machine that slept, or was too busy to run us, made nobody stuck, because in that time the process had no CPU time
 * either. Since other threads' CPU time is in it, and a thread can also be stuck without using the processor, two further
 * rules stand beside it: ten times as much wall time without progress is too much, and so is ten times as much CPU time in one
 * slice whatever progress it shows.
 */
import { HEARTBEAT } from '../worker/protocol.ts';

export interface WatchdogOptions {
  readonly watchdogMs: number;
  /** How often {@link Watchdog.look} is called. */
  readonly intervalMs: number;
}

/** What a look at the heartbeat showed. */
export type Sighting = { readonly stuck: false } | { readonly stuck: true; readonly seat: number; readonly detail: string };

const FINE: Sighting = { stuck: false };
const PATIENCE = 10;

export class Watchdog {
  readonly #watchdogMs: number;
  readonly #longestLookMs: number;
  #slice = 0;
  #progress = 0;
  #lastMs: number | null = null;
  #lastCpuMs = 0;
  /** Since the last progress, and since the slice was first seen. */
  #idleCpuMs = 0;
  #idleMs = 0;
  #sliceCpuMs = 0;

  constructor(options: WatchdogOptions) {
    this.#watchdogMs = options.watchdogMs;
    this.#longestLookMs = 2 * options.intervalMs;
  }

  /**
   * @param nowMs monotonic time
   * @param cpuMs CPU time of the process
   */
  look(heartbeat: Int32Array, nowMs: number, cpuMs: number): Sighting {
    const slice = Atomics.load(heartbeat, HEARTBEAT.slice);
    const progress = Atomics.load(heartbeat, HEARTBEAT.progress);
    const elapsedMs = this.#lastMs === null ? 0 : Math.min(nowMs - this.#lastMs, this.#longestLookMs);
    const usedMs = Math.min(cpuMs - this.#lastCpuMs, elapsedMs);
    this.#lastMs = nowMs;
    this.#lastCpuMs = cpuMs;
    const sameSlice = slice === this.#slice && slice % 2 !== 0;
    const noProgress = sameSlice && progress === this.#progress;
    this.#slice = slice;
    this.#progress = progress;
    this.#sliceCpuMs = sameSlice ? this.#sliceCpuMs + usedMs : 0;
    this.#idleCpuMs = noProgress ? this.#idleCpuMs + usedMs : 0;
    this.#idleMs = noProgress ? this.#idleMs + elapsedMs : 0;
    const detail = this.#verdict();
    return detail === null ? FINE : { stuck: true, seat: Atomics.load(heartbeat, HEARTBEAT.seat), detail };
  }

  #verdict(): string | null {
    if (this.#idleCpuMs > this.#watchdogMs)
      return `its slice ran ${Math.round(this.#idleCpuMs)} ms of CPU time in native code that cannot be interrupted`;
    if (this.#idleMs > PATIENCE * this.#watchdogMs) return `its slice did nothing for ${Math.round(this.#idleMs)} ms`;
    if (this.#sliceCpuMs > PATIENCE * this.#watchdogMs)
      return `its slice did not end within ${Math.round(this.#sliceCpuMs)} ms of CPU time`;
    return null;
  }
}
