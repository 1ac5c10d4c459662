/**
 * Built-in methods, taken once while the realm is fresh, in the form `method(self, ...args)`.
 * They are for objects that belong to the author: an own property `get` on an author's Map must never run while the
 * runtime looks at that Map. For its own objects the runtime calls methods as usual, because the built-ins are frozen.
 */
const { bind, call, apply } = Function.prototype;

type Method<This, Args extends unknown[], Result> = (this: This, ...args: Args) => Result;
type Uncurried<This, Args extends unknown[], Result> = (self: This, ...args: Args) => Result;

function uncurry<This, Args extends unknown[], Result>(method: Method<This, Args, Result>): Uncurried<This, Args, Result> {
  return bind.call(call, method) as Uncurried<This, Args, Result>;
}

function getter<Result>(holder: object, key: PropertyKey): (self: unknown) => Result {
  const get = Object.getOwnPropertyDescriptor(holder, key)?.get;
  if (get === undefined) throw new Error(`this engine has no getter ${String(key)}`);
  return uncurry(get as Method<unknown, [], Result>);
}

export const {
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getOwnPropertyDescriptors,
  getPrototypeOf,
  isExtensible,
  isFrozen,
  isSealed,
  keys: objectKeys,
  preventExtensions,
  seal,
  setPrototypeOf,
} = Object;
export const { ownKeys, apply: reflectApply, construct: reflectConstruct, defineProperty: reflectDefine } = Reflect;
export const { isArray } = Array;
export const { stringify, parse } = JSON;

export const applyFunction = uncurry(apply) as (target: Function, self: unknown, args: readonly unknown[]) => unknown;
export const hasOwn = Object.hasOwn;

export const mapSize = getter<number>(Map.prototype, 'size');
export const mapForEach = uncurry(Map.prototype.forEach) as (self: object, visit: (value: unknown, key: unknown) => void) => void;
export const mapSet = uncurry(Map.prototype.set) as (self: object, key: unknown, value: unknown) => void;
export const mapEntries = uncurry(Map.prototype.entries) as (self: object) => Iterator<[unknown, unknown]>;
export const setSize = getter<number>(Set.prototype, 'size');
export const setForEach = uncurry(Set.prototype.forEach) as (self: object, visit: (value: unknown) => void) => void;
export const setAdd = uncurry(Set.prototype.add) as (self: object, value: unknown) => void;
export const setEntries = uncurry(Set.prototype.entries) as (self: object) => Iterator<[unknown, unknown]>;
export const weakMapHas = uncurry(WeakMap.prototype.has) as (self: object, key?: unknown) => boolean;
export const weakSetHas = uncurry(WeakSet.prototype.has) as (self: object, value?: unknown) => boolean;
export const dateValue = uncurry(Date.prototype.getTime) as (self: object) => number;
export const regExpSource = getter<string>(RegExp.prototype, 'source');
export const booleanValue = uncurry(Boolean.prototype.valueOf) as (self: object) => boolean;
export const numberValue = uncurry(Number.prototype.valueOf) as (self: object) => number;
export const stringValue = uncurry(String.prototype.valueOf) as (self: object) => string;
export const bigintValue = uncurry(BigInt.prototype.valueOf) as (self: object) => bigint;
export const symbolValue = uncurry(Symbol.prototype.valueOf) as (self: object) => symbol;
export const symbolDescription = getter<string | undefined>(Symbol.prototype, 'description');

/** The flag letters of a RegExp with the getter that tells each, in the order of `flags`. */
export const regExpFlags: readonly (readonly [letter: string, get: (self: unknown) => boolean])[] = [
  ['d', getter<boolean>(RegExp.prototype, 'hasIndices')],
  ['g', getter<boolean>(RegExp.prototype, 'global')],
  ['i', getter<boolean>(RegExp.prototype, 'ignoreCase')],
  ['m', getter<boolean>(RegExp.prototype, 'multiline')],
  ['s', getter<boolean>(RegExp.prototype, 'dotAll')],
  ['u', getter<boolean>(RegExp.prototype, 'unicode')],
  ['v', 'unicodeSets' in RegExp.prototype ? getter<boolean>(RegExp.prototype, 'unicodeSets') : () => false],
  ['y', getter<boolean>(RegExp.prototype, 'sticky')],
];

export const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
export const typedArrayName = getter<string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
export const typedArrayLength = getter<number>(TypedArrayPrototype, 'length');
export const typedArrayOffset = getter<number>(TypedArrayPrototype, 'byteOffset');
export const typedArrayBuffer = getter<ArrayBuffer>(TypedArrayPrototype, 'buffer');
export const dataViewLength = getter<number>(DataView.prototype, 'byteLength');
export const dataViewOffset = getter<number>(DataView.prototype, 'byteOffset');
export const dataViewBuffer = getter<ArrayBuffer>(DataView.prototype, 'buffer');
export const bufferLength = getter<number>(ArrayBuffer.prototype, 'byteLength');
export const bufferResizable: (self: unknown) => boolean =
  'resizable' in ArrayBuffer.prototype ? getter<boolean>(ArrayBuffer.prototype, 'resizable') : () => false;

export const IteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]())) as object;
export const arrayIterate = Array.prototype[Symbol.iterator];
export const typedArrayIterate = (TypedArrayPrototype as Iterable<unknown>)[Symbol.iterator];
export const mapIterate = Map.prototype[Symbol.iterator];
export const setIterate = Set.prototype[Symbol.iterator];
export const stringIterate = String.prototype[Symbol.iterator];

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
