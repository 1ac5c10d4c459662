/**
 * Tags kept by programs of the operator's choice. Off unless the configuration turns it on, because it lets Smart Messages
 * cause what those programs do. There is no shell and the arguments are fixed: a value reaches the program only as JSON on
 * its standard input. Time, output and number at once are bounded.
 */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { ExecTagConfig } from './config.ts';
import type { Driver } from './driver.ts';
import { parseReading } from './parse.ts';
import type { Commands } from './ports.ts';

export interface ExecDriverOptions {
  readonly commands: Commands;
  readonly tags: readonly ExecTagConfig[];
}

export function createExecDriver(options: ExecDriverOptions): Driver {
  const { commands } = options;
  const byName = new Map(options.tags.map((tag) => [tag.tag, tag]));
  const gate = new Gate(LIMITS.commandsAtOnce);
  const run = (argv: readonly string[], input: string | null, signal: AbortSignal) =>
    gate.pass(signal, () => commands.run(argv, { input, maxBytes: LIMITS.commandOutputBytes, signal }));
  return {
    name: 'exec',
    async discover() {
      return options.tags.map(({ tag, unit, description, samplingMs, timeoutMs, read, write }) => ({
        name: tag,
        device: tag,
        unit,
        description: description === '' ? `The program ${(read ?? write)?.[0] ?? ''}` : description,
        samplingMs: read === null ? null : samplingMs,
        writable: write !== null,
        driver: 'exec',
        timeoutMs,
      }));
    },
    async sample(name, signal) {
      const tag = byName.get(name);
      // A tag that can only be driven has no reading, which is no fault.
      if (tag === undefined || tag.read === null) return null;
      return parseReading(await run(tag.read, null, signal), tag);
    },
    async actuate(name, value, signal) {
      const tag = byName.get(name);
      if (tag === undefined || tag.write === null) throw new DataError('not-found', `no command is configured that drives ${name}`);
      const output = await run(tag.write, `${JSON.stringify(value)}\n`, signal);
      return output.trim() === '' ? value : parseReading(output, tag);
    },
  };
}

/** Lets a bounded number through at once; the others wait until their signal aborts. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await this.#turn(signal);
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      const enter = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(enter);
    });
  }
}
