/** Everything the CLI prints: results on standard output, everything else on standard error, colour only on a terminal. */
import picocolors from 'picocolors';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

type Colours = ReturnType<typeof picocolors.createColors>;

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colour: Colours;
  readonly #options: OutputOptions;
  #progressShown = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.json = options.json;
    this.quiet = options.quiet;
    const plain = options.json || process.env['NO_COLOR'] !== undefined || !options.stdout.isTTY;
    this.colour = picocolors.createColors(!plain);
  }

  /** The result of the command: the object with --json, else the text. */
  result(value: unknown, text: string | (() => string)): void {
    this.#clearProgress();
    const rendered = this.json ? JSON.stringify(value) : typeof text === 'string' ? text : text();
    if (rendered !== '') this.#options.stdout.write(`${rendered}\n`);
  }

  /** One line of a stream (trace, logs, watch): a JSON object per line with --json. */
  line(value: unknown, text: string): void {
    this.result(value, text);
  }

  /** Says what is going on; not part of the result. */
  note(text: string): void {
    if (this.quiet || this.json) return;
    this.#clearProgress();
    this.#options.stderr.write(`${text}\n`);
  }

  /** A passing line, overwritten by the next; only on a terminal. */
  progress(text: string): void {
    if (this.quiet || this.json || !this.#options.stderr.isTTY) return;
    this.#options.stderr.write(`\r\u001b[2K${text}`);
    this.#progressShown = true;
  }

  warning(text: string): void {
    this.#clearProgress();
    this.#options.stderr.write(`${this.colour.yellow('warning:')} ${text}\n`);
  }

  failure(error: { readonly code: string; readonly message: string; readonly hint: string }): void {
    this.#clearProgress();
    if (this.json) {
      this.#options.stdout.write(`${JSON.stringify({ error })}\n`);
      return;
    }
    this.#options.stderr.write(`${this.colour.red('error:')} ${error.message}\n`);
    if (error.hint !== '') this.#options.stderr.write(`  ${error.hint}\n`);
  }

  #clearProgress(): void {
    if (!this.#progressShown) return;
    this.#options.stderr.write('\r\u001b[2K');
    this.#progressShown = false;
  }
}

/** Aligns columns; the first row is the heading. Numbers are aligned right. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [heading, ...rows.map((row) => row.map(String))];
  const widths = heading.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const right = heading.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1.5 kB`, `812 B`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `1 hop`, `2 hops`. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `0.42 ms`, `3.1 s`, `2 h 5 min`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
