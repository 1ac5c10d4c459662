/**
 * What a program redefined one by one: properties of lists and functions, and prototypes. All else is known to have ordinary elements,
 * the name and length it was born with, and the prototype of what it is, so that a capture need not ask for each; and it must not read
 * an element that may be a getter.
 */
import { defineProperty, getOwnPropertyDescriptor, isArray } from '../primordials.ts';

const redefined = new WeakSet<object>();
let any = false;
let reparented = false;

/** True when a property of this list or function was given attributes of its own. */
export function isRedefined(object: object): boolean {
  return any && redefined.has(object);
}

/** True when some object may have a prototype that does not tell what it is. */
export function hasReparented(): boolean {
  return reparented;
}

export function noteDefinition(target: unknown): void {
  if (typeof target === 'function' || isArray(target)) {
    any = true;
    redefined.add(target);
  }
}

export function noteReparented(): void {
  reparented = true;
}

type Note = (self: unknown, args: readonly unknown[]) => void;

/** Puts a note before every call of a built-in. */
function recording(name: string, native: Function, note: Note): Function {
  return {
    [name](this: unknown, ...args: unknown[]): unknown {
      note(this, args);
      return Reflect.apply(native, this, args);
    },
  }[name] as Function;
}

function record(holder: object, name: string, note: Note): void {
  const native = (holder as Record<string, unknown>)[name] as Function;
  defineProperty(holder, name, { value: recording(name, native, note), writable: true, enumerable: false, configurable: true });
}

export function recordDefinitions(): void {
  const noteFirst: Note = (_self, args) => noteDefinition(args[0]);
  for (const name of ['defineProperty', 'defineProperties']) record(Object, name, noteFirst);
  record(Reflect, 'defineProperty', noteFirst);
  // Two arguments less than they look: an accessor is defined on `this`.
  for (const name of ['__defineGetter__', '__defineSetter__']) record(Object.prototype, name, noteDefinition);
}

export function recordPrototypes(): void {
  record(Object, 'setPrototypeOf', noteReparented);
  record(Reflect, 'setPrototypeOf', noteReparented);
  record(Reflect, 'construct', (_self, args) => {
    if (args.length > 2 && args[2] !== args[0]) reparented = true;
  });
  const accessor = getOwnPropertyDescriptor(Object.prototype, '__proto__');
  if (accessor?.set === undefined) return;
  defineProperty(Object.prototype, '__proto__', { ...accessor, set: recording('__proto__', accessor.set, noteReparented) as () => void });
}
