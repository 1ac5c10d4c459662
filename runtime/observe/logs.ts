/** The latest log lines of a node, of the daemon and of programs alike, for `sm logs`. */
import type { FamilyId } from '../../core/ids.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { LogLine } from '../control/protocol.ts';
import { Feed } from './feed.ts';

export type LogLevel = LogLine['level'];
export const LOG_LINE_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface LogQuery {
  /** Null for lines of every application and of the daemon. */
  readonly family: FamilyId | null;
  /** The least level. */
  readonly level: LogLevel;
}

export class LogLines {
  readonly #feed: Feed<LogLine>;

  constructor(options: { readonly capacity: number }) {
    this.#feed = new Feed(options.capacity);
  }

  record(line: LogLine): void {
    this.#feed.record(line);
  }

  /** The `last` most recent lines, oldest first, not older than the wall time `sinceMs`. */
  recent(query: LogQuery, last: number, sinceMs = 0): readonly LogLine[] {
    const wanted = wantedBy(query);
    return this.#feed.recent((line) => line.atMs >= sinceMs && wanted(line), last);
  }

  /** @returns how to stop. */
  follow(query: LogQuery, follower: (line: LogLine) => void): () => void {
    return this.#feed.follow(wantedBy(query), follower);
  }
}

function wantedBy({ family, level }: LogQuery): (line: LogLine) => boolean {
  const least = LOG_LINE_LEVELS.indexOf(level);
  return (line) => LOG_LINE_LEVELS.indexOf(line.level) >= least && (family === null || line.family === family);
}

export interface RecordingLogOptions {
  /** Where lines also go. */
  readonly log: Log;
  readonly lines: LogLines;
  readonly clock: Clock;
  /** Name of the node, as lines show it. */
  readonly node: string;
  /** Lines below it are not kept. */
  readonly level: LogLevel;
}

/** A log that keeps what it writes in `lines`. Fields named `family` and `smId`, also of a parent, say whom a line is about. */
export function recordingLog(options: RecordingLogOptions): Log {
  return new RecordingLog(options, options.log, {});
}

class RecordingLog implements Log {
  readonly #options: RecordingLogOptions;
  readonly #log: Log;
  readonly #fields: object;

  constructor(options: RecordingLogOptions, log: Log, fields: object) {
    this.#options = options;
    this.#log = log;
    this.#fields = fields;
  }

  debug(fields: object, message: string): void {
    this.#log.debug(fields, message);
    this.#keep('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#log.info(fields, message);
    this.#keep('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#log.warn(fields, message);
    this.#keep('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#log.error(fields, message);
    this.#keep('error', fields, message);
  }

  child(fields: object): Log {
    return new RecordingLog(this.#options, this.#log.child(fields), { ...this.#fields, ...fields });
  }

  #keep(level: LogLevel, fields: object, message: string): void {
    const { lines, clock, node, level: least } = this.#options;
    if (LOG_LINE_LEVELS.indexOf(level) < LOG_LINE_LEVELS.indexOf(least)) return;
    const { family, smId, ...rest } = { ...this.#fields, ...fields } as Record<string, unknown>;
    const details = Object.keys(rest).length === 0 ? '' : ` ${shown(rest)}`;
    const text = `${message}${details}`;
    lines.record({ atMs: clock.wallMs(), level, node, family: nameOrNull(family), smId: nameOrNull(smId), text });
  }
}

const DETAIL_CHARACTERS = 500;

/** Fields as JSON, cut to a bound; errors by their message. What JSON cannot say must not keep a line from being written. */
function shown(fields: object): string {
  try {
    const text = JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value,
    );
    return text.length > DETAIL_CHARACTERS ? `${text.slice(0, DETAIL_CHARACTERS)}...` : text;
  } catch {
    return '{...}';
  }
}

function nameOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
