/** `log`: lines that the node keeps with the Smart Message's id. */
import { LIMITS } from '../../../core/limits.ts';
import type { SliceOutput } from '../boundary.ts';
import { effects } from '../engine/output.ts';
import { reportError } from '../engine/report.ts';
import { freeze, isArray, isObject } from '../primordials.ts';
import { isProxy } from '../globals/proxy.ts';

type Level = SliceOutput['logs'][number]['level'];

const SHOWN_DEPTH = 3;
const SHOWN_ENTRIES = 20;

function line(level: Level, parts: readonly unknown[]): void {
  if (effects.logs.length >= LIMITS.logLinesPerSlice) {
    effects.droppedLogs++;
    return;
  }
  const text = parts.map((part) => (typeof part === 'string' ? part : show(part, SHOWN_DEPTH))).join(' ');
  effects.logs.push({ level, text: text.length > LIMITS.logLineBytes ? `${text.slice(0, LIMITS.logLineBytes)}…` : text });
}

/** A short text for any value. */
function show(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (!isObject(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'function') return '[function]';
  if (isProxy(value)) return '[Proxy]';
  if (value instanceof Error) {
    const { name, message } = reportError(value);
    return `${name}: ${message}`;
  }
  if (depth === 0) return isArray(value) ? '[…]' : '{…}';
  return showMembers(value, depth);
}

function showMembers(value: object, depth: number): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Map) return `Map{${some([...value], ([key, item]) => `${show(key, depth - 1)}: ${show(item, depth - 1)}`)}}`;
  if (value instanceof Set) return `Set{${some([...value], (item) => show(item, depth - 1))}}`;
  if (isArray(value) || ArrayBuffer.isView(value))
    return `[${some(Array.from(value as ArrayLike<unknown>), (item) => show(item, depth - 1))}]`;
  const entries = Object.entries(value);
  return `{${some(entries, ([key, item]) => `${key}: ${show(item, depth - 1)}`)}}`;
}

function some<Item>(items: readonly Item[], text: (item: Item) => string): string {
  const shown = items.slice(0, SHOWN_ENTRIES).map(text).join(', ');
  return items.length > SHOWN_ENTRIES ? `${shown}, … ${items.length - SHOWN_ENTRIES} more` : shown;
}

export const log = freeze({
  debug: (...parts: unknown[]) => line('debug', parts),
  info: (...parts: unknown[]) => line('info', parts),
  warn: (...parts: unknown[]) => line('warn', parts),
  error: (...parts: unknown[]) => line('error', parts),
});
