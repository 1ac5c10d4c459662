/** Restores dates, regular expressions, errors, views and the runtime's iterators. */
import type { CodePlace } from '../boundary.ts';
import { CollectionCursor, ENTRY_PARTS, ForeignCursor, IndexCursor, KeyCursor } from '../engine/iterators.ts';
import { ERROR_TYPES, setPlaces } from '../engine/places.ts';
import { MAX_PLACES } from '../stack.ts';
import { bufferLength, isArray, isObject, mapSize, reflectConstruct, setSize } from '../primordials.ts';
import { NativeDate } from '../globals/date.ts';
import type { Decoder } from './decoder.ts';
import { asFlag, asIndex, asList, asMembers, asText, bad } from './read.ts';
import { defineMembers } from './decode-members.ts';
import { BadState, CURSOR, type Json } from './format.ts';
import { VIEW_TYPES } from './views.ts';

export function createDate(json: Json[]): object {
  const ms = json[1];
  if (ms !== null && typeof ms !== 'number') throw new BadState('a date without time');
  return reflectConstruct(NativeDate, [ms ?? NaN]) as object;
}

export function createRegExp(json: Json[]): object {
  return new RegExp(asText(json[1]), asText(json[2]));
}

export function createError(json: Json[]): object {
  const Type = ERROR_TYPES[asIndex(json[1])] ?? bad('an unknown error type');
  const error = Type.prototype === AggregateError.prototype ? new AggregateError([]) : new Type();
  // Only what the description says: some constructors define more.
  delete (error as { errors?: unknown }).errors;
  return error;
}

export function fillError(decoder: Decoder, error: object, json: Json[]): void {
  const flat = asList(json[2]).map(asIndex);
  if (flat.length % 3 !== 0 || flat.length > 3 * MAX_PLACES) throw new BadState('an error with wrong places');
  const places: CodePlace[] = [];
  for (let index = 0; index < flat.length; index += 3)
    places.push([flat[index] as number, flat[index + 1] as number, flat[index + 2] as number]);
  setPlaces(error, places);
  defineMembers(decoder, error, asMembers(json[3]), false);
}

export function createView(decoder: Decoder, json: Json[]): object {
  const name = VIEW_TYPES[asIndex(json[1])] ?? bad('an unknown view');
  const Type = (globalThis as unknown as Record<string, Function>)[name] ?? bad(`this node has no ${name}`);
  const reference = asList(json[2]);
  const buffer = decoder.heapValue(reference[1]);
  try {
    bufferLength(buffer);
  } catch {
    throw new BadState('a view without buffer');
  }
  return reflectConstruct(Type, [buffer, asIndex(json[3]), asIndex(json[4])]) as object;
}

export function createCursor(json: Json[]): object {
  switch (json[1]) {
    case CURSOR.INDEX:
      return new IndexCursor(undefined, 0, asWhat(json[4]));
    case CURSOR.COLLECTION:
      return new CollectionCursor(undefined, asFlag(json[3]), asWhat(json[5]));
    case CURSOR.FOREIGN:
      return new ForeignCursor({}, undefined);
    case CURSOR.KEYS:
      return new KeyCursor(undefined, [], 0);
    default:
      return bad('an unknown iterator');
  }
}

function asWhat(json: Json | undefined): number {
  const what = asIndex(json);
  return what < ENTRY_PARTS.length ? what : bad('an unknown kind of iterator');
}

export function fillCursor(decoder: Decoder, cursor: object, json: Json[]): void {
  const source = decoder.value(json[2]);
  if (cursor instanceof IndexCursor) fillIndexCursor(cursor, source, asIndex(json[3]));
  else if (cursor instanceof CollectionCursor) fillCollectionCursor(decoder, cursor, source, asIndex(json[4]));
  else if (cursor instanceof ForeignCursor) fillForeignCursor(cursor, source, decoder.value(json[3]));
  else fillKeyCursor(cursor as KeyCursor, source, asList(json[3]).map(asText), asIndex(json[4]));
}

function fillIndexCursor(cursor: IndexCursor, source: unknown, index: number): void {
  const walkable = source === undefined || typeof source === 'string' || isArray(source) || isObject(source);
  if (!walkable) throw new BadState('an iterator over something that is no list');
  cursor.source = source as ArrayLike<unknown> | string | undefined;
  cursor.index = index;
}

function fillCollectionCursor(decoder: Decoder, cursor: CollectionCursor, source: unknown, position: number): void {
  if (source === undefined) return;
  try {
    (cursor.isMap ? mapSize : setSize)(source);
  } catch {
    throw new BadState('an iterator over something that is no collection');
  }
  // The collection may not have its entries yet.
  decoder.whenFilled(() => cursor.start(source as object, position));
}

function fillForeignCursor(cursor: ForeignCursor, iterator: unknown, method: unknown): void {
  if (!isObject(iterator)) throw new BadState('an iterator that is no object');
  cursor.iterator = iterator;
  // An iterator of the engine became one of the runtime, whose method takes the place of the engine's.
  const replaced = method === undefined && (iterator instanceof IndexCursor || iterator instanceof CollectionCursor);
  cursor.method = replaced ? iterator.next : method;
}

function fillKeyCursor(cursor: KeyCursor, object: unknown, keys: string[], index: number): void {
  if (object !== undefined && !isObject(object)) throw new BadState('keys of something that is no object');
  cursor.object = object;
  cursor.keys = keys;
  cursor.index = index;
}
