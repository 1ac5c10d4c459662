/** One device in the registry: its calls run one at a time, within bounds of time and number. */
import { DataError, RefusedError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

interface Call {
  readonly timeoutMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly abandon: (error: Error) => void;
}

export class Device {
  readonly #clock: Clock;
  readonly #name: string;
  readonly #maxQueued: number;
  readonly #queue: Call[] = [];
  #busy = false;
  #closed = false;
  /** The driver was told to let go of a call and has not. */
  #stuck = false;
  #abort: AbortController | undefined;

  constructor(options: { readonly clock: Clock; readonly name: string; readonly maxQueued: number }) {
    this.#clock = options.clock;
    this.#name = options.name;
    this.#maxQueued = options.maxQueued;
  }

  /**
   * Runs `work` after all calls before it. Its time counts from when it begins.
   * Throws RefusedError `queue-full` when too many calls wait, DataError `driver-timeout` when it takes too long (the next
   * call begins only when the driver has let go of it; until then all calls fail with `driver-stuck`), RefusedError `shutting-down` after `close`, or what `work` throws.
   */
  call<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closing(this.#name));
    if (this.#stuck) return Promise.reject(stuck(this.#name));
    if (this.#queue.length >= this.#maxQueued) {
      const message = `${this.#name} has ${this.#queue.length} calls waiting, the limit`;
      return Promise.reject(new RefusedError('queue-full', message, { retryAfterMs: timeoutMs }));
    }
    return new Promise<T>((resolve, reject) => {
      const run = (signal: AbortSignal) => work(signal).then(resolve, reject);
      this.#queue.push({ timeoutMs, run, abandon: reject });
      if (!this.#busy) void this.#drain();
    });
  }

  /** Ends the running call and every waiting one. */
  close(): void {
    this.#closed = true;
    this.#abort?.abort(closing(this.#name));
    this.#abandonAll(closing(this.#name));
  }

  #abandonAll(error: Error): void {
    for (const call of this.#queue.splice(0)) call.abandon(error);
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift()) await this.#one(call);
    this.#busy = false;
  }

  async #one(call: Call): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    // The caller is told at once; the device stays busy until the driver has let go of it.
    abort.signal.addEventListener('abort', () => call.abandon(abort.signal.reason as Error));
    let timer = this.#clock.setTimer(call.timeoutMs, () => {
      abort.abort(new DataError('driver-timeout', `${this.#name} did not answer within ${call.timeoutMs} ms`));
      timer = this.#clock.setTimer(LET_GO_MS, () => {
        this.#stuck = true;
        this.#abandonAll(stuck(this.#name));
      });
    });
    try {
      await call.run(abort.signal);
    } catch (error) {
      // A driver that throws instead of rejecting.
      call.abandon(error instanceof Error ? error : new DataError('driver-failed', String(error)));
    }
    timer.cancel();
    this.#stuck = false;
    this.#abort = undefined;
  }
}

/** A driver that obeys its signal lets go within this. */
const LET_GO_MS = 1000;

function stuck(name: string): DataError {
  return new DataError('driver-stuck', `${name} still has not ended a call whose time is over`);
}

function closing(name: string): RefusedError {
  return new RefusedError('shutting-down', `${name} is being closed`);
}
