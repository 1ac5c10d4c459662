/**
 * Lists and functions whose properties were redefined one by one. All others are known to have ordinary elements, or the name and
 * length they were born with, so that a capture need not ask for each; and it must not read an element that may be a getter.
 */
import { defineProperty, isArray } from '../primordials.ts';

const redefined = new WeakSet<object>();
let any = false;

/** True when a property of this list or function was given attributes of its own. */
export function isRedefined(object: object): boolean {
  return any && redefined.has(object);
}

function note(target: unknown): void {
  if (typeof target === 'function' || isArray(target)) {
    any = true;
    redefined.add(target);
  }
}

/** Replaces a method of `holder`, whose first argument (or `this`, for old accessors) is redefined by it. */
function record(holder: object, name: string, targetIsThis: boolean): void {
  const native = (holder as Record<string, unknown>)[name] as Function;
  const recording = {
    [name](this: unknown, ...args: unknown[]): unknown {
      note(targetIsThis ? this : args[0]);
      return Reflect.apply(native, this, args);
    },
  }[name];
  defineProperty(holder, name, { value: recording, writable: true, enumerable: false, configurable: true });
}

export function recordDefinitions(): void {
  record(Object, 'defineProperty', false);
  record(Object, 'defineProperties', false);
  record(Reflect, 'defineProperty', false);
  // Two arguments less than they look: an accessor is defined on `this`.
  record(Object.prototype, '__defineGetter__', true);
  record(Object.prototype, '__defineSetter__', true);
}
