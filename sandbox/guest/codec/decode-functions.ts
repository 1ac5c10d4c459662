/** Restores function objects from the loaded code. */
import { classRecords, makeClass, makeClosure, namespaceOf, privatesOf, templateOf } from '../engine/code.ts';
import { makeNative, NATIVE_KINDS, nativeRecord } from '../engine/natives.ts';
import { defineProperty, getOwnPropertyDescriptor, isObject, setPrototypeOf } from '../primordials.ts';
import { METHOD_PARTS, PRIVATE_PARTS, privateMethod } from './encode-functions.ts';
import { fillProperties, restrict } from './decode-members.ts';
import { nameBound } from '../globals/bind.ts';
import { fillNativeParts } from './decode-tasks.ts';
import type { Decoder } from './decoder.ts';
import { asIndex, asList, asText, bad, brickAt } from './read.ts';
import { BadState, INTEGRITY, type Json, TAG } from './format.ts';

export function createFunction(decoder: Decoder, json: Json[]): unknown {
  switch (json[0]) {
    case TAG.CLOSURE:
      return createClosure(decoder, json);
    case TAG.CLASS:
      return createClass(decoder, json);
    case TAG.FIXED:
      return brickAt(json[1]).fixed.get(asIndex(json[2])) ?? bad('a function that the code does not have');
    case TAG.NATIVE:
      return makeNative(NATIVE_KINDS[asIndex(json[1])] ?? bad('an unknown function of the runtime'), []);
    default:
      return bad('an unknown kind of value');
  }
}

function createClosure(decoder: Decoder, json: Json[]): Function {
  const brick = brickAt(json[1]);
  const fn = asIndex(json[2]);
  if (!brick.closures.has(fn)) throw new BadState('a closure that the code does not have');
  return makeClosure(brick, fn, decoder.scope(json[3]));
}

function createClass(decoder: Decoder, json: Json[]): Function {
  const brick = brickAt(json[1]);
  const fn = asIndex(json[2]);
  if (!brick.classes.has(fn)) throw new BadState('a class that the code does not have');
  const superclass = json[4] === undefined ? undefined : decoder.value(json[4]);
  if (superclass !== undefined && superclass !== null && typeof superclass !== 'function')
    throw new BadState('a superclass that is no class');
  const keys = json[5] === undefined ? [] : decoder.values(json[5]);
  if (!keys.every((key) => typeof key === 'string' || typeof key === 'symbol' || typeof key === 'number'))
    throw new BadState('a member without a name');
  const record = { brick: brick.index, fn, env: decoder.scope(json[3]), superclass, keys: keys as PropertyKey[] };
  return makeClass(brick, record, false);
}

export function fillFunction(decoder: Decoder, target: Function, json: Json[]): void {
  switch (json[0]) {
    case TAG.CLOSURE:
      if (json.length > 4) fillExtras(decoder, target, json[4]);
      return;
    case TAG.CLASS:
      if (json.length > 6 && json[6] !== 0) fillExtras(decoder, target, json[6]);
      if (json.length > 7 && json[7] !== 0) privatesOf(target)?.stampStatic?.(decoder.values(json[7]));
      return;
    case TAG.NATIVE: {
      const record = nativeRecord(target) ?? bad('not a function of the runtime');
      fillNativeParts(decoder, record, asList(json[2]));
      if (record.kind === 'bound') nameBound(target, record.parts[0] as Function, record.parts.length - 2);
      if (json.length > 3) fillExtras(decoder, target, json[3]);
      return;
    }
    default:
  }
}

/** `[own properties, prototype object | 0, its properties, its prototype | 0, integrity, integrity of the prototype object?]` */
export function fillExtras(decoder: Decoder, target: Function, json: Json | undefined): void {
  const [own, replacement, properties, parent, integrity, closed = INTEGRITY.NONE] = asList(json);
  fillProperties(decoder, target, asList(own));
  if (replacement !== 0) defineProperty(target, 'prototype', { value: decoder.value(replacement) });
  const prototype: unknown = getOwnPropertyDescriptor(target, 'prototype')?.value;
  if (asList(properties).length > 0 || parent !== 0 || closed !== INTEGRITY.NONE) {
    if (!isObject(prototype)) throw new BadState('a function without prototype');
    fillProperties(decoder, prototype, asList(properties));
    if (parent !== 0) setPrototypeOf(prototype, decoder.value(parent) as object | null);
    restrict(prototype, closed);
  }
  restrict(target, integrity);
}

export function prototypeOf(decoder: Decoder, json: Json[]): object {
  const owner = decoder.value(json[1]);
  const prototype: unknown = typeof owner === 'function' ? getOwnPropertyDescriptor(owner, 'prototype')?.value : undefined;
  return isObject(prototype) ? prototype : bad('a prototype without function');
}

export function methodOf(decoder: Decoder, json: Json[]): Function {
  const cls = decoder.value(json[1]);
  if (typeof cls !== 'function' || !classRecords.has(cls)) throw new BadState('a method of something that is no class');
  const holder: object = json[2] === true ? cls : (cls as { prototype: object } & Function).prototype;
  const key = decoder.value(json[3]);
  const part = METHOD_PARTS[asIndex(json[4])] ?? bad('an unknown part of a property');
  const found: unknown = typeof key === 'string' || typeof key === 'symbol' ? getOwnPropertyDescriptor(holder, key)?.[part] : undefined;
  return typeof found === 'function' ? found : bad('a method that the code does not have');
}

export function privatePartOf(decoder: Decoder, json: Json[]): Function {
  const cls = decoder.value(json[1]);
  const names = typeof cls === 'function' ? privatesOf(cls)?.names : undefined;
  const name = asText(json[2]);
  const part = PRIVATE_PARTS[asIndex(json[3])] ?? bad('an unknown access to a private member');
  const found: unknown =
    part === 'method'
      ? privateMethod(cls as Function, name)
      : names !== undefined && Object.hasOwn(names, name)
        ? names[name]?.[part]
        : undefined;
  return typeof found === 'function' ? found : bad('a private member that the code does not have');
}

export function namespaceAt(json: Json[]): object {
  return namespaceOf(brickAt(json[1]).index);
}

export function templateAt(json: Json[]): object {
  const brick = brickAt(json[1]);
  const strings = (list: Json | undefined) => asList(list).map((text) => (text === null ? undefined : asText(text)));
  return templateOf(brick, asIndex(json[2]), strings(json[3]), strings(json[4]) as string[]);
}
