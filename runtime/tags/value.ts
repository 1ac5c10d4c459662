/** Values of tags: JSON, bounded in depth and size. */
import type { TagValue } from '../../core/tags.ts';

/**
 * The size of a value in bytes of its JSON text; -1 when it is no JSON value, nests deeper than `maxDepth` or is larger than `maxBytes`.
 * The depth is checked first, so that no recursion below is unbounded.
 */
export function valueBytes(value: unknown, maxBytes: number, maxDepth: number): number {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value).length : -1;
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (value === null) return 4;
  if (!isJson(value, maxDepth)) return -1;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > maxBytes ? -1 : bytes;
}

/** Whether a value is plain JSON nested at most `maxDepth` deep. */
function isJson(value: unknown, maxDepth: number): value is TagValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (maxDepth <= 0) return false;
      return Array.isArray(value) ? value.every((item) => isJson(item, maxDepth - 1)) : isPlain(value, maxDepth);
    default:
      return false;
  }
}

function isPlain(value: object, maxDepth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => isJson(item, maxDepth - 1));
}
