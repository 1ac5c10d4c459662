/** Stand-ins for the ports: time that moves when told, chance from a seed, logs and counts that can be looked at. */
import { createHash } from 'node:crypto';
import type { Clock, Entropy, Log, Metrics, Timer } from '../../core/ports.ts';

export class ManualClock implements Clock {
  #nowMs = 1_000;
  #wallOffsetMs: number;
  #timers: { readonly atMs: number; readonly order: number; readonly callback: () => void }[] = [];
  #order = 0;

  constructor(wallMs = 1_700_000_000_000) {
    this.#wallOffsetMs = wallMs - this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Moves time on, firing what becomes due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  /** Somebody sets the wall clock. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}

/** The same bytes for the same seed, in the same order. */
export class SeededEntropy implements Entropy {
  #counter = 0;
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const blocks: Buffer[] = [];
    for (let have = 0; have < length; have += 32)
      blocks.push(
        createHash('sha256')
          .update(`${this.#seed}/${this.#counter++}`)
          .digest(),
      );
    return Buffer.concat(blocks).subarray(0, length);
  }
}

export class RecordingLog implements Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: object }[] = [];
  debug(fields: object, message: string): void {
    this.lines.push({ level: 'debug', message, fields });
  }
  info(fields: object, message: string): void {
    this.lines.push({ level: 'info', message, fields });
  }
  warn(fields: object, message: string): void {
    this.lines.push({ level: 'warn', message, fields });
  }
  error(fields: object, message: string): void {
    this.lines.push({ level: 'error', message, fields });
  }
  child(): Log {
    return this;
  }
}

export class RecordingMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const key = [name, ...Object.values(labels)].join(' ');
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }
  observe(): void {}
  gauge(): void {}
}
