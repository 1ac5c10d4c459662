/** Where values that are no errors were thrown: they do not know it themselves. Only the last one is remembered. */
import type { CodePlace } from '../boundary.ts';
import { isProxy } from '../globals/proxy.ts';
import { getOwnPropertyDescriptor, isObject } from '../primordials.ts';
import { placesOf, setPlaces } from './places.ts';

let last: { readonly value: unknown; readonly place: Error } | undefined;

/** `$.thrown`: what stands between `throw` and a value that may be no error. */
export function noteThrown(value: unknown): unknown {
  if (!hasStack(value)) last = { value, place: new Error() };
  return value;
}

/** Gives a thrown value that is no error the places that are known of it. */
export function notePlaces(value: unknown, places: readonly CodePlace[]): void {
  last = { value, place: new Error() };
  setPlaces(last.place, places);
}

/** What has the stack of a thrown value: an error itself, or what was made beside another value. */
export function stackHolder(thrown: unknown): object | undefined {
  if (hasStack(thrown)) return thrown;
  return last !== undefined && Object.is(last.value, thrown) ? last.place : undefined;
}

/** Where a value was thrown, or an error made; empty when nobody knows. */
export function placesOfThrown(thrown: unknown): CodePlace[] {
  const holder = stackHolder(thrown);
  return holder === undefined ? [] : placesOf(holder);
}

function hasStack(value: unknown): value is object {
  return isObject(value) && !isProxy(value) && getOwnPropertyDescriptor(value, 'stack') !== undefined;
}
