/** `Promise.all`, `allSettled`, `any` and `race`, with element functions whose state is plain data. */
import { defineNative, makeNative } from './natives.ts';
import { promiseResolve, pendingPromise, rejectOnce, requireConstructor, resolveOnce, Resolution, SmPromise } from './promise.ts';
import { defineProperty } from '../primordials.ts';

/** The kinds in the order of their numbers in a captured state: append only. */
export const COMBINATIONS = ['all', 'allSettled', 'any'] as const;
export type CombinationKind = (typeof COMBINATIONS)[number];

/** One call of a combinator: the outcomes so far and how many are missing. */
export class Combination {
  kind: CombinationKind;
  values: unknown[];
  remaining: number;
  resolution: Resolution;

  constructor(kind: CombinationKind, values: unknown[], remaining: number, resolution: Resolution) {
    this.kind = kind;
    this.values = values;
    this.remaining = remaining;
    this.resolution = resolution;
  }
}

/** One element; its functions share whether one of them was called. */
export class Element {
  combination: Combination;
  index: number;
  called: boolean;

  constructor(combination: Combination, index: number, called: boolean) {
    this.combination = combination;
    this.index = index;
    this.called = called;
  }
}

function settleElement(element: Element, rejected: boolean, outcome: unknown): void {
  if (element.called) return;
  element.called = true;
  const { combination } = element;
  combination.values[element.index] =
    combination.kind !== 'allSettled'
      ? outcome
      : rejected
        ? { status: 'rejected', reason: outcome }
        : { status: 'fulfilled', value: outcome };
  if (--combination.remaining === 0) finish(combination);
}

function finish(combination: Combination): void {
  const { kind, values, resolution } = combination;
  if (kind === 'any') rejectOnce(resolution, new AggregateError(values, 'All promises were rejected'));
  else resolveOnce(resolution, values);
}

function combine(kind: CombinationKind, iterable: Iterable<unknown>): SmPromise {
  const resolution = new Resolution(pendingPromise(), false);
  try {
    const combination = new Combination(kind, [], 1, resolution);
    let index = 0;
    for (const item of iterable) {
      const next = promiseResolve(item);
      combination.values[index] = undefined;
      const element = new Element(combination, index++, false);
      combination.remaining++;
      const onElement = makeNative(kind === 'any' ? 'elementRejected' : 'element', [element]);
      if (kind === 'all') next.then(onElement, makeNative('reject', [resolution]));
      else if (kind === 'any') next.then(makeNative('resolve', [resolution]), onElement);
      else next.then(onElement, makeNative('elementRejected', [element]));
    }
    if (--combination.remaining === 0) finish(combination);
  } catch (error) {
    rejectOnce(resolution, error);
  }
  return resolution.promise;
}

function race(iterable: Iterable<unknown>): SmPromise {
  const resolution = new Resolution(pendingPromise(), false);
  try {
    const resolve = makeNative('resolve', [resolution]);
    const reject = makeNative('reject', [resolution]);
    for (const item of iterable) promiseResolve(item).then(resolve, reject);
  } catch (error) {
    rejectOnce(resolution, error);
  }
  return resolution.promise;
}

defineNative('element', (parts) => (value?: unknown) => settleElement(parts[0] as Element, false, value));
defineNative('elementRejected', (parts) => (reason?: unknown) => settleElement(parts[0] as Element, true, reason));

const statics = {
  all(this: unknown, iterable: Iterable<unknown>): SmPromise {
    requireConstructor(this);
    return combine('all', iterable);
  },
  allSettled(this: unknown, iterable: Iterable<unknown>): SmPromise {
    requireConstructor(this);
    return combine('allSettled', iterable);
  },
  any(this: unknown, iterable: Iterable<unknown>): SmPromise {
    requireConstructor(this);
    return combine('any', iterable);
  },
  race(this: unknown, iterable: Iterable<unknown>): SmPromise {
    requireConstructor(this);
    return race(iterable);
  },
};

/** Adds the combinators to the Promise constructor. */
export function installCombinators(): void {
  for (const [key, value] of Object.entries(statics)) {
    defineProperty(SmPromise, key, { value, writable: true, enumerable: false, configurable: true });
  }
}
