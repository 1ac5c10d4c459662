/** From the text that a device gives to a value. */
import { DataError } from '../core/errors.ts';
import type { TagValue } from '../core/tags.ts';
import type { ParseConfig } from './config.ts';

export const PLAIN_NUMBER: ParseConfig = { match: null, field: null, type: 'number', scale: 1, offset: 0 };

/** Throws DataError `bad-reading` with the beginning of the text when it does not have the form that `config` says. */
export function parseReading(text: string, config: ParseConfig): TagValue {
  const matched = config.match === null ? text.trim() : applyMatch(text, config.match);
  const found: unknown = config.field === null ? matched : pick(matched, config.field);
  switch (config.type) {
    case 'json':
      return (config.field === null ? parseJson(matched) : found) as TagValue;
    case 'text':
      return typeof found === 'string' ? found : JSON.stringify(found);
    case 'boolean':
      return toBoolean(found, text);
    case 'number':
      return toNumber(found, text) * config.scale + config.offset;
  }
}

function applyMatch(text: string, pattern: string): string {
  const match = new RegExp(pattern, 'm').exec(text);
  if (match === null) throw bad(`does not match /${pattern}/`, text);
  return match[1] ?? match[0];
}

function pick(text: string, field: string): unknown {
  let value: unknown = parseJson(text);
  for (const key of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) throw bad(`has no field ${field}`, text);
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad('is not JSON', text);
  }
}

function toNumber(found: unknown, text: string): number {
  const number = typeof found === 'number' ? found : typeof found === 'string' && found.trim() !== '' ? Number(found) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw bad('is not a number', text);
}

const TRUE = new Set(['1', 'true', 'on', 'yes', 'high']);
const FALSE = new Set(['0', 'false', 'off', 'no', 'low']);

function toBoolean(found: unknown, text: string): boolean {
  const word = String(found).toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  throw bad('is neither true nor false', text);
}

function bad(what: string, text: string): DataError {
  const shown = text.trim().slice(0, 40);
  return new DataError('bad-reading', `the reading ${JSON.stringify(shown)}${text.trim().length > 40 ? '...' : ''} ${what}`);
}
