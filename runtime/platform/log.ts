/** Structured logging: JSON lines by pino. */
import { pino } from 'pino';
import type { Log } from '../../core/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where lines go: `write` gets one JSON line with its line end. */
export interface LogSink {
  write(line: string): void;
}

/**
 * A logger that writes lines of at least `level` to `sink`, standard error by default.
 * Lines are written synchronously: the last line before a crash is the one that is needed.
 */
export function createLog(options: { readonly level: LogLevel; readonly fields?: object; readonly sink?: LogSink }): Log {
  const sink = options.sink ?? pino.destination({ fd: 2, sync: true });
  return pino({ level: options.level, base: { ...options.fields } }, sink);
}
