/**
 * What happened in a run, one line for each event that matters, in order. Lines hold virtual times, names and numbers and nothing that
 * differs between machines, so two runs of one seed give the same bytes, and one hash says whether they did.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../core/ports.ts';

/** Lines are hashed and handed on in pieces of this many. */
const LINES_PER_PIECE = 256;

export interface EventLogOptions {
  readonly clock: Clock;
  /** How many of the last lines are kept for whoever wants to see how it came to something. */
  readonly kept: number;
  /** Gets the text as it grows, for a file. */
  readonly write?: (text: string) => void;
}

export class EventLog {
  readonly #options: EventLogOptions;
  readonly #hash = createHash('sha256');
  readonly #last: string[] = [];
  #piece: string[] = [];
  #lines = 0;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  get lines(): number {
    return this.#lines;
  }

  /** Adds a line: the time, `what`, where, and details. */
  add(what: string, where: string, details = ''): void {
    const atMs = this.#options.clock.monotonicMs().toFixed(3);
    const line = details === '' ? `${atMs} ${what} ${where}` : `${atMs} ${what} ${where} ${details}`;
    this.#lines += 1;
    this.#piece.push(line);
    if (this.#piece.length >= LINES_PER_PIECE) this.#flush();
  }

  /** The last lines, the oldest first. */
  tail(): readonly string[] {
    return [...this.#last, ...this.#piece].slice(-this.#options.kept);
  }

  /** SHA-256 of all lines so far. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    if (this.#piece.length === 0) return;
    const text = `${this.#piece.join('\n')}\n`;
    this.#hash.update(text);
    this.#options.write?.(text);
    this.#last.push(...this.#piece);
    this.#last.splice(0, Math.max(0, this.#last.length - this.#options.kept));
    this.#piece = [];
  }
}
