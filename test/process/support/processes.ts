/** Real processes for tests: run to their end, or followed while they run. Every one is ended by its process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');
/** What only a hang exceeds, on a slow and busy machine; shorter than a test may take, so that the message says what was waited for. */
export const BOUND_MS = 240_000;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Node when not given. */
  readonly command?: string;
  /** Whether it can be sent messages. */
  readonly ipc?: boolean;
}

/** A process whose output is followed. */
export class Running {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all its output was read. */
  readonly ended: Promise<Ran>;
  out = '';
  err = '';
  #over = false;
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], options: RunOptions = {}) {
    this.child = spawn(options.command ?? process.execPath, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...plainEnvironment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? ['ipc' as const] : [])],
    });
    started.add(this);
    const note = (): void => [...this.#watchers].forEach((watcher) => watcher());
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => ((this.out += text), note()));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => ((this.err += text), note()));
    this.ended = new Promise((done) => {
      this.child.once('close', (code) => {
        this.#over = true;
        started.delete(this);
        note();
        done({ code, out: this.out, err: this.err });
      });
    });
  }

  /** Resolves when `found` gives something for its output so far. Rejects when it ended or {@link BOUND_MS} passed without. */
  until<Found>(found: (out: string, err: string) => Found | null | undefined | false, what: string): Promise<Found> {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => end(() => fail(new Error(`not within ${BOUND_MS} ms: ${what}\n${this.out}\n${this.err}`))), BOUND_MS);
      const end = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        act();
      };
      const check = (): void => {
        const seen = found(this.out, this.err);
        if (seen !== null && seen !== undefined && seen !== false) end(() => done(seen));
        else if (this.#over) end(() => fail(new Error(`the process ended before: ${what}\n${this.out}\n${this.err}`)));
      };
      this.#watchers.add(check);
      check();
    });
  }

  /** Ends it with `signal`, or SIGKILL when it does not go. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ran> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), BOUND_MS / 4);
    this.child.kill(signal);
    const ran = await this.ended;
    clearTimeout(timer);
    return ran;
  }
}

const started = new Set<Running>();

/** Ends whatever a failed test left running. */
export async function endAll(): Promise<void> {
  await Promise.all([...started].map((running) => running.end('SIGKILL')));
}

/** Runs `dist/sm.js` to its end. */
export function sm(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<Ran> {
  return new Running([join(ROOT, 'dist/sm.js'), ...args], options).ended;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The caller's own network must not leak into a test, nor the test runner's colours. */
function plainEnvironment(): Record<string, string> {
  const dropped = new Set(['SM_NETWORK', 'SM_NODE', 'FORCE_COLOR', 'NO_COLOR', 'XDG_CONFIG_HOME']);
  return Object.fromEntries(Object.entries(process.env).filter(([name, value]) => !dropped.has(name) && value !== undefined)) as Record<
    string,
    string
  >;
}
