/** Checks of what programs pass to the guest API. Each message says the call, the argument and what it should be. */
import { isArray } from '../primordials.ts';

export function textArgument(value: unknown, call: string, name: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${call}: ${name} must be a non-empty string, not ${shown(value)}`);
  return value;
}

/** A duration in milliseconds, finite and not negative. */
export function durationArgument(value: unknown, call: string, name: string): number {
  if (typeof value !== 'number' || !(value >= 0) || value === Infinity)
    throw new TypeError(`${call}: ${name} must be a number of milliseconds, not ${shown(value)}`);
  return value;
}

export function optionalDuration(value: unknown, call: string, name: string): number | null {
  return value === undefined || value === null || value === Infinity ? null : durationArgument(value, call, name);
}

/** The options object, or an empty one. Unknown names are refused: a misspelt option would be ignored in silence. */
export function optionsArgument(value: unknown, call: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || isArray(value))
    throw new TypeError(`${call}: options must be an object, not ${shown(value)}`);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${call}: unknown option "${key}"; there are ${known.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

export function flagOption(value: unknown, call: string, name: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw new TypeError(`${call}: ${name} must be true or false, not ${shown(value)}`);
  return value;
}

/** A fraction between 0 and 1, both excluded. */
export function shareOption(value: unknown, call: string): number {
  if (value === undefined) return 0.5;
  if (typeof value !== 'number' || !(value > 0 && value < 1))
    throw new TypeError(`${call}: share must be a number between 0 and 1, not ${shown(value)}`);
  return value;
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : JSON.stringify(value.slice(0, 40));
  if (typeof value === 'function') return 'a function';
  if (isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
