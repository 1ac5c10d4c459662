/** A real daemon that dies where a test tells it to. */
import { fork, type ChildProcess } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Limits } from '../../../core/limits.ts';
import type { Arming } from '../crash/daemon.ts';
import { BOUND_MS, ROOT } from './processes.ts';

/** Beside the product's bundles, where the daemon looks for its worker. */
const BUILT = join(ROOT, 'dist/test-daemon.mjs');

/** Several test files run at once and build the same file, so it is replaced as a whole: none finds half of it. */
export function buildArmedDaemon(): void {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, '../crash/daemon.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    define: { SM_VERSION: '"test"' },
  });
  const draft = `${BUILT}.${process.pid}`;
  writeFileSync(draft, outputFiles[0]!.contents);
  renameSync(draft, BUILT);
}

export class ArmedDaemon {
  readonly child: ChildProcess;
  /** The signal that ended it; null when it ended by itself. */
  readonly ended: Promise<NodeJS.Signals | null>;
  #said = '';

  private constructor(folder: string, limits: Partial<Limits>, arming?: Arming) {
    const armed = arming === undefined ? [] : [JSON.stringify(arming)];
    this.child = fork(BUILT, [folder, JSON.stringify(limits), ...armed], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.ended = new Promise((done) => this.child.once('exit', (_code, signal) => done(signal)));
  }

  /** Begins to start one that may die before it serves. */
  static doomed(folder: string, limits: Partial<Limits>, arming: Arming): ArmedDaemon {
    return new ArmedDaemon(folder, limits, arming);
  }

  /** Resolves when it serves. */
  static async start(folder: string, limits: Partial<Limits> = {}): Promise<ArmedDaemon> {
    const daemon = new ArmedDaemon(folder, limits);
    await daemon.#told('ready', 'it serves');
    return daemon;
  }

  /** What it wrote to its log. */
  get said(): string {
    return this.#said;
  }

  async arm(arming: Arming): Promise<void> {
    const told = this.#told('armed', 'it is armed');
    this.child.send(arming);
    await told;
  }

  /** Resolves with the signal that ended it; rejects when it outlives {@link BOUND_MS}. */
  death(what: string): Promise<NodeJS.Signals | null> {
    return bounded(this.ended, what);
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }

  #told(key: string, what: string): Promise<void> {
    const told = new Promise<void>((done, fail) => {
      this.child.on('message', (message: object) => {
        if (key in message) done();
      });
      this.child.once('exit', () => fail(new Error(`the daemon ended before ${what}: ${this.#said}`)));
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
