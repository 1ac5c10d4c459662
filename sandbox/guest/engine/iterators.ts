/** Iterators whose position is plain data, for loops that live across a suspension. */
import type { CapturableIterator } from '../abi.ts';
import {
  applyFunction,
  arrayIterate,
  defineProperty,
  getPrototypeOf,
  isArray,
  isObject,
  IteratorPrototype,
  mapEntries,
  mapIterate,
  mapSize,
  setEntries,
  setIterate,
  setPrototypeOf,
  setSize,
  stringIterate,
  typedArrayIterate,
  typedArrayLength,
  typedArrayName,
} from '../primordials.ts';

type Result = { done: boolean; value: unknown };

/** What an iterator gives of each entry, in the order of their numbers in a captured state: append only. */
export const ENTRY_PARTS = ['keys', 'values', 'entries'] as const;
export const VALUES = 1;
export const ENTRIES = 2;

function entry(what: number, key: unknown, value: unknown): Result {
  return { value: what === VALUES ? value : what === ENTRIES ? [key, value] : key, done: false };
}

/** Walks an array, typed array or string by position; a finished one stays finished. */
export class IndexCursor implements CapturableIterator {
  /** Undefined when finished. */
  source: ArrayLike<unknown> | string | undefined;
  index: number;
  what: number;

  constructor(source: ArrayLike<unknown> | string | undefined, index: number, what: number) {
    this.source = source;
    this.index = index;
    this.what = what;
  }

  next(): Result {
    const { source, index } = this;
    if (source === undefined) return { value: undefined, done: true };
    const length = isArray(source) || typedArrayName(source) === undefined ? source.length : typedArrayLength(source);
    if (index >= length) {
      this.source = undefined;
      return { value: undefined, done: true };
    }
    if (typeof source !== 'string') {
      this.index = index + 1;
      return entry(this.what, index, source[index]);
    }
    const point = String.fromCodePoint(source.codePointAt(index) as number);
    this.index = index + point.length;
    return { value: point, done: false };
  }
}

/**
 * Walks a Map or Set. The engine's own iterator does the walking, because it alone keeps its place while entries are deleted and added;
 * when captured, the place is told by how many entries lie before it.
 */
export class CollectionCursor implements CapturableIterator {
  source: object | undefined;
  isMap: boolean;
  what: number;
  #inner: Iterator<[unknown, unknown]> | undefined;

  constructor(source: object | undefined, isMap: boolean, what: number) {
    this.source = source;
    this.isMap = isMap;
    this.what = what;
    this.#inner = undefined;
    if (source !== undefined) this.start(source, 0);
  }

  /** Begins to walk a collection that has all its entries, after the first `skip` of them. */
  start(source: object, skip: number): void {
    const inner = this.isMap ? mapEntries(source) : setEntries(source);
    for (let passed = 0; passed < skip && !inner.next().done; passed++);
    this.source = source;
    this.#inner = inner;
  }

  next(): Result {
    if (this.source === undefined || this.#inner === undefined) return { value: undefined, done: true };
    const result = this.#inner.next();
    if (!result.done) return entry(this.what, result.value[0], result.value[1]);
    this.source = undefined;
    return { value: undefined, done: true };
  }

  /** How many entries lie before the place. Uses up the iterator: only for a capture, after which nothing runs any more. */
  position(): number {
    if (this.source === undefined) return 0;
    let rest = 0;
    while (!this.#inner?.next().done) rest++;
    return (this.isMap ? mapSize(this.source) : setSize(this.source)) - rest;
  }
}

/** Any other iterator: the author's own, or a generator. Travels when that iterator does. */
export class ForeignCursor implements CapturableIterator {
  iterator: object;
  method: unknown;

  constructor(iterator: object, method: unknown) {
    this.iterator = iterator;
    this.method = method;
  }

  next(value?: unknown): Result {
    return checked(applyFunction(this.method as Function, this.iterator, [value]), 'next');
  }

  get return(): CapturableIterator['return'] {
    const method = (this.iterator as Partial<CapturableIterator>).return as unknown;
    if (method === undefined || method === null) return undefined;
    return (value) => applyFunction(method as Function, this.iterator, [value]);
  }

  get throw(): CapturableIterator['throw'] {
    const method = (this.iterator as Partial<CapturableIterator>).throw as unknown;
    if (method === undefined || method === null) return undefined;
    return (error) => applyFunction(method as Function, this.iterator, [error]);
  }
}

/** The keys of `for...in`; a key that was deleted meanwhile is skipped. */
export class KeyCursor implements CapturableIterator {
  object: object | undefined;
  keys: string[];
  index: number;

  constructor(object: object | undefined, keys: string[], index: number) {
    this.object = object;
    this.keys = keys;
    this.index = index;
  }

  next(): Result {
    while (this.object !== undefined && this.index < this.keys.length) {
      const key = this.keys[this.index++] as string;
      if (key in this.object) return { value: key, done: false };
    }
    this.object = undefined;
    return { value: undefined, done: true };
  }
}

for (const cursor of [IndexCursor, CollectionCursor, ForeignCursor, KeyCursor]) {
  setPrototypeOf(cursor.prototype, IteratorPrototype);
  defineProperty(cursor.prototype, Symbol.toStringTag, { value: 'Iterator', configurable: true });
}

function checked(result: unknown, method: string): Result {
  if (!isObject(result)) throw new TypeError(`iterator.${method}() must give an object`);
  return result as Result;
}

// What matchAll gives has no memory worth keeping: its matches depend on nothing that may change, so they are taken at once.
const MatchIteratorPrototype = getPrototypeOf(''.matchAll(/x/g)) as object;
const StringIteratorPrototype = getPrototypeOf(''[Symbol.iterator]()) as object;

/** `$.iterator`. */
export function iteratorOf(iterable: unknown): CapturableIterator {
  if (iterable === undefined || iterable === null) throw new TypeError(`${String(iterable)} is not iterable`);
  const method: unknown = (iterable as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (typeof method !== 'function')
    throw new TypeError(`${typeof iterable === 'object' ? 'the object' : String(iterable)} is not iterable`);
  if (typeof iterable === 'string' && method === stringIterate) return new IndexCursor(iterable, 0, VALUES);
  if (method === arrayIterate && isArray(iterable)) return new IndexCursor(iterable, 0, VALUES);
  if (method === typedArrayIterate && typedArrayName(iterable) !== undefined)
    return new IndexCursor(iterable as ArrayLike<unknown>, 0, VALUES);
  if (method === mapIterate) return new CollectionCursor(iterable as object, true, ENTRIES);
  if (method === setIterate) return new CollectionCursor(iterable as object, false, VALUES);
  const iterator = applyFunction(method, iterable, []);
  if (!isObject(iterator)) throw new TypeError('[Symbol.iterator]() must give an object');
  const prototype = getPrototypeOf(iterator);
  if (prototype === MatchIteratorPrototype || prototype === StringIteratorPrototype) {
    return new IndexCursor([...(iterator as unknown as Iterable<unknown>)], 0, VALUES);
  }
  return new ForeignCursor(iterator, (iterator as CapturableIterator).next);
}

/** `$.keys`. */
export function keysOf(object: unknown): CapturableIterator {
  if (object === undefined || object === null) return new KeyCursor(undefined, [], 0);
  const target = Object(object) as object;
  const keys: string[] = [];
  for (const key in target) keys.push(key);
  return new KeyCursor(target, keys, 0);
}
