/** Restores own properties with their attributes, and how far an object is closed to changes. */
import { noteDefinition } from '../globals/definitions.ts';
import { defineProperty, freeze, objectKeys, preventExtensions, seal } from '../primordials.ts';
import type { Decoder } from './decoder.ts';
import { ACCESSOR, BadState, INTEGRITY, type Json, LACKS } from './format.ts';
import { asIndex, bad } from './read.ts';

/** Defines rather than sets: the prototype may have a setter of the same name. */
export function defineMembers(decoder: Decoder, object: object, members: { [key: string]: Json }, enumerable = true): void {
  for (const key of objectKeys(members)) {
    defineProperty(object, key, { value: decoder.value(members[key]), writable: true, enumerable, configurable: true });
  }
}

/** Flat: key, flags, value; or key, flags, getter, setter. */
export function fillProperties(decoder: Decoder, object: object, flat: readonly Json[]): void {
  for (let index = 0; index < flat.length;) {
    const key = decoder.value(flat[index]);
    const flags = asIndex(flat[index + 1]);
    if (typeof key !== 'string' && typeof key !== 'symbol') throw new BadState('a property without a name');
    // The next capture has to know it as this one did.
    if (flags !== 0) noteDefinition(object);
    const shared = { enumerable: (flags & LACKS.ENUMERABLE) === 0, configurable: (flags & LACKS.CONFIGURABLE) === 0 };
    if ((flags & ACCESSOR) !== 0) {
      const get = accessorPart(decoder.value(flat[index + 2]));
      const set = accessorPart(decoder.value(flat[index + 3]));
      defineProperty(object, key, { get: get as () => unknown, set: set as (value: unknown) => void, ...shared });
      index += 4;
    } else {
      defineProperty(object, key, { value: decoder.value(flat[index + 2]), writable: (flags & LACKS.WRITABLE) === 0, ...shared });
      index += 3;
    }
  }
}

function accessorPart(part: unknown): Function | undefined {
  return part === undefined || typeof part === 'function' ? part : bad('an accessor that is no function');
}

export function restrict(object: object, integrity: Json | undefined): void {
  if (integrity === INTEGRITY.FROZEN) freeze(object);
  else if (integrity === INTEGRITY.SEALED) seal(object);
  else if (integrity === INTEGRITY.NON_EXTENSIBLE) preventExtensions(object);
  else if (integrity !== INTEGRITY.NONE) throw new BadState('an unknown degree of integrity');
}
