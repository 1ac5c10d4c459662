/** The language operations of {@link ExpressionAbi}: what compiled code needs and JavaScript has no short spelling for. */
import type { BrickAbi, CapturableIterator, ExpressionAbi, PrivateAccess, ResumeMode } from './abi.ts';

// Taken once, so that a program that overwrites the built-ins cannot change what its own frames mean.
const { defineProperty, getPrototypeOf, getOwnPropertyDescriptor, setPrototypeOf } = Object;
const { apply, get: reflectGet, set: reflectSet, ownKeys } = Reflect;

function identity(object: object): object {
  return object;
}

function define<T extends object>(object: T, key: PropertyKey, value: unknown): T {
  return defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function uninitialized(name: string): never {
  throw new ReferenceError(`${name} is used before its declaration`);
}

function close(iterator: CapturableIterator, quiet?: boolean): void {
  if (quiet) {
    try {
      iterator.return?.();
    } catch {
      // The exception that ended the loop is the one the program sees.
    }
    return;
  }
  const result = iterator.return?.();
  if (iterator.return !== undefined && (typeof result !== 'object' || result === null))
    throw new TypeError('iterator.return() must give an object');
}

function delegate(iterator: CapturableIterator, mode: ResumeMode, value: unknown): { done?: boolean; value?: unknown } {
  const result = forward(iterator, mode, value);
  if (typeof result !== 'object' || result === null) throw new TypeError('an iterator must give objects');
  return result as { done?: boolean; value?: unknown };
}

function forward(iterator: CapturableIterator, mode: ResumeMode, value: unknown): unknown {
  if (mode === 0) return iterator.next(value);
  if (mode === 2) {
    const end = iterator.return;
    return end === undefined || end === null ? { done: true, value } : end.call(iterator, value);
  }
  const raise = iterator.throw;
  if (raise !== undefined && raise !== null) return raise.call(iterator, value);
  close(iterator);
  throw new TypeError('the iterator of yield* has no throw method');
}

function copyMembers<T extends object>(object: T, source: unknown, omitted: readonly PropertyKey[]): T {
  if (source === null || source === undefined) return object;
  const from = Object(source) as object;
  for (const key of ownKeys(from)) {
    if (omitted.includes(key)) continue;
    if (getOwnPropertyDescriptor(from, key)?.enumerable) define(object, key, (from as Record<PropertyKey, unknown>)[key]);
  }
  return object;
}

/** `$` itself is `this` of every member, so the classes that bricks registered are at hand. */
function member(abi: ExpressionAbi, cls: Function, name: string): PrivateAccess['names'][string] {
  const found = (abi as BrickAbi).private(cls).names[name];
  if (found === undefined) throw new TypeError(`the class has no member #${name}`);
  return found;
}

/** Spread into `$` by the brick loader. */
export const expressionAbi: ExpressionAbi = {
  call: (fn, self, ...args) => apply(fn as () => unknown, self, args),
  checked: (record, name) => (name in record ? record[name] : uninitialized(name)),
  uninitialized,
  constant: (name) => {
    throw new TypeError(`cannot assign to the constant ${name}`);
  },
  privateGet(cls, name, object) {
    return member(this, cls, name).get?.(object);
  },
  privateSet(cls, name, object, value) {
    const { set } = member(this, cls, name);
    if (set === undefined) throw new TypeError(`#${name} cannot be assigned`);
    set(object, value);
    return value;
  },
  privateHas(cls, name, object) {
    return member(this, cls, name).has(object);
  },
  privateCall(cls, name, object, ...args) {
    return apply(member(this, cls, name).get?.(object) as () => unknown, object, args);
  },
  privateSlot(cls, name, object) {
    const { get, set } = member(this, cls, name);
    return {
      get value() {
        return get?.(object);
      },
      set value(value) {
        set?.(object, value);
      },
    };
  },
  stamp: identity as unknown as ExpressionAbi['stamp'],
  close,
  delegate,
  superGet: (home, key, self) => reflectGet(getPrototypeOf(home) as object, key, self),
  superSet: (home, key, value, self) => {
    if (!reflectSet(getPrototypeOf(home) as object, key, value, self)) throw new TypeError(`cannot set super.${String(key)}`);
    return value;
  },
  define,
  prototype: (object, prototype) =>
    typeof prototype === 'object' || typeof prototype === 'function' ? setPrototypeOf(object, prototype) : object,
  accessor: (object, key, half) => defineProperty(object, key, { ...half, enumerable: true, configurable: true } as PropertyDescriptor),
  spread: (object, source) => copyMembers(object, source, []),
  omit: (source, keys) =>
    copyMembers(
      {},
      source,
      keys.map((key) => (typeof key === 'symbol' ? key : String(key))),
    ),
};
