/**
 * `map.entries()`, `array.keys()` and the like give iterators of the engine, whose position nobody can read.
 * They are remembered with what they walk; the position is found by counting what they have left.
 */
import { ENTRY_PARTS } from '../engine/iterators.ts';
import { applyFunction, defineProperty, isObject, mapSize, setSize, typedArrayLength, typedArrayName } from '../primordials.ts';

export interface Provenance {
  readonly source: object;
  /** Index in {@link ENTRY_PARTS}. */
  readonly what: number;
  /** Undefined for lists. */
  readonly collection: 'map' | 'set' | undefined;
}

const provenances = new WeakMap<object, Provenance>();

export function provenanceOf(iterator: object): Provenance | undefined {
  return provenances.get(iterator);
}

/** Makes the iteration methods of a built-in prototype remember what they give. `[Symbol.iterator]` stays the engine's: loops are hot. */
function recordIterators(prototype: object, collection: 'map' | 'set' | undefined): void {
  ENTRY_PARTS.forEach((name, what) => {
    const native = (prototype as Record<string, Function>)[name] as Function;
    const recording = {
      [name](this: unknown): object {
        const iterator = applyFunction(native, this, []) as object;
        if (isObject(this)) provenances.set(iterator, { source: this, what, collection });
        return iterator;
      },
    }[name];
    defineProperty(prototype, name, { value: recording, writable: true, enumerable: false, configurable: true });
  });
}

export function recordAllIterators(TypedArrayPrototype: object): void {
  recordIterators(Array.prototype, undefined);
  recordIterators(TypedArrayPrototype, undefined);
  recordIterators(Map.prototype, 'map');
  recordIterators(Set.prototype, 'set');
}

/** How many entries lie before its place; -1 when it has ended. Uses the iterator up. */
export function stepsOf(iterator: object, { source, collection }: Provenance): number {
  const native = iterator as Iterator<unknown>;
  let rest = 0;
  while (!native.next().done) rest++;
  if (rest === 0) return -1;
  if (collection !== undefined) return (collection === 'map' ? mapSize(source) : setSize(source)) - rest;
  return (typedArrayName(source) === undefined ? (source as ArrayLike<unknown>).length : typedArrayLength(source)) - rest;
}
