/**
 * Keeps one VM worker alive: starts it, watches its heartbeat, ends it when it is stuck, and starts another when it is
 * lost, no more often than {@link WorkerKeeperOptions.limits} allow; beyond that the node is unhealthy until a minute has passed.
 */
import type { Limits } from '../../core/limits.ts';
import type { Clock, Log, Metrics, Timer } from '../../core/ports.ts';
import { HEARTBEAT, type FromWorker, type Seat, type ToWorker } from '../worker/protocol.ts';
import { Watchdog } from './watchdog.ts';
import type { StartWorker, WorkerPort } from './worker-port.ts';

export interface WorkerKeeperOptions {
  readonly startWorker: StartWorker;
  readonly clock: Clock;
  /** CPU time of the process, milliseconds. */
  readonly processCpuMs: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Pick<Limits, 'watchdogMs' | 'watchdogIntervalMs' | 'workerRestartsPerMinute'>;
  /** A worker has been started; the first message to it must be its seed. */
  readonly onStarted: (generation: number) => void;
  readonly onMessage: (message: FromWorker) => void;
  /** The worker is gone. `culprit` is the seat, cut to 32 bits, whose slice it was in; {@link WorkerKeeper.restart} is the listener's to call. */
  readonly onLost: (reason: string, culprit: Culprit | null) => void;
}

export interface Culprit {
  readonly seat: Seat;
  readonly reason: 'stuck' | 'worker-lost';
  readonly detail: string;
}

const MINUTE_MS = 60_000;

export class WorkerKeeper {
  readonly #options: WorkerKeeperOptions;
  #port: WorkerPort | null = null;
  #generation = 0;
  #watch: Timer | null = null;
  #delayed: Timer | null = null;
  #starts: number[] = [];
  #stopped = false;
  /** Why there is no worker and will be none for a while; null when all is well. */
  problem: string | null = null;

  constructor(options: WorkerKeeperOptions) {
    this.#options = options;
  }

  get generation(): number {
    return this.#generation;
  }

  get running(): boolean {
    return this.#port !== null;
  }

  /** Sends to the worker; without one, nothing happens: the next is seeded with everything. */
  post(message: ToWorker): void {
    this.#port?.post(message);
  }

  /** Ends the worker because what it has done cannot be kept. No `onLost` follows. */
  discard(): void {
    this.#generation += 1;
    this.#watch?.cancel();
    this.#port?.terminate();
    this.#port = null;
  }

  /** Starts a worker, after `pauseMs` or, after too many restarts, when a minute has passed since enough of them. */
  restart(reason: string, pauseMs = 0): void {
    const { clock, limits, log } = this.#options;
    if (this.#stopped) return;
    const nowMs = clock.monotonicMs();
    this.#starts = this.#starts.filter((startMs) => nowMs - startMs < MINUTE_MS);
    const [oldest] = this.#starts;
    const isTooOften = oldest !== undefined && this.#starts.length > limits.workerRestartsPerMinute;
    const waitMs = isTooOften ? Math.max(pauseMs, oldest + MINUTE_MS - nowMs) : pauseMs;
    if (waitMs === 0) return this.start();
    this.problem = isTooOften ? `the VM worker was lost ${this.#starts.length} times within a minute, last because ${reason}` : reason;
    log.error({ waitMs }, this.problem);
    this.#delayed = clock.setTimer(waitMs, () => this.restart(reason));
  }

  start(): void {
    const generation = this.#generation + 1;
    this.#generation = generation;
    this.#starts.push(this.#options.clock.monotonicMs());
    this.#port = this.#options.startWorker({
      message: (message) => {
        if (generation === this.#generation) this.#options.onMessage(message);
      },
      exit: (reason) => {
        if (generation === this.#generation) this.#lost(reason);
      },
    });
    this.problem = null;
    const { watchdogMs, watchdogIntervalMs } = this.#options.limits;
    this.#look(this.#port, new Watchdog({ watchdogMs, intervalMs: watchdogIntervalMs }));
    this.#options.onStarted(generation);
  }

  /** Ends the worker for good. */
  stop(): void {
    this.#stopped = true;
    this.#delayed?.cancel();
    this.discard();
  }

  #look(port: WorkerPort, watchdog: Watchdog): void {
    const { clock, limits, processCpuMs } = this.#options;
    this.#watch = clock.setTimer(limits.watchdogIntervalMs, () => {
      if (port !== this.#port) return;
      const sighting = watchdog.look(port.heartbeat, clock.monotonicMs(), processCpuMs());
      if (!sighting.stuck) return this.#look(port, watchdog);
      const { seat, detail } = sighting;
      this.#options.metrics.count('sm_worker_restarts_total', { cause: 'stuck' });
      this.discard();
      this.#options.onLost(detail, { seat, reason: 'stuck', detail });
    });
  }

  #lost(reason: string): void {
    const heartbeat = this.#port?.heartbeat;
    this.#options.metrics.count('sm_worker_restarts_total', { cause: 'crash' });
    this.discard();
    const inSlice = heartbeat !== undefined && Atomics.load(heartbeat, HEARTBEAT.slice) % 2 !== 0;
    const detail = `the VM worker ended during its slice: ${reason}`;
    this.#options.onLost(reason, inSlice ? { seat: Atomics.load(heartbeat, HEARTBEAT.seat), reason: 'worker-lost', detail } : null);
  }
}
