/** `Function.prototype.bind` whose results can travel. */
import { defineNative, makeNative } from '../engine/natives.ts';
import { applyFunction, defineProperty, getOwnPropertyDescriptor, reflectConstruct } from '../primordials.ts';

/** Parts: the target, `this`, then the bound arguments. */
defineNative('bound', (parts) => {
  function bound(...args: unknown[]): unknown {
    const [target, self, ...first] = parts as [Function, unknown, ...unknown[]];
    if (new.target === undefined) return applyFunction(target, self, [...first, ...args]);
    return reflectConstruct(target, [...first, ...args], new.target === bound ? target : new.target);
  }
  defineProperty(bound, 'prototype', { value: undefined, writable: false });
  return bound;
});

/** Gives a bound function the name and length that `bind` gives, from those of its target. */
export function nameBound(bound: Function, target: Function, boundCount: number): void {
  const name: unknown = getOwnPropertyDescriptor(target, 'name')?.value;
  const length: unknown = getOwnPropertyDescriptor(target, 'length')?.value;
  defineProperty(bound, 'name', { value: `bound ${typeof name === 'string' ? name : ''}`, configurable: true });
  defineProperty(bound, 'length', { value: typeof length === 'number' ? Math.max(0, length - boundCount) : 0, configurable: true });
}

function bind(this: unknown, self?: unknown, ...args: unknown[]): Function {
  if (typeof this !== 'function') throw new TypeError('bind() needs a function');
  const bound = makeNative('bound', [this, self, ...args]);
  nameBound(bound, this, args.length);
  return bound;
}

export const recordingBind: Function = bind;
