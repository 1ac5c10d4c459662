/** What an object is, found out without running a line of the author's code. */
import { frameOf, SmGenerator } from '../engine/generators.ts';
import { CollectionCursor, ForeignCursor, IndexCursor, KeyCursor } from '../engine/iterators.ts';
import { isPromise, SmPromise } from '../engine/promise.ts';
import {
  bigintValue,
  booleanValue,
  bufferLength,
  dataViewLength,
  dateValue,
  getPrototypeOf,
  isArray,
  mapSize,
  numberValue,
  regExpFlags,
  setSize,
  stringValue,
  symbolValue,
  TypedArrayPrototype,
  typedArrayName,
  weakMapHas,
  weakSetHas,
} from '../primordials.ts';
import { isProxy } from '../globals/proxy.ts';
import { hasReparented } from '../globals/definitions.ts';
import { provenanceOf } from '../globals/iteration.ts';
import { CannotTravel } from './format.ts';

export type Kind =
  | 'ordinary'
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regexp'
  | 'error'
  | 'buffer'
  | 'view'
  | 'boxed'
  | 'promise'
  | 'generator'
  | 'cursor';

/** A prototype, what its instances are, and a check that throws or says false for an impostor. */
type Family = { readonly kind: Kind; readonly is: (object: object) => unknown };

const families = new Map<object, Family>();
/** Prototypes whose instances stay behind, with what to call them. */
const strangers = new Map<object, string>();

const ordinary: Family = { kind: 'ordinary', is: () => true };
const succeeds = (read: (object: object) => unknown) => (object: object) => {
  read(object);
  return true;
};

families.set(Object.prototype, ordinary);
families.set(Map.prototype, { kind: 'map', is: succeeds(mapSize) });
families.set(Set.prototype, { kind: 'set', is: succeeds(setSize) });
families.set(Date.prototype, { kind: 'date', is: succeeds(dateValue) });
families.set(RegExp.prototype, {
  kind: 'regexp',
  is: (object) => object !== RegExp.prototype && regExpFlags[1]?.[1](object) !== undefined,
});
families.set(Error.prototype, { kind: 'error', is: () => true });
families.set(ArrayBuffer.prototype, { kind: 'buffer', is: succeeds(bufferLength) });
families.set(DataView.prototype, { kind: 'view', is: succeeds(dataViewLength) });
families.set(TypedArrayPrototype, { kind: 'view', is: (object) => typedArrayName(object) !== undefined });
families.set(Boolean.prototype, { kind: 'boxed', is: succeeds(booleanValue) });
families.set(Number.prototype, { kind: 'boxed', is: succeeds(numberValue) });
families.set(String.prototype, { kind: 'boxed', is: succeeds(stringValue) });
families.set(BigInt.prototype, { kind: 'boxed', is: succeeds(bigintValue) });
families.set(Symbol.prototype, { kind: 'boxed', is: succeeds(symbolValue) });
families.set(SmPromise.prototype, { kind: 'promise', is: isPromise });
families.set(SmGenerator.prototype, { kind: 'generator', is: (object) => frameOf(object) !== undefined });
for (const cursor of [IndexCursor, CollectionCursor, ForeignCursor, KeyCursor])
  families.set(cursor.prototype, { kind: 'cursor', is: () => true });

strangers.set(WeakMap.prototype, 'a WeakMap');
strangers.set(WeakSet.prototype, 'a WeakSet');
for (const [iterator, what] of [
  [[][Symbol.iterator](), 'an array iterator that the engine made: loop over the array itself'],
  [new Map()[Symbol.iterator](), 'a Map iterator that the engine made: loop over the Map itself'],
  [new Set()[Symbol.iterator](), 'a Set iterator that the engine made: loop over the Set itself'],
  [''[Symbol.iterator](), 'a string iterator that the engine made: loop over the string itself'],
  [''.matchAll(/x/g), 'an iterator of matchAll(): loop over it, or make it an array'],
] as const) {
  strangers.set(getPrototypeOf(iterator) as object, what);
}
// eslint-disable-next-line no-empty-function -- only its prototype is wanted
strangers.set(getPrototypeOf(getPrototypeOf((function* () {})())) as object, 'a generator that was not compiled');

/** Kinds whose check tells them from all others. */
const BRANDED: ReadonlySet<Kind> = new Set(['map', 'set', 'date', 'regexp', 'buffer', 'view', 'boxed', 'promise', 'generator']);
const WEAK_COLLECTIONS = [
  [weakMapHas, 'a WeakMap'],
  [weakSetHas, 'a WeakSet'],
] as const;

/** What `object`, which is no Proxy, is; throws {@link CannotTravel} for what has no description as data. */
export function kindOf(object: object): Kind {
  if (isArray(object)) return 'array';
  const branded = hasReparented() ? kindOfBrand(object) : undefined;
  if (branded !== undefined) return branded;
  let prototype = getPrototypeOf(object) as object | null;
  if (prototype === Object.prototype) return 'ordinary';
  while (prototype !== null) {
    const family = families.get(prototype);
    if (family !== undefined) return belongs(family, object) ? family.kind : 'ordinary';
    const what = strangers.get(prototype);
    if (what !== undefined) return strangeKind(object, what);
    if (isProxy(prototype)) throw new CannotTravel('an object whose prototype is a Proxy');
    prototype = getPrototypeOf(prototype) as object | null;
  }
  return 'ordinary';
}

/** What the engine knows an object to be, whatever its prototype says now. */
function kindOfBrand(object: object): Kind | undefined {
  for (const family of families.values()) {
    if (BRANDED.has(family.kind) && belongs(family, object)) return family.kind;
  }
  for (const [has, what] of WEAK_COLLECTIONS) {
    if (belongs({ kind: 'ordinary', is: succeeds(has) }, object)) throw new CannotTravel(what);
  }
  return undefined;
}

function belongs(family: Family, object: object): boolean {
  try {
    return family.is(object) === true;
  } catch {
    return false;
  }
}

function strangeKind(object: object, what: string): Kind {
  if (provenanceOf(object) !== undefined) return 'cursor';
  throw new CannotTravel(what);
}
