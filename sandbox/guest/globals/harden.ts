/**
 * Freezes every built-in. A program cannot change what the runtime relies on, and it learns at once that a patched
 * built-in would not survive the hop, instead of losing the patch there.
 */
import { intrinsicObjects } from '../codec/intrinsics.ts';
import { trustGetter } from '../engine/report.ts';
import { defineProperty, freeze, getOwnPropertyDescriptor, hasOwn, isObject, ownKeys } from '../primordials.ts';

const ERROR_NAMES = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'URIError',
  'EvalError',
  'AggregateError',
  'InternalError',
];

/**
 * Members that programs override in objects of their own by assignment (`error.name = 'X'`, `this.toString = ...`). A frozen data
 * property would forbid that in every inheriting object, so these become accessors that define on the object. Methods of lists
 * and collections stay data: they are called in hot loops, and hardly ever overridden this way.
 */
function overridable(): (readonly [holder: object, keys: readonly PropertyKey[]])[] {
  const list: (readonly [object, readonly PropertyKey[]])[] = [
    [Object.prototype, ownKeys(Object.prototype)],
    [Function.prototype, ['toString', 'constructor']],
    [Array.prototype, ['toString', 'constructor']],
    [Date.prototype, ['toString', 'constructor', 'toJSON']],
  ];
  for (const name of ERROR_NAMES) {
    const type = (globalThis as unknown as Record<string, { prototype: object } | undefined>)[name];
    if (type !== undefined) list.push([type.prototype, ownKeys(type.prototype)]);
  }
  return list;
}

export function hardenIntrinsics(): void {
  for (const [holder, keys] of overridable()) {
    for (const key of keys) makeOverridable(holder, key);
  }
  for (const object of intrinsicObjects()) {
    if (object !== globalThis) freeze(object);
  }
}

function makeOverridable(holder: object, key: PropertyKey): void {
  const { value, writable, configurable, enumerable } = getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
  if (writable !== true || configurable !== true) return;
  const get = () => value as unknown;
  trustGetter(get);
  defineProperty(holder, key, {
    get,
    set(this: unknown, replacement: unknown) {
      if (this === holder || !isObject(this)) throw new TypeError(`cannot change the built-in ${String(key)}`);
      if (hasOwn(this, key)) (this as Record<PropertyKey, unknown>)[key] = replacement;
      else defineProperty(this, key, { value: replacement, writable: true, enumerable: true, configurable: true });
    },
    enumerable: enumerable === true,
    configurable: false,
  });
}
