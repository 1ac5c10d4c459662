/** Function objects: told by where in the code they come from, plus what the program did to them. */
import {
  brandingClasses,
  classOfPrototype,
  classRecords,
  closureRecords,
  definedClasses,
  fixedRecords,
  privatesOf,
} from '../engine/code.ts';
import { isRedefined } from '../globals/definitions.ts';
import { isProxy } from '../globals/proxy.ts';
import { nativeRecord } from '../engine/natives.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, ownKeys } from '../primordials.ts';
import { nativeNode } from './encode-tasks.ts';
import type { Encoder } from './encoder.ts';
import { CannotTravel, type Json, TAG } from './format.ts';
import { isIntrinsic } from './intrinsics.ts';
import { encodeProperty, integrityOf, isAccessor } from './members.ts';

export function encodeFunction(encoder: Encoder, target: Function): Json {
  const fixed = fixedRecords.get(target);
  if (fixed !== undefined) return [TAG.FIXED, fixed.brick, fixed.fn];
  const write = writerOf(encoder, target);
  if (write !== undefined) return [TAG.HEAP, encoder.heapIndex(target, write)];
  return methodNode(encoder, target) ?? privatePartNode(encoder, target) ?? refuse(target);
}

function refuse(target: Function): never {
  if (isProxy(target)) throw new CannotTravel('a Proxy');
  throw new CannotTravel(
    `the function ${String(getOwnPropertyDescriptor(target, 'name')?.value ?? '')}(), which has no place in the compiled code`,
  );
}

function writerOf(encoder: Encoder, target: Function): (() => Json) | undefined {
  if (closureRecords.has(target)) return () => closureNode(encoder, target);
  if (classRecords.has(target)) return () => classNode(encoder, target);
  const native = nativeRecord(target);
  return native === undefined ? undefined : () => nativeNode(encoder, native, functionExtras(encoder, target, Function.prototype));
}

function closureNode(encoder: Encoder, target: Function): Json {
  const record = closureRecords.get(target) as NonNullable<ReturnType<typeof closureRecords.get>>;
  const node: Json[] = [TAG.CLOSURE, record.brick, record.fn];
  const extras = functionExtras(encoder, target, Function.prototype);
  if (record.env !== undefined || extras !== undefined) node.push(record.env === undefined ? null : encoder.scope(record.env));
  if (extras !== undefined) node.push(extras);
  return node;
}

function classNode(encoder: Encoder, cls: Function): Json {
  const record = classRecords.get(cls) as NonNullable<ReturnType<typeof classRecords.get>>;
  const { superclass } = record;
  if (typeof superclass === 'function' && isProxy(superclass)) throw new CannotTravel('a class that extends a Proxy');
  const parent = typeof superclass === 'function' ? superclass : Function.prototype;
  const access = privatesOf(cls);
  const statics = access?.readStatic?.();
  const extras = functionExtras(encoder, cls, parent);
  const tail: Json[] = [
    record.env === undefined ? null : encoder.scope(record.env),
    encoder.member({ words: 'the superclass' }, superclass),
    record.keys.map((key) => encoder.value(key)),
    extras ?? 0,
    statics === undefined ? 0 : encoder.values(statics),
  ];
  return [TAG.CLASS, record.brick, record.fn, ...trimmed(tail, superclass)];
}

/** Without what a decoder supposes anyway. */
function trimmed(tail: Json[], superclass: unknown): Json[] {
  let length = tail.length;
  if (tail[4] === 0) length--;
  if (length === 4 && tail[3] === 0) length--;
  if (length === 3 && (tail[2] as Json[]).length === 0) length--;
  if (length === 2 && superclass === undefined) length--;
  if (length === 1 && tail[0] === null) length--;
  return tail.slice(0, length);
}

/**
 * What the program did to a function: `[own properties, prototype object | 0, its properties, its prototype | 0, integrity,
 * integrity of the prototype object?]`, undefined when nothing.
 */
export function functionExtras(encoder: Encoder, target: Function, usualPrototype: unknown): Json[] | undefined {
  if (getPrototypeOf(target) !== usualPrototype) throw new CannotTravel('a function whose prototype was changed');
  const own: Json[] = [];
  for (const key of ownKeys(target)) {
    const descriptor = getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
    if (!isBornWith(target, key, descriptor)) encodeProperty(encoder, key, descriptor, own);
  }
  const prototype = encodePrototype(encoder, target);
  const integrity = integrityOf(target);
  if (own.length === 0 && prototype === undefined && integrity === 0) return undefined;
  const [replacement, properties, way, closed] = prototype ?? [0, [], 0, 0];
  return [own, replacement, properties, way, integrity, ...(closed === 0 ? [] : [closed])];
}

/** True for what every function of this code has: name, length, prototype, and the methods of a class. */
function isBornWith(target: Function, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  if (key === 'prototype') return true;
  if (descriptor.enumerable) return false;
  if ((key === 'name' || key === 'length') && !descriptor.writable && descriptor.configurable === true) return !isRedefined(target);
  return isOwnMethod(descriptor);
}

