/** The two halves of restoring an object: make it, then fill it; so that objects may refer to each other in any way. */
import { pendingPromise, type SmPromise } from '../engine/promise.ts';
import { SmGenerator } from '../engine/generators.ts';
import { isArray, isObject, mapSet, objectKeys, setAdd, setPrototypeOf } from '../primordials.ts';
import { privatesOf } from '../engine/code.ts';
import { noteReparented } from '../globals/definitions.ts';
import { createCursor, createDate, createError, createRegExp, createView, fillCursor, fillError } from './decode-builtins.ts';
import { createFunction, fillFunction, methodOf, namespaceAt, privatePartOf, prototypeOf, templateAt } from './decode-functions.ts';
import { fillGenerator, fillPromise } from './decode-tasks.ts';
import { defineMembers, fillProperties, restrict } from './decode-members.ts';
import type { Decoder, DecoderRules } from './decoder.ts';
import { asIndex, asList, asMembers, asText, bad } from './read.ts';
import { fromBase64 } from './base64.ts';
import { BadState, type Json, SPECIAL, TAG } from './format.ts';

/** A fresh object of the right sort. Reads nothing but heap entries that stand alone. */
function createObject(decoder: Decoder, json: Json): unknown {
  // What JSON made is taken as it is: its members are decoded in place.
  if (!isArray(json)) return asMembers(json);
  switch (json[0]) {
    case TAG.ARRAY:
    case TAG.SPARSE:
      return [];
    case TAG.PLAIN_ARRAY:
      return asList(json[1]);
    case TAG.EXTENDED:
      if (isArray(json[1]) && json[1][0] === TAG.EXTENDED) throw new BadState('an object extended twice');
      return createObject(decoder, json[1] as Json);
    case TAG.INSTANCE:
      return {};
    case TAG.MAP:
      return new Map();
    case TAG.SET:
      return new Set();
    case TAG.DATE:
      return createDate(json);
    case TAG.REGEXP:
      return createRegExp(json);
    case TAG.ERROR:
      return createError(json);
    case TAG.BUFFER:
      return fromBase64(asText(json[1])).buffer;
    case TAG.VIEW:
      return createView(decoder, json);
    case TAG.BOXED:
      return Object(decoder.value(json[1])) as object;
    case TAG.PROMISE:
      return pendingPromise();
    case TAG.GENERATOR:
      return new SmGenerator(undefined);
    case TAG.CURSOR:
      return createCursor(json);
    case TAG.NAMESPACE:
      return namespaceAt(json);
    case TAG.TEMPLATE:
      return templateAt(json);
    case TAG.PROTOTYPE:
      return prototypeOf(decoder, json);
    case TAG.METHOD:
      return methodOf(decoder, json);
    case TAG.PRIVATE_PART:
      return privatePartOf(decoder, json);
    case TAG.SYMBOL:
      return json.length === 1 ? Symbol() : Symbol(asText(json[1]));
    default:
      return createFunction(decoder, json);
  }
}

/** Gives the object what its description says. The order is the encoder's: numbers depend on it. */
function fillObject(decoder: Decoder, object: object, json: Json): void {
  if (!isArray(json)) return fillMembers(decoder, object, json as { [key: string]: Json });
  switch (json[0]) {
    case TAG.ARRAY:
      return fillArray(decoder, object as unknown[], json);
    case TAG.SPARSE:
      (object as unknown[]).length = asIndex(json[1]);
      return;
    case TAG.EXTENDED:
      return fillExtended(decoder, object, json);
    case TAG.INSTANCE:
      return fillInstance(decoder, object, json);
    case TAG.MAP:
      for (let index = 1; index < json.length; index += 2) mapSet(object, decoder.value(json[index]), decoder.value(json[index + 1]));
      return;
    case TAG.SET:
      for (let index = 1; index < json.length; index++) setAdd(object, decoder.value(json[index]));
      return;
    case TAG.REGEXP:
      if (json.length > 3) (object as RegExp).lastIndex = decoder.value(json[3]) as number;
      return;
    case TAG.ERROR:
      return fillError(decoder, object, json);
    case TAG.PROMISE:
      return fillPromise(decoder, object as SmPromise, json.slice(1));
    case TAG.GENERATOR:
      return fillGenerator(decoder, object as SmGenerator, json);
    case TAG.CURSOR:
      return fillCursor(decoder, object, json);
    default:
      if (typeof object === 'function') fillFunction(decoder, object, json);
  }
}

function fillMembers(decoder: Decoder, object: object, members: { [key: string]: Json }): void {
  const target = object as Record<string, unknown>;
  const keys = objectKeys(members);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const value = members[key] as Json;
    // In place, a primitive already is what it should be.
    if (typeof value === 'object' && value !== null) target[key] = decoder.value(value);
    else if (target !== members) target[key] = value;
  }
}

function fillArray(decoder: Decoder, array: unknown[], json: Json[]): void {
  array.length = json.length - 1;
  for (let index = 1; index < json.length; index++) {
    const item = json[index] as Json;
    if (isArray(item) && item[0] === TAG.SPECIAL && item[1] === SPECIAL.HOLE) continue;
    array[index - 1] = decoder.value(item);
  }
}

function fillInstance(decoder: Decoder, object: object, json: Json[]): void {
  const cls = decoder.value(json[1]);
  if (typeof cls !== 'function') throw new BadState('an instance of something that is no class');
  setPrototypeOf(object, (cls as { prototype?: object }).prototype ?? bad('a class without prototype'));
  defineMembers(decoder, object, asMembers(json[2]));
}

function fillExtended(decoder: Decoder, object: object, json: Json[]): void {
  const [, node, way, integrity, brands] = json;
  fillObject(decoder, object, node as Json);
  fillProperties(decoder, object, json.slice(5));
  if (brands !== 0) for (const brand of asList(brands)) stamp(decoder, object, asList(brand));
  if (way !== 0) {
    const prototype = decoder.value(way);
    if (prototype !== null && !isObject(prototype)) throw new BadState('a prototype that is no object');
    setPrototypeOf(object, prototype);
    noteReparented();
  }
  restrict(object, integrity);
}

function stamp(decoder: Decoder, object: object, brand: Json[]): void {
  const cls = decoder.value(brand[0]);
  const access = typeof cls === 'function' ? privatesOf(cls) : undefined;
  if (access === undefined) throw new BadState('private fields of something that is no class');
  access.stamp(object, decoder.values(brand[1]));
}

export const DECODER_RULES: DecoderRules = { create: createObject, fill: fillObject };
