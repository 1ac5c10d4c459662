/** Built-in objects: collections, dates, buffers, errors, promises and the runtime's iterators. */
import { ERROR_TYPES, errorTypeOf, placesOf } from '../engine/places.ts';
import { frameOf, SmGenerator } from '../engine/generators.ts';
import { CollectionCursor, ForeignCursor, IndexCursor, type KeyCursor } from '../engine/iterators.ts';
import { SmPromise } from '../engine/promise.ts';
import { provenanceOf, stepsOf } from '../globals/iteration.ts';
import {
  bufferLength,
  bufferResizable,
  dataViewBuffer,
  dataViewLength,
  dataViewOffset,
  dateValue,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  mapForEach,
  regExpFlags,
  regExpSource,
  setForEach,
  typedArrayBuffer,
  typedArrayLength,
  typedArrayName,
  typedArrayOffset,
} from '../primordials.ts';
import { toBase64 } from './base64.ts';
import { unbox } from './boxes.ts';
import { encodePromise, frameParts } from './encode-tasks.ts';
import type { Encoder } from './encoder.ts';
import { CannotTravel, CURSOR, type Json, TAG } from './format.ts';
import type { Kind } from './kinds.ts';
import type { Members } from './members.ts';
import { VIEW_TYPES } from './views.ts';

interface BuiltinNode {
  readonly node: Json;
  /** What a decoder gives it by itself. */
  readonly prototype: object;
  /** Own properties that the node already tells. */
  readonly consumed: (key: PropertyKey) => boolean;
}

const nothing = () => false;

export function builtinNode(encoder: Encoder, kind: Exclude<Kind, 'ordinary' | 'array'>, object: object): BuiltinNode {
  switch (kind) {
    case 'map':
      return { node: mapNode(encoder, object), prototype: Map.prototype, consumed: nothing };
    case 'set':
      return { node: setNode(encoder, object), prototype: Set.prototype, consumed: nothing };
    case 'date':
      return { node: dateNode(object), prototype: Date.prototype, consumed: nothing };
    case 'regexp':
      return { node: regExpNode(encoder, object), prototype: RegExp.prototype, consumed: (key) => key === 'lastIndex' };
    case 'error':
      return errorNode(encoder, object);
    case 'buffer':
      return { node: bufferNode(object), prototype: ArrayBuffer.prototype, consumed: nothing };
    case 'view':
      return viewNode(encoder, object);
    case 'boxed':
      return boxedNode(encoder, object);
    case 'promise':
      return {
        node: [TAG.PROMISE, ...encodePromise(encoder, object as SmPromise)],
        prototype: SmPromise.prototype,
        consumed: nothing,
      };
    case 'generator':
      return { node: generatorNode(encoder, object as SmGenerator), prototype: SmGenerator.prototype, consumed: nothing };
    case 'cursor':
      return { node: cursorNode(encoder, object), prototype: getPrototypeOf(object) as object, consumed: () => true };
  }
}

function mapNode(encoder: Encoder, map: object): Json {
  const node: Json[] = [TAG.MAP];
  mapForEach(map, (value, key) => {
    node.push(encoder.member({ words: 'a key of the Map' }, key));
    node.push(encoder.member(typeof key === 'string' ? { words: `the Map's value for "${key}"` } : { words: 'a value of the Map' }, value));
  });
  return node;
}

function setNode(encoder: Encoder, set: object): Json {
  const node: Json[] = [TAG.SET];
  setForEach(set, (value) => {
    node.push(encoder.member({ words: 'a member of the Set' }, value));
  });
  return node;
}

function dateNode(date: object): Json {
  const ms = dateValue(date);
  return [TAG.DATE, ms === ms ? ms : null];
}

function regExpNode(encoder: Encoder, regExp: object): Json {
  const flags = regExpFlags.map(([letter, get]) => (get(regExp) ? letter : '')).join('');
  const lastIndex = getOwnPropertyDescriptor(regExp, 'lastIndex') as PropertyDescriptor;
  if (!lastIndex.writable) throw new CannotTravel('a frozen RegExp');
  const node: Json[] = [TAG.REGEXP, regExpSource(regExp), flags];
  if (lastIndex.value !== 0) node.push(encoder.value(lastIndex.value));
  return node;
}

const ERROR_MEMBERS = ['message', 'cause', 'errors'] as const;

function errorNode(encoder: Encoder, error: object): BuiltinNode {
  const type = errorTypeOf(error);
  const members: Members = {};
  const told = new Set<PropertyKey>();
  for (const key of ERROR_MEMBERS) {
    const descriptor = getOwnPropertyDescriptor(error, key);
    if (descriptor === undefined || !isHiddenProperty(descriptor)) continue;
    told.add(key);
    members[key] = encoder.member(key, descriptor.value);
  }
  // The stack is told as places whatever its attributes: only the places mean something elsewhere.
  told.add('stack');
  const node: Json = [TAG.ERROR, type, placesOf(error).flat(), members];
  return { node, prototype: (ERROR_TYPES[type] as Function).prototype as object, consumed: (key) => told.has(key) };
}

