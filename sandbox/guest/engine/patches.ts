/**
 * Functions that exist once per brick can still be given properties (`visit.cache = new Map()`, `Point.prototype.norm = ...`).
 * Code reaches them without going through data, so every capture looks at each of them.
 */
import { getOwnPropertyDescriptor, ownKeys } from '../primordials.ts';

interface Patchable {
  readonly target: Function;
  readonly ownKeys: number;
  readonly prototype: object | undefined;
}

const patchable: Patchable[] = [];

export function rememberPatchable(target: Function): void {
  const prototype = getOwnPropertyDescriptor(target, 'prototype')?.value as object | undefined;
  patchable.push({ target, ownKeys: ownKeys(target).length, prototype });
}

/** The functions that are no longer as their brick declared them. */
export function patchedFunctions(): Function[] {
  const patched: Function[] = [];
  for (const { target, ownKeys: count, prototype } of patchable) {
    if (ownKeys(target).length !== count || (prototype !== undefined && isPatchedPrototype(target, prototype))) patched.push(target);
  }
  return patched;
}

function isPatchedPrototype(target: Function, prototype: object): boolean {
  return (
    getOwnPropertyDescriptor(target, 'prototype')?.value !== prototype ||
    ownKeys(prototype).length !== 1 ||
    Object.getPrototypeOf(prototype) !== Object.prototype
  );
}
