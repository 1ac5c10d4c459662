/** Tables in text files: a head line that names the columns, then one record a line, cells between commas. Lines that begin with `#` are remarks. */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';

/** A line of a file, for error messages. */
export interface FileLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** One record; cells are asked for by column name. */
export class Row {
  readonly at: FileLine;
  readonly #cells: ReadonlyMap<string, string>;

  constructor(at: FileLine, cells: ReadonlyMap<string, string>) {
    this.at = at;
    this.#cells = cells;
  }

  text(column: string): string {
    return this.#cells.get(column)!;
  }

  /** A decimal number; throws DataError `bad-file` that names file, line and column for anything else. */
  number(column: string): number {
    return readNumber(this.at, column, this.text(column));
  }

  /** As {@link number}, from `low` to `high`. */
  numberBetween(column: string, low: number, high: number): number {
    const value = this.number(column);
    return value >= low && value <= high ? value : badFile(this.at, column, `is ${value}; expected a number from ${low} to ${high}`);
  }

  /** As {@link numberBetween}, without a fraction. */
  whole(column: string, low: number, high: number): number {
    const value = this.numberBetween(column, low, high);
    return Number.isInteger(value) ? value : badFile(this.at, column, `is ${value}; expected a whole number`);
  }
}

/** Throws DataError `bad-file` that says where in which file what is wrong. */
export function badFile({ file, line }: FileLine, field: string, problem: string): never {
  throw new DataError('bad-file', `${file}:${line}: ${field} ${problem}`);
}

/** The number that a field says; throws DataError `bad-file` for anything but a finite decimal number. */
export function readNumber(at: FileLine, field: string, text: string): number {
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : badFile(at, field, `is ${JSON.stringify(text)}; expected a number`);
}

/** Lines of a text with their numbers. Throws DataError `file-too-large` for what no experiment needs. */
export function* fileLines(text: string, file: string): Generator<{ readonly at: FileLine; readonly content: string }> {
  if (text.length > LIMITS.simFileBytes)
    throw new DataError('file-too-large', `${file} has ${text.length} characters; at most ${LIMITS.simFileBytes} are read`);
  let line = 0;
  for (const content of text.split(/\r?\n/)) yield { at: { file, line: ++line }, content: content.trim() };
}

/**
 * Reads a table with exactly these columns, in any order.
 * Throws DataError `bad-file` for a head that is missing or names other columns, and for records with too few or too many cells.
 */
export function* readTable(text: string, file: string, columns: readonly string[]): Generator<Row> {
  let head: readonly string[] | null = null;
  for (const { at, content } of fileLines(text, file)) {
    if (content === '' || content.startsWith('#')) continue;
    const cells = content.split(',').map((cell) => cell.trim());
    if (head === null) head = readHead(at, cells, columns);
    else if (cells.length !== head.length) badFile(at, 'record', `has ${cells.length} cells; expected ${head.length}: ${head.join(',')}`);
    else yield new Row(at, new Map(head.map((column, index) => [column, cells[index]!])));
  }
  if (head === null) badFile({ file, line: 1 }, 'head', `is missing; expected ${columns.join(',')}`);
}

function readHead(at: FileLine, cells: readonly string[], columns: readonly string[]): readonly string[] {
  const twice = cells.find((cell, index) => cells.indexOf(cell) !== index);
  if (twice !== undefined) badFile(at, 'head', `names ${JSON.stringify(twice)} twice`);
  const missing = columns.filter((column) => !cells.includes(column));
  const unknown = cells.filter((cell) => !columns.includes(cell));
  if (missing.length > 0) badFile(at, 'head', `lacks ${missing.join(', ')}; expected ${columns.join(',')}`);
  if (unknown.length > 0) badFile(at, 'head', `names ${JSON.stringify(unknown[0])}, which is not known; expected ${columns.join(',')}`);
  return cells;
}
