/** Own properties, attributes and the rest of what makes an object unusual. */
import { brandingClasses, privatesOf } from '../engine/code.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, isExtensible, isFrozen, isSealed } from '../primordials.ts';
import type { Encoder } from './encoder.ts';
import { ACCESSOR, INTEGRITY, type Json, LACKS, TAG } from './format.ts';

export type Members = { [key: string]: Json };

export function isAccessor(descriptor: PropertyDescriptor): boolean {
  return !hasOwn(descriptor, 'value');
}

/** True when the property is writable, enumerable, configurable and holds a value. */
export function isOrdinaryProperty(descriptor: PropertyDescriptor): boolean {
  return descriptor.enumerable === true && descriptor.writable === true && descriptor.configurable === true;
}

/** Appends one property in its full form. */
export function encodeProperty(encoder: Encoder, key: PropertyKey, descriptor: PropertyDescriptor, into: Json[]): void {
  const shared = (descriptor.enumerable ? 0 : LACKS.ENUMERABLE) + (descriptor.configurable ? 0 : LACKS.CONFIGURABLE);
  into.push(encoder.value(key));
  if (isAccessor(descriptor)) {
    into.push(shared + ACCESSOR, encoder.member(key, descriptor.get), encoder.member(key, descriptor.set));
  } else {
    into.push(shared + (descriptor.writable ? 0 : LACKS.WRITABLE), encoder.member(key, descriptor.value));
  }
}

/**
 * The properties in order. Ordinary ones go to `plain` as long as nothing unusual came before, because order is visible.
 */
export function encodeProperties(encoder: Encoder, object: object, keys: readonly PropertyKey[], plain: Members, unusual: Json[]): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey;
    const descriptor = getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    if (unusual.length === 0 && typeof key === 'string' && key !== '__proto__' && isOrdinaryProperty(descriptor)) {
      plain[key] = encoder.member(key, descriptor.value);
    } else {
      encodeProperty(encoder, key, descriptor, unusual);
    }
  }
}

export function integrityOf(object: object): number {
  if (isExtensible(object)) return INTEGRITY.NONE;
  return isFrozen(object) ? INTEGRITY.FROZEN : isSealed(object) ? INTEGRITY.SEALED : INTEGRITY.NON_EXTENSIBLE;
}

/** Private members, per class that has branded the object. 0 when there are none. */
export function encodeBrands(encoder: Encoder, object: object): Json {
  let brands: Json[] | undefined;
  for (const cls of brandingClasses) {
    const values = privatesOf(cls)?.read(object);
    if (values === undefined) continue;
    brands ??= [];
    brands.push([encoder.value(cls), encoder.within({ words: `private fields of ${cls.name}` }, () => encoder.values(values))]);
  }
  return brands ?? 0;
}

/** Wraps `node` when the object is more than it says. `usualPrototype` is what a decoder gives such a node by itself. */
export function extend(encoder: Encoder, object: object, node: Json, usualPrototype: object, properties: Json[], brands: Json): Json {
  const prototype = getPrototypeOf(object) as object | null;
  const integrity = integrityOf(object);
  if (prototype === usualPrototype && integrity === 0 && brands === 0 && properties.length === 0) return node;
  const way: Json = prototype === usualPrototype ? 0 : encoder.member({ words: 'the prototype' }, prototype);
  return [TAG.EXTENDED, node, way, integrity, brands, ...properties];
}
