/** The VM worker of a simulated node: the daemon's executor beside main, on the node's processor, in the sandbox that all nodes share. */
import type { Clock, Entropy, Timer } from '../../core/ports.ts';
import type { Limits } from '../../core/limits.ts';
import type { WorkerEvents, WorkerPort } from '../../runtime/engine/worker-port.ts';
import { Executor } from '../../runtime/worker/executor.ts';
import { HEARTBEAT_WORDS, type ChangeSet, type FromWorker, type ToWorker } from '../../runtime/worker/protocol.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';
import type { NodeCpu } from './cpu.ts';

export interface WorkerOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: Limits;
  readonly runner: SliceRunner;
  readonly cpu: NodeCpu;
  readonly events: WorkerEvents;
  /** A canary: times come and are not noticed. */
  readonly sleepsOn: boolean;
  /** Sees everything that main and the worker say to each other. */
  readonly watch: { toWorker(message: ToWorker): void; changes(set: ChangeSet): void };
}

export class SimWorker implements WorkerPort {
  readonly heartbeat = new Int32Array(HEARTBEAT_WORDS);
  readonly #options: WorkerOptions;
  #inbox: ToWorker[] = [];
  #executor: Executor | null = null;
  #alarm: Timer | null = null;
  #alarmAtMs = Infinity;
  #ended = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  post(message: ToWorker): void {
    if (this.#ended) return;
    this.#options.watch.toWorker(message);
    this.#inbox.push(message);
    this.#wakeIn(this.#options.cpu.freeInMs());
  }

  terminate(): void {
    this.#ended = true;
    this.#alarm?.cancel();
  }

  /** Takes in what has come, runs one slice, and says when it goes on. */
  #turn(): void {
    this.#alarm = null;
    this.#alarmAtMs = Infinity;
    const { clock, cpu, events } = this.#options;
    let busy = false;
    try {
      for (const message of this.#inbox.splice(0)) this.#receive(message);
      busy = this.#executor?.step() ?? false;
    } catch (error) {
      if (this.#ended) return;
      this.#ended = true;
      return events.exit(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    if (this.#ended) return;
    const nextMs = busy ? clock.monotonicMs() : this.#options.sleepsOn ? Infinity : (this.#executor?.nextStepMs() ?? Infinity);
    if (nextMs !== Infinity) this.#wakeIn(Math.max(cpu.freeInMs(), nextMs - clock.monotonicMs()));
  }

  #receive(message: ToWorker): void {
    if (message.type !== 'seed') return this.#executor?.handle(message);
    const { clock, entropy, limits, runner } = this.#options;
    const send = (answer: FromWorker): void => this.#say(answer);
    this.#executor = new Executor({ seed: message, clock, entropy, limits, runner, heartbeat: this.heartbeat, send });
    send({ type: 'ready', generation: message.generation });
  }

  /** Tells main, when the processor has done what led to it. */
  #say(message: FromWorker): void {
    const { clock, cpu, events, watch } = this.#options;
    const slice = message.type === 'changes' ? message.set.slice : null;
    if (message.type === 'changes') watch.changes(message.set);
    const delayMs = cpu.spend(slice === null ? 0 : cpu.costs.sliceMs + slice.cpuMs);
    clock.setTimer(delayMs, () => {
      if (!this.#ended) events.message(message);
    });
  }

  #wakeIn(delayMs: number): void {
    const { clock } = this.#options;
    const atMs = clock.monotonicMs() + delayMs;
    if (atMs >= this.#alarmAtMs) return;
    this.#alarm?.cancel();
    this.#alarmAtMs = atMs;
    this.#alarm = clock.setTimer(delayMs, () => this.#turn());
  }
}
