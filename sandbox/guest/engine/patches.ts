/**
 * Functions that exist once per brick can still be given properties (`visit.cache = new Map()`, `Point.prototype.norm = ...`).
 * Code reaches them without going through data, so every capture looks at each of them.
 */
import { isRedefined } from '../globals/definitions.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, isExtensible, ownKeys } from '../primordials.ts';

interface Patchable {
  readonly target: Function;
  readonly ownKeys: readonly PropertyKey[];
  readonly prototype: object | undefined;
}

const patchable: Patchable[] = [];

export function rememberPatchable(target: Function): void {
  const prototype = getOwnPropertyDescriptor(target, 'prototype')?.value as object | undefined;
  patchable.push({ target, ownKeys: ownKeys(target), prototype });
}

/** The functions that are no longer as their brick declared them. */
export function patchedFunctions(): Function[] {
  const patched: Function[] = [];
  for (const each of patchable) if (isPatched(each)) patched.push(each.target);
  return patched;
}

function isPatched({ target, ownKeys: born, prototype }: Patchable): boolean {
  const keys = ownKeys(target);
  if (keys.length !== born.length || !isExtensible(target) || isRedefined(target)) return true;
  for (let index = 0; index < keys.length; index++) if (keys[index] !== born[index]) return true;
  return prototype !== undefined && isPatchedPrototype(target, prototype);
}

function isPatchedPrototype(target: Function, prototype: object): boolean {
  return (
    getOwnPropertyDescriptor(target, 'prototype')?.value !== prototype ||
    ownKeys(prototype).length !== 1 ||
    getOwnPropertyDescriptor(prototype, 'constructor')?.value !== target ||
    getPrototypeOf(prototype) !== Object.prototype ||
    !isExtensible(prototype)
  );
}
