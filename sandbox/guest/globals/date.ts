/** `Date` as programs see it: the built-in, with the node's clock instead of the engine's. */
import { defineProperty, dateValue, reflectConstruct } from '../primordials.ts';
import { surroundings } from '../engine/surroundings.ts';

export const NativeDate = Date;

/** The global Date that programs see; `new Date()` and `Date.now()` give the time at which the slice began. */
export function clockedDate(): Function {
  function Date(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return String(reflectConstruct(NativeDate, [surroundings().wallMs]));
    return reflectConstruct(NativeDate, args.length === 0 ? [surroundings().wallMs] : args.map(plainTime), new.target);
  }
  defineProperty(Date, 'prototype', { value: NativeDate.prototype, writable: false });
  defineProperty(Date, 'length', { value: 7 });
  defineProperty(NativeDate.prototype, 'constructor', { value: Date, writable: true, configurable: true });
  const statics = { now: () => surroundings().wallMs, parse: NativeDate.parse, UTC: NativeDate.UTC };
  for (const [key, value] of Object.entries(statics)) defineProperty(Date, key, { value, writable: true, configurable: true });
  return Date;
}

/** A date that is copied gives its exact time, as the built-in does for dates of its own realm. */
function plainTime(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return dateValue(value);
  } catch {
    return value;
  }
}