/** The attributes of what an error's constructor defines. */
function isHiddenProperty(descriptor: PropertyDescriptor): boolean {
  return descriptor.enumerable === false && descriptor.writable === true && descriptor.configurable === true;
}

function bufferNode(buffer: object): Json {
  if (getPrototypeOf(buffer) !== ArrayBuffer.prototype) throw new CannotTravel('an instance of a subclass of ArrayBuffer');
  if (bufferResizable(buffer)) throw new CannotTravel('a resizable ArrayBuffer');
  return [TAG.BUFFER, toBase64(new Uint8Array(buffer as ArrayBuffer, 0, bufferLength(buffer)))];
}

function viewNode(encoder: Encoder, view: object): BuiltinNode {
  const name = typedArrayName(view);
  const type = VIEW_TYPES.findIndex((candidate) => candidate === (name ?? 'DataView'));
  if (type < 0) throw new CannotTravel(`a ${name}`);
  const [buffer, offset, length] =
    name === undefined
      ? [dataViewBuffer(view), dataViewOffset(view), dataViewLength(view)]
      : [typedArrayBuffer(view), typedArrayOffset(view), typedArrayLength(view)];
  const prototype = (globalThis as unknown as Record<string, { prototype: object }>)[name ?? 'DataView']?.prototype as object;
  const indexes = name === undefined ? 0 : length;
  return {
    node: [TAG.VIEW, type, encoder.member({ words: 'its buffer' }, buffer), offset, length],
    prototype,
    consumed: (key) => isIndexBelow(key, indexes),
  };
}

function boxedNode(encoder: Encoder, box: object): BuiltinNode {
  const primitive = unbox(box);
  const length = typeof primitive === 'string' ? primitive.length : 0;
  return {
    node: [TAG.BOXED, encoder.value(primitive)],
    prototype: getPrototypeOf(Object(primitive)) as object,
    consumed: (key) => typeof primitive === 'string' && (key === 'length' || isIndexBelow(key, length)),
  };
}

/** Of all the texts that are equal to a number, only one is an index. */
function isIndexBelow(key: PropertyKey, count: number): boolean {
  if (typeof key !== 'string') return false;
  const index = Number(key);
  return index < count && index >= 0 && String(index) === key;
}

function generatorNode(encoder: Encoder, generator: SmGenerator): Json {
  const frame = frameOf(generator);
  if (frame === undefined) throw new CannotTravel('an object that only looks like a generator');
  if (frame.phase === 1) throw new CannotTravel('a running generator');
  if (frame.phase === 2) return [TAG.GENERATOR, 2];
  return [TAG.GENERATOR, frame.phase, ...frameParts(encoder, frame)];
}

function cursorNode(encoder: Encoder, cursor: object): Json {
  const provenance = provenanceOf(cursor);
  if (provenance !== undefined) {
    const { source, what, collection } = provenance;
    const steps = stepsOf(cursor, provenance);
    const walked = encoder.member({ words: 'what the iterator walks' }, steps < 0 ? undefined : source);
    if (collection === undefined) return [TAG.CURSOR, CURSOR.INDEX, walked, Math.max(0, steps), what];
    return [TAG.CURSOR, CURSOR.COLLECTION, walked, collection === 'map', Math.max(0, steps), what];
  }
  if (cursor instanceof IndexCursor) {
    return [TAG.CURSOR, CURSOR.INDEX, encoder.member({ words: 'the list of the loop' }, cursor.source), cursor.index, cursor.what];
  }
  if (cursor instanceof CollectionCursor) {
    const position = cursor.position();
    return [
      TAG.CURSOR,
      CURSOR.COLLECTION,
      encoder.member({ words: 'the collection of the loop' }, cursor.source),
      cursor.isMap,
      position,
      cursor.what,
    ];
  }
  if (cursor instanceof ForeignCursor) {
    const iterator = encoder.member({ words: 'the iterator of the loop' }, cursor.iterator);
    const method = provenanceOf(cursor.iterator) === undefined ? cursor.method : undefined;
    return [TAG.CURSOR, CURSOR.FOREIGN, iterator, encoder.member({ words: 'its next method' }, method)];
  }
  const { object, keys, index } = cursor as KeyCursor;
  return [TAG.CURSOR, CURSOR.KEYS, encoder.member({ words: 'the object of the loop' }, object), keys, index];
}
