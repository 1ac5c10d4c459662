/** Objects that are not functions. */
import { brandingClasses, classOfPrototype, namespaceIndex, templateRecords } from '../engine/code.ts';
import { isRedefined } from '../globals/definitions.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } from '../primordials.ts';
import { builtinNode } from './encode-builtins.ts';
import { encodeNumber, type Encoder, isPlainPrimitive } from './encoder.ts';
import { isFunctionPrototype } from './encode-functions.ts';
import { CannotTravel, type Json, PLAIN_ARRAY_LENGTH, SPECIAL, TAG } from './format.ts';
import { kindOf } from './kinds.ts';
import { encodeBrands, encodeProperties, encodeProperty, extend, type Members } from './members.ts';

/** The node of an object that was not met before and is not a built-in. */
export function encodeObject(encoder: Encoder, object: object): Json {
  const kind = kindOf(object);
  if (kind === 'array') return encodeArray(encoder, object as unknown[]);
  if (kind === 'ordinary') return encodeOrdinary(encoder, object);
  // Whatever inherits from Error counts as one, so the prototype of an author's error class has to be told apart here.
  const ofClass = kind === 'error' ? prototypeNode(encoder, object) : undefined;
  if (ofClass !== undefined) return ofClass;
  const { node, prototype, consumed } = builtinNode(encoder, kind, object);
  const keys = ownKeys(object);
  const properties: Json[] = [];
  for (const key of keys) {
    if (!consumed(key)) encodeProperty(encoder, key, getOwnPropertyDescriptor(object, key) as PropertyDescriptor, properties);
  }
  const brands = getPrototypeOf(object) === prototype ? 0 : encodeBrands(encoder, object);
  return extend(encoder, object, node, prototype, properties, brands);
}

function encodeOrdinary(encoder: Encoder, object: object): Json {
  const prototype = getPrototypeOf(object) as object | null;
  const special = (prototype === null ? recordedNode(object) : undefined) ?? prototypeNode(encoder, object);
  if (special !== undefined) return special;
  const members: Members = {};
  const properties: Json[] = [];
  // The prototype's class is written first, so that the instance's own members refer to it.
  const cls = prototype === null || prototype === Object.prototype ? undefined : classOfPrototype(prototype);
  const node: Json = cls === undefined ? members : [TAG.INSTANCE, encoder.value(cls), members];
  encodeProperties(encoder, object, ownKeys(object), members, properties);
  const brands = prototype === Object.prototype || brandingClasses.length === 0 ? 0 : encodeBrands(encoder, object);
  return extend(encoder, object, node, cls === undefined ? Object.prototype : (prototype as object), properties, brands);
}

/** Objects that code makes once and that are told by where: module namespaces. */
function recordedNode(object: object): Json | undefined {
  const brick = namespaceIndex(object);
  return brick === undefined ? undefined : [TAG.NAMESPACE, brick];
}

/** The prototype object of a function is told by its function. */
function prototypeNode(encoder: Encoder, object: object): Json | undefined {
  const owner = isFunctionPrototype(object);
  return owner === undefined ? undefined : [TAG.PROTOTYPE, encoder.value(owner)];
}

function encodeArray(encoder: Encoder, array: unknown[]): Json {
  const template = templateRecords.get(array);
  if (template !== undefined)
    return [TAG.TEMPLATE, template.brick, template.site, [...array] as Json[], [...(array as unknown as { raw: string[] }).raw]];
  const keys = ownKeys(array);
  if (isRedefined(array)) return encodeUnusualArray(encoder, array, keys, 0);
  const { length } = array;
  // Indexes come first, `length` directly after them: where it is tells a hole that a further property would make up for in number.
  if (keys.length === length + 1 && keys[length] === 'length') return withArrayExtras(encoder, array, denseNode(encoder, array), []);
  const indexes = countIndexes(keys);
  // Long lists with few items are told item by item.
  if (length > 4 * indexes + 64) return encodeUnusualArray(encoder, array, keys, 0);
  const node: Json[] = [TAG.ARRAY];
  let key = 0;
  for (let index = 0; index < length; index++) {
    if (keys[key] === String(index)) {
      key++;
      node.push(encoder.member(index, array[index]));
    } else {
      node.push([TAG.SPECIAL, SPECIAL.HOLE]);
    }
  }
  return encodeRest(encoder, array, node, keys, indexes);
}

function encodeUnusualArray(encoder: Encoder, array: unknown[], keys: readonly PropertyKey[], from: number): Json {
  return encodeRest(encoder, array, [TAG.SPARSE, array.length], keys, from);
}

/** The properties of a list from `from` on, without its length. */
function encodeRest(encoder: Encoder, array: unknown[], node: Json, keys: readonly PropertyKey[], from: number): Json {
  const properties: Json[] = [];
  for (let index = from; index < keys.length; index++) {
    const key = keys[index] as PropertyKey;
    const descriptor = getOwnPropertyDescriptor(array, key) as PropertyDescriptor;
    if (key !== 'length') encodeProperty(encoder, key, descriptor, properties);
    else if (descriptor.writable === false && isExtensible(array)) throw new CannotTravel('a list with a fixed length');
  }
  return withArrayExtras(encoder, array, node, properties);
}

function withArrayExtras(encoder: Encoder, array: unknown[], node: Json, properties: Json[]): Json {
  const usual = getPrototypeOf(array) === Array.prototype;
  return extend(encoder, array, node, Array.prototype, properties, usual ? 0 : encodeBrands(encoder, array));
}

function denseNode(encoder: Encoder, array: unknown[]): Json {
  const { length } = array;
  if (length >= PLAIN_ARRAY_LENGTH && onlyPlain(array))
    return [TAG.PLAIN_ARRAY, getPrototypeOf(array) === Array.prototype ? (array as Json[]) : copy(array)];
  const node: Json[] = [TAG.ARRAY];
  for (let index = 0; index < length; index++) {
    const item = array[index];
    node.push(typeof item === 'string' ? item : typeof item === 'number' ? encodeNumber(item) : encoder.member(index, item));
  }
  return node;
}

/** A plain copy: a subclass may have a `toJSON`, which must not run. */
function copy(array: readonly unknown[]): Json[] {
  const plain: Json[] = [];
  for (let index = 0; index < array.length; index++) plain.push(array[index] as Json);
  return plain;
}

function onlyPlain(array: readonly unknown[]): boolean {
  for (let index = 0; index < array.length; index++) {
    if (!isPlainPrimitive(array[index])) return false;
  }
  return true;
}

/** How many of the keys are indexes; they come first. */
function countIndexes(keys: readonly PropertyKey[]): number {
  let count = 0;
  while (typeof keys[count] === 'string' && /^(?:0|[1-9][0-9]*)$/.test(keys[count] as string)) count++;
  return count;
}
