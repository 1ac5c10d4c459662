/**
 * Small combinators that turn a {@link YamlNode} into typed plain data and report everything that is wrong, with its
 * place. A schema also describes itself, so the reference documentation is generated from what is really checked.
 */
import { didYouMean } from '../../core/suggest.ts';
import { DURATION_UNITS, SIZE_UNITS, formatDuration, formatSize, parseWithUnit } from './units.ts';
import type { ReportProblem, YamlNode } from './yaml.ts';

/** What `read` returns after it has reported a problem. */
export const INVALID: unique symbol = Symbol('invalid');

export interface Schema<T> {
  /** What is allowed, as a phrase that fits after "expected". */
  readonly expects: string;
  read(node: YamlNode, path: string, report: ReportProblem): T | typeof INVALID;
  /** How a value is written, for documentation of defaults. */
  write(value: T): string;
  /** The keys of a record, or of the records in a list. */
  readonly fields?: Fields;
}

export interface Field<T> {
  readonly schema: Schema<T>;
  /** Meaning, one sentence, for the documentation. */
  readonly help: string;
  /** Absent for a required key. */
  readonly fallback?: { readonly value: T };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Record<string, Field<unknown>>> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export function required<T>(schema: Schema<T>, help: string): Field<T> {
  return { schema, help };
}

export function optional<T>(schema: Schema<T>, fallback: NoInfer<T>, help: string): Field<T> {
  return { schema, help, fallback: { value: fallback } };
}

/** The value as it is quoted in a message: short, on one line. */
function quote(node: YamlNode): string {
  if (node.kind === 'map') return 'a group of keys';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  const text = JSON.stringify(node.value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function mismatch(node: YamlNode, path: string, report: ReportProblem, expects: string): typeof INVALID {
  report(node.at, path, `is ${quote(node)}; expected ${expects}`);
  return INVALID;
}

/** A scalar that `convert` accepts; `convert` returns undefined for one it does not. */
export function scalar<T extends null | boolean | number | string>(
  expects: string,
  convert: (value: null | boolean | number | string, source: string) => T | undefined,
  write: (value: T) => string = String,
): Schema<T> {
  return {
    expects,
    write,
    read(node, path, report) {
      const value = node.kind === 'scalar' ? convert(node.value, node.source) : undefined;
      return value === undefined ? mismatch(node, path, report, expects) : value;
    },
  };
}

export const flag: Schema<boolean> = scalar('true or false', (value) => (typeof value === 'boolean' ? value : undefined));

export function text(expects = 'text', pattern = /^[^\p{Cc}]+$/u, maxLength = 1024): Schema<string> {
  // A name such as 0815 or `on` is a number or a boolean to YAML; what the operator wrote is what is meant.
  const asText = (value: unknown, source: string) => (typeof value === 'string' ? value : value === null ? undefined : source);
  return scalar(expects, (value, source) => {
    const result = asText(value, source);
    return result !== undefined && result.length <= maxLength && pattern.test(result) ? result : undefined;
  });
}

export function decimal(min: number, max: number): Schema<number> {
  return scalar(`a number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && value >= min && value <= max ? value : undefined,
  );
}

export function whole(min: number, max: number): Schema<number> {
  return scalar(`a whole number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined,
  );
}

export function duration(minMs: number, maxMs: number): Schema<number> {
  return quantity(
    minMs,
    maxMs,
    DURATION_UNITS,
    `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as 500ms, 10s, 5m, 2h, 7d (a bare number is milliseconds)`,
    formatDuration,
  );
}

export function size(minBytes: number, maxBytes: number): Schema<number> {
  return quantity(
    minBytes,
    maxBytes,
    SIZE_UNITS,
    `a size from ${formatSize(minBytes)} to ${formatSize(maxBytes)}, such as 64KiB, 1MiB (a bare number is bytes)`,
    formatSize,
  );
}

function quantity(
  min: number,
  max: number,
  units: Readonly<Record<string, number>>,
  expects: string,
  write: (value: number) => string,
): Schema<number> {
  return scalar(
    expects,
    (value) => {
      const number = typeof value === 'number' ? value : typeof value === 'string' ? parseWithUnit(value, units) : undefined;
      return number !== undefined && Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined;
    },
    write,
  );
}

export function oneOf<const T extends string>(words: readonly T[]): Schema<T> {
  const expects = words.length === 1 ? words[0]! : `one of ${words.join(', ')}`;
  return {
    expects,
    write: String,
    read(node, path, report) {
      const found = node.kind === 'scalar' ? words.find((word) => word === node.value) : undefined;
      if (found !== undefined) return found;
      const hint = node.kind === 'scalar' && typeof node.value === 'string' ? didYouMean(node.value, words) : '';
      report(node.at, path, `is ${quote(node)}; expected ${expects}${hint}`);
      return INVALID;
    },
  };
}

/** The inner schema, or null written as an empty value. */
export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return {
    expects: `${inner.expects}, or nothing`,
    write: (value) => (value === null ? 'none' : inner.write(value)),
    ...(inner.fields === undefined ? {} : { fields: inner.fields }),
    read: (node, path, report) => (node.kind === 'scalar' && node.value === null ? null : inner.read(node, path, report)),
  };
}

export function list<T>(item: Schema<T>, maxItems: number): Schema<readonly T[]> {
  return {
    expects: `a list of at most ${maxItems}, each ${item.expects}`,
    write: (values) => (values.length === 0 ? 'empty' : `[${values.map((value) => item.write(value)).join(', ')}]`),
    ...(item.fields === undefined ? {} : { fields: item.fields }),
    read(node, path, report) {
      if (node.kind === 'scalar' && node.value === null) return [];
      if (node.kind !== 'list') return mismatch(node, path, report, `a list (lines that begin with "- "), each ${item.expects}`);
      if (node.items.length > maxItems) {
        report(node.at, path, `has ${node.items.length} entries; at most ${maxItems} are allowed`);
        return INVALID;
      }
      const values = node.items.map((inner, index) => item.read(inner, `${path}[${index}]`, report));
      return values.includes(INVALID) ? INVALID : (values as T[]);
    },
  };
}

/** A group of named keys. Unknown keys are errors: a misspelt limit must not be silently ignored. */
export function record<F extends Record<string, Field<unknown>>>(fields: F): Schema<Values<F>> {
  const keys = Object.keys(fields);
  const expects = `a group of the keys ${keys.join(', ')}`;
  return {
    expects,
    fields,
    write: () => 'the defaults of its keys',
    read(node, path, report) {
      const empty = node.kind === 'scalar' && node.value === null;
      if (node.kind !== 'map' && !empty) return mismatch(node, path, report, expects);
      const entries = node.kind === 'map' ? node.entries : [];
      const given = new Map<string, unknown>();
      for (const { key, at, value } of entries) {
        const inner = path === '' ? key : `${path}.${key}`;
        if (Object.hasOwn(fields, key)) given.set(key, fields[key]!.schema.read(value, inner, report));
        else report(at, inner, `is not a known key${didYouMean(key, keys)}; allowed here: ${keys.join(', ')}`);
      }
      let valid = ![...given.values()].includes(INVALID);
      const result: Record<string, unknown> = {};
      for (const key of keys) {
        const { schema, fallback } = fields[key]!;
        if (given.has(key)) result[key] = given.get(key);
        else if (fallback !== undefined) result[key] = fallback.value;
        else {
          report(node.at, path === '' ? key : `${path}.${key}`, `is missing; expected ${schema.expects}`);
          valid = false;
        }
      }
      return valid ? (result as Values<F>) : INVALID;
    },
  };
}

/** Makes another value of what `inner` reads; `back` is the inverse, for documentation. */
export function derive<S, T>(inner: Schema<S>, forth: (value: S) => T, back: (value: T) => S): Schema<T> {
  return {
    expects: inner.expects,
    ...(inner.fields === undefined ? {} : { fields: inner.fields }),
    write: (value) => inner.write(back(value)),
    read(node, path, report) {
      const value = inner.read(node, path, report);
      return value === INVALID ? INVALID : forth(value);
    },
  };
}

/** Adds a condition, also one that concerns several keys at once; `check` returns a message when it is broken. */
export function refine<T>(inner: Schema<T>, check: (value: T) => string | undefined): Schema<T> {
  return {
    ...inner,
    read(node, path, report) {
      const value = inner.read(node, path, report);
      if (value === INVALID) return INVALID;
      const message = check(value);
      if (message === undefined) return value;
      report(node.at, path, message);
      return INVALID;
    },
  };
}

/** A record that also notes the line on which it stands, so that a decision can point at it. */
export function withLine<T>(inner: Schema<T>): Schema<T & { readonly line: number }> {
  return {
    expects: inner.expects,
    write: (value) => inner.write(value),
    ...(inner.fields === undefined ? {} : { fields: inner.fields }),
    read(node, path, report) {
      const value = inner.read(node, path, report);
      return value === INVALID ? INVALID : { ...value, line: node.at.line };
    },
  };
}
