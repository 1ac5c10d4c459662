/** Values as tags can hold them. */
import { DataError } from '../core/errors.ts';
import type { TagValue } from '../core/tags.ts';

const DEPTH = 8;

/**
 * `value` itself, when it is a tag value of at most `maxBytes` as JSON and at most eight levels deep.
 * Throws DataError `bad-reading` otherwise; also for NaN and infinities, which JSON would turn into null without a word.
 */
export function boundedValue(value: unknown, maxBytes: number): TagValue {
  const checked = check(value, DEPTH);
  const bytes = Buffer.byteLength(JSON.stringify(checked));
  if (bytes > maxBytes) throw new DataError('bad-reading', `the value has ${bytes} bytes; at most ${maxBytes} are allowed`);
  return checked;
}

function check(value: unknown, depth: number): TagValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new DataError('bad-reading', `the value is ${value}, which is no number that can be kept`);
  }
  if (typeof value !== 'object' || depth === 0) {
    throw new DataError(
      'bad-reading',
      depth === 0 ? 'the value is nested too deeply' : `the value is a ${typeof value}, which a tag cannot hold`,
    );
  }
  if (Array.isArray(value)) return value.map((item) => check(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, check(item, depth - 1)]));
}

export function sameValue(left: TagValue, right: TagValue): boolean {
  if (left === right) return true;
  return typeof left === 'object' && typeof right === 'object' && JSON.stringify(left) === JSON.stringify(right);
}
