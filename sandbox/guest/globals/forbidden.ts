/** Removes what a Smart Message must not have: ways to run text as code, and things that depend on garbage collection or other threads. */
import { defineProperty, getPrototypeOf } from '../primordials.ts';

const REMOVED = [
  'WeakRef',
  'FinalizationRegistry',
  'SharedArrayBuffer',
  'Atomics',
  'eval',
  'WebAssembly',
  'gc',
  'console',
  'print',
  'scriptArgs',
] as const;

export function forbid(): void {
  // The engine has no other way to these constructors than the functions themselves.
  const samples = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of samples) forbidConstructor(getPrototypeOf(sample) as object);
  for (const name of REMOVED) delete (globalThis as Record<string, unknown>)[name];
}

function forbidConstructor(prototype: object): void {
  const native = (prototype as { constructor: Function }).constructor;
  const { name } = native;
  const refusing = {
    [name](): never {
      throw new TypeError(`${name}() is not available in a Smart Message: code comes only in signed bricks`);
    },
  }[name] as Function;
  defineProperty(refusing, 'prototype', { value: prototype, writable: false });
  defineProperty(prototype, 'constructor', { value: refusing, writable: true, enumerable: false, configurable: true });
  if (name === 'Function')
    defineProperty(globalThis, 'Function', { value: refusing, writable: true, enumerable: false, configurable: true });
}