/** A method or accessor from a class body: hidden, and its functions are known from nowhere else. */
function isOwnMethod(descriptor: PropertyDescriptor): boolean {
  if (descriptor.enumerable) return false;
  if (!isAccessor(descriptor)) return isMethodFunction(descriptor.value);
  const parts = [descriptor.get, descriptor.set].filter((part) => part !== undefined);
  return parts.length > 0 && parts.every(isMethodFunction);
}

function isMethodFunction(part: unknown): part is Function {
  return (
    typeof part === 'function' &&
    !closureRecords.has(part) &&
    !fixedRecords.has(part) &&
    !classRecords.has(part) &&
    nativeRecord(part) === undefined &&
    !isIntrinsic(part)
  );
}

type PrototypeParts = readonly [replacement: Json, properties: Json[], way: Json, integrity: number];

/** The prototype object; undefined when it is as it was born. */
function encodePrototype(encoder: Encoder, target: Function): PrototypeParts | undefined {
  const descriptor = getOwnPropertyDescriptor(target, 'prototype');
  if (descriptor === undefined) return undefined;
  const prototype: unknown = descriptor.value;
  if (typeof prototype !== 'object' || prototype === null || isFunctionPrototype(prototype) !== target) {
    return nativeRecord(target) === undefined ? [encoder.member('prototype', prototype), [], 0, 0] : undefined;
  }
  return encoder.within('prototype', () => {
    const properties: Json[] = [];
    for (const key of ownKeys(prototype)) {
      const own = getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
      if (key === 'constructor' ? own.value !== target || own.enumerable : !isOwnMethod(own)) encodeProperty(encoder, key, own, properties);
    }
    const usual = usualParent(target);
    const parent = getPrototypeOf(prototype) as object | null;
    const way = parent === usual ? 0 : encoder.value(parent);
    const integrity = integrityOf(prototype);
    return properties.length === 0 && way === 0 && integrity === 0 ? undefined : [0, properties, way, integrity];
  });
}

/** What the prototype object of a fresh function or class inherits from. */
function usualParent(target: Function): unknown {
  const superclass = classRecords.get(target)?.superclass;
  if (superclass === undefined) return Object.prototype;
  return superclass === null ? null : getOwnPropertyDescriptor(superclass as object, 'prototype')?.value;
}

/** The function or class that a prototype object came with. */
export function isFunctionPrototype(object: object): Function | undefined {
  if (isProxy(object)) return undefined;
  const cls = classOfPrototype(object);
  if (cls !== undefined || !hasOwn(object, 'constructor')) return cls;
  const owner: unknown = getOwnPropertyDescriptor(object, 'constructor')?.value;
  if (typeof owner !== 'function' || isProxy(owner)) return undefined;
  if (!closureRecords.has(owner) && !fixedRecords.has(owner)) return undefined;
  return getOwnPropertyDescriptor(owner, 'prototype')?.value === object ? owner : undefined;
}

/** A method taken out of its class: told by class and name. */
function methodNode(encoder: Encoder, target: Function): Json | undefined {
  for (const cls of definedClasses) {
    for (const isStatic of [false, true]) {
      const holder = isStatic ? cls : (getOwnPropertyDescriptor(cls, 'prototype')?.value as object);
      const found = findPart(holder, target);
      if (found !== undefined) return [TAG.METHOD, encoder.value(cls), isStatic, encoder.value(found.key), found.part];
    }
  }
  return undefined;
}

/** What compiled code outside a class uses to reach its private members. */
function privatePartNode(encoder: Encoder, target: Function): Json | undefined {
  for (const cls of brandingClasses) {
    for (const [name, parts] of Object.entries(privatesOf(cls)?.names ?? {})) {
      const part =
        parts.method === true && privateMethod(cls, name) === target
          ? 3
          : PRIVATE_PARTS.findIndex((candidate) => parts[candidate] === target);
      if (part >= 0) return [TAG.PRIVATE_PART, encoder.value(cls), name, part];
    }
  }
  return undefined;
}

/** The last is the private method itself. */
export const PRIVATE_PARTS = ['get', 'set', 'has', 'method'] as const;

/** The function of a private method; undefined when there is no such method. Runs nothing of the author's. */
export function privateMethod(cls: Function, name: string): unknown {
  const access = privatesOf(cls);
  const parts = access !== undefined && hasOwn(access.names, name) ? access.names[name] : undefined;
  if (access === undefined || parts?.method !== true) return undefined;
  if (parts.has(cls)) return parts.get?.(cls);
  // The function is the same for every object that the class has branded, this one too.
  const sample = {};
  access.stamp(sample, []);
  return parts.get?.(sample);
}

export const METHOD_PARTS = ['value', 'get', 'set'] as const;

function findPart(holder: object, target: Function): { key: PropertyKey; part: number } | undefined {
  for (const key of ownKeys(holder)) {
    const descriptor = getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
    if (descriptor.enumerable) continue;
    const part = METHOD_PARTS.findIndex((name) => descriptor[name] === target);
    if (part >= 0) return { key, part };
  }
  return undefined;
}
