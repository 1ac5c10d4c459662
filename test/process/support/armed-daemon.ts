/** A real daemon that dies, or errs about the time, where a test tells it to. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Limits } from '../../../core/limits.ts';
import type { Orders } from '../crash/daemon.ts';
import { buildForTest } from './build.ts';
import { BOUND_MS } from './processes.ts';

let built: string | undefined;

export class ArmedDaemon {
  readonly child: ChildProcess;
  /** The signal that ended it; null when it ended by itself. Everything that it wrote is in {@link said} by then. */
  readonly ended: Promise<NodeJS.Signals | null>;
  #said = '';

  private constructor(folder: string, limits: Partial<Limits>, orders: Orders) {
    built ??= buildForTest('crash/daemon.ts');
    this.child = fork(built, [folder, JSON.stringify(limits), JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.ended = new Promise((done) => this.child.once('close', (_code, signal) => done(signal)));
  }

  /** Begins to start one that may die before it serves. */
  static doomed(folder: string, limits: Partial<Limits>, orders: Orders): ArmedDaemon {
    return new ArmedDaemon(folder, limits, orders);
  }

  /** Resolves when it serves; rejects with what it wrote when it ends instead. */
  static async start(folder: string, limits: Partial<Limits> = {}, orders: Orders = {}): Promise<ArmedDaemon> {
    const daemon = new ArmedDaemon(folder, limits, orders);
    await daemon.#told('ready', 'it serves');
    return daemon;
  }

  /** What it wrote to its log. */
  get said(): string {
    return this.#said;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Gives it orders; resolves when they hold. */
  async order(orders: Orders): Promise<void> {
    const told = this.#told('obeyed', 'it obeys');
    this.child.send(orders);
    await told;
  }

  /** Resolves with the signal that ended it; rejects when it outlives {@link BOUND_MS}. */
  death(what: string): Promise<NodeJS.Signals | null> {
    return bounded(this.ended, what);
  }

  async end(): Promise<void> {
    if (this.alive) this.child.kill('SIGKILL');
    await this.ended;
  }

  #told(key: string, what: string): Promise<void> {
    const told = new Promise<void>((done, fail) => {
      this.child.on('message', (message: object) => {
        if (key in message) done();
      });
      void this.ended.then(() => fail(new Error(`the daemon ended before ${what}: ${this.#said}`)));
    });
    return bounded(told, what);
  }
}

function bounded<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`not within ${BOUND_MS} ms: ${what}`)), BOUND_MS);
    promise.then(done, fail).finally(() => clearTimeout(timer));
  });
}
