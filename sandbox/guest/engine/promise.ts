/**
 * The Promise that programs see. It follows ECMA-262 section 27.2 job for job, but its state is data that can be captured:
 * a reaction refers to a frame, to another promise or to handlers, never to a hidden closure. Subclassing is refused.
 */
import type { AsyncFrame } from './frames.ts';
import { enqueue } from './jobs.ts';
import { defineNative, makeNative } from './natives.ts';
import { applyFunction, defineProperty, isObject } from '../primordials.ts';

export const PENDING = 0;
export const FULFILLED = 1;
export const REJECTED = 2;
export type PromiseState = 0 | 1 | 2;

/** `then`: the author's handlers and the promise that `then` returned. */
export class ThenReaction {
  readonly kind = 'then';
  readonly onFulfilled: unknown;
  readonly onRejected: unknown;
  /** Undefined when nobody can see the result. */
  readonly derived: SmPromise | undefined;

  constructor(onFulfilled: unknown, onRejected: unknown, derived: SmPromise | undefined) {
    this.onFulfilled = onFulfilled;
    this.onRejected = onRejected;
    this.derived = derived;
  }
}

/** A promise that was resolved with this one and takes over its outcome. */
export class AdoptReaction {
  readonly kind = 'adopt';
  readonly derived: SmPromise;

  constructor(derived: SmPromise) {
    this.derived = derived;
  }
}

/** An async frame is its own reaction: it continues with the outcome. */
export type Reaction = AsyncFrame | ThenReaction | AdoptReaction;

/** What a resolve and a reject function share: whichever is called first decides. */
export class Resolution {
  promise: SmPromise;
  done: boolean;

  constructor(promise: SmPromise, done: boolean) {
    this.promise = promise;
    this.done = done;
  }
}

/** Friend access to the private state; assigned inside the class body. */
export let stateOf: (promise: SmPromise) => PromiseState;
/** The value or reason of a settled promise. */
export let outcomeOf: (promise: SmPromise) => unknown;
export let reactionsOf: (promise: SmPromise) => Reaction[];
export let isHandled: (promise: SmPromise) => boolean;
export let markHandled: (promise: SmPromise) => void;
/** Makes the promise what a captured state says; runs nothing. */
export let restorePromise: (promise: SmPromise, state: PromiseState, outcome: unknown, reactions: Reaction[], handled: boolean) => void;
/** True for promises made here, whatever their prototype says now. */
export let isPromise: (value: unknown) => value is SmPromise;

/** Rejected promises that nobody handles. What is still here when a slice ends fails the Smart Message. */
export const unhandled = new Set<SmPromise>();

let settle: (promise: SmPromise, state: 1 | 2, outcome: unknown) => void;
let react: (promise: SmPromise, reaction: Reaction) => void;

const INTERNAL = Symbol('internal');

export class SmPromise {
  #state: PromiseState = PENDING;
  #outcome: unknown = undefined;
  #reactions: Reaction[] = [];
  #handled = false;

  static {
    stateOf = (promise) => promise.#state;
    outcomeOf = (promise) => promise.#outcome;
    reactionsOf = (promise) => promise.#reactions;
    isHandled = (promise) => promise.#handled;
    markHandled = (promise) => {
      if (promise.#state === REJECTED && !promise.#handled) unhandled.delete(promise);
      promise.#handled = true;
    };
    isPromise = (value): value is SmPromise => isObject(value) && #state in value;
    restorePromise = (promise, state, outcome, reactions, handled) => {
      promise.#state = state;
      promise.#outcome = outcome;
      promise.#reactions = reactions;
      promise.#handled = handled;
    };
    settle = (promise, state, outcome) => {
      if (promise.#state !== PENDING) return;
      const reactions = promise.#reactions;
      promise.#state = state;
      promise.#outcome = outcome;
      promise.#reactions = [];
      if (state === REJECTED && !promise.#handled) unhandled.add(promise);
      for (let index = 0; index < reactions.length; index++) schedule(reactions[index] as Reaction, state, outcome);
    };
    react = (promise, reaction) => {
      if (promise.#state === PENDING) promise.#reactions.push(reaction);
      else schedule(reaction, promise.#state, promise.#outcome);
      markHandled(promise);
    };
  }

  constructor(executor: unknown) {
    if (new.target !== SmPromise) throw new TypeError('Promise cannot be subclassed in a Smart Message');
    if (executor === INTERNAL) return;
    if (typeof executor !== 'function') throw new TypeError('new Promise(executor) needs a function');
    const { resolve, reject } = resolvers(this);
    try {
      (executor as (resolve: Function, reject: Function) => void)(resolve, reject);
    } catch (error) {
      (reject as (reason: unknown) => void)(error);
    }
  }

  // eslint-disable-next-line unicorn/no-thenable -- this class is what a thenable imitates
  then(onFulfilled?: unknown, onRejected?: unknown): SmPromise {
    if (!isPromise(this)) throw new TypeError('Promise.prototype.then called on something that is not a promise');
    const derived = pendingPromise();
    react(this, new ThenReaction(onFulfilled, onRejected, derived));
    return derived;
  }

  catch(onRejected?: unknown): unknown {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: unknown): unknown {
    if (typeof onFinally !== 'function') return this.then(onFinally, onFinally);
    return this.then(makeNative('thenFinally', [onFinally]), makeNative('catchFinally', [onFinally]));
  }

  static resolve(this: unknown, value?: unknown): SmPromise {
    requireConstructor(this);
    return promiseResolve(value);
  }

  static reject(this: unknown, reason?: unknown): SmPromise {
    requireConstructor(this);
    const promise = pendingPromise();
    rejectPromise(promise, reason);
    return promise;
  }

  static withResolvers(this: unknown): { promise: SmPromise; resolve: Function; reject: Function } {
    requireConstructor(this);
    const promise = pendingPromise();
    const { resolve, reject } = resolvers(promise);
    return { promise, resolve, reject };
  }

  get [Symbol.toStringTag](): string {
    return 'Promise';
  }
}

defineProperty(SmPromise, 'name', { value: 'Promise' });
defineProperty(SmPromise, Symbol.species, {
  get(this: unknown) {
    return this;
  },
});
const intrinsicThen = SmPromise.prototype.then;

/** The static methods belong to the constructor: `const { resolve } = Promise` does not work in JavaScript either. */
export function requireConstructor(self: unknown): void {
  if (self !== SmPromise) throw new TypeError('this method must be called on Promise');
}

export function pendingPromise(): SmPromise {
  return new SmPromise(INTERNAL);
}

/** PromiseResolve: the value itself when it is a promise, else a promise resolved with it. */
export function promiseResolve(value: unknown): SmPromise {
  if (isPromise(value)) return value;
  const promise = pendingPromise();
  resolvePromise(promise, value);
  return promise;
}

/** Settles or locks in, as calling a promise's resolve function does; the caller knows it is the first call. */
export function resolvePromise(promise: SmPromise, resolution: unknown): void {
  if (!isObject(resolution)) return settle(promise, FULFILLED, resolution);
  if (resolution === promise) return settle(promise, REJECTED, new TypeError('a promise cannot be resolved with itself'));
  let then: unknown;
  try {
    then = (resolution as { then?: unknown }).then;
  } catch (error) {
    return settle(promise, REJECTED, error);
  }
  if (typeof then !== 'function') return settle(promise, FULFILLED, resolution);
  if (then === intrinsicThen && isPromise(resolution)) {
    enqueue(() => react(resolution, new AdoptReaction(promise)));
  } else {
    enqueue(() => callThen(promise, resolution, then));
  }
}

export function rejectPromise(promise: SmPromise, reason: unknown): void {
  settle(promise, REJECTED, reason);
}

/** PerformPromiseThen without a visible result. */
export function whenSettled(promise: SmPromise, reaction: Reaction): void {
  react(promise, reaction);
}

function callThen(promise: SmPromise, thenable: object, then: Function): void {
  const { resolve, reject } = resolvers(promise);
  try {
    applyFunction(then, thenable, [resolve, reject]);
  } catch (error) {
    (reject as (reason: unknown) => void)(error);
  }
}

export function resolvers(promise: SmPromise): { resolve: Function; reject: Function } {
  const resolution = new Resolution(promise, false);
  return { resolve: makeNative('resolve', [resolution]), reject: makeNative('reject', [resolution]) };
}

/** What a resolve function does: only the first call of the pair counts. */
export function resolveOnce(resolution: Resolution, value: unknown): void {
  if (resolution.done) return;
  resolution.done = true;
  resolvePromise(resolution.promise, value);
}

export function rejectOnce(resolution: Resolution, reason: unknown): void {
  if (resolution.done) return;
  resolution.done = true;
  rejectPromise(resolution.promise, reason);
}

/** Continues a frame; the frames register themselves here so that promises need not know how code runs. */
let resumeFrame: (frame: AsyncFrame, mode: 0 | 1, value: unknown) => void;
export function onResume(resume: typeof resumeFrame): void {
  resumeFrame = resume;
}

function schedule(reaction: Reaction, state: 1 | 2, outcome: unknown): void {
  if (reaction.kind === 'frame') enqueue(() => resumeFrame(reaction, state === FULFILLED ? 0 : 1, outcome));
  else if (reaction.kind === 'adopt') enqueue(() => adopt(reaction.derived, state, outcome));
  else enqueue(() => runHandler(reaction, state, outcome));
}

function adopt(promise: SmPromise, state: 1 | 2, outcome: unknown): void {
  if (state === FULFILLED) resolvePromise(promise, outcome);
  else rejectPromise(promise, outcome);
}

function runHandler(reaction: ThenReaction, state: 1 | 2, outcome: unknown): void {
  const handler = state === FULFILLED ? reaction.onFulfilled : reaction.onRejected;
  const { derived } = reaction;
  if (typeof handler !== 'function') {
    if (derived !== undefined) adopt(derived, state, outcome);
    return;
  }
  let result: unknown;
  try {
    result = (handler as (value: unknown) => unknown)(outcome);
  } catch (error) {
    if (derived !== undefined) rejectPromise(derived, error);
    return;
  }
  if (derived !== undefined) resolvePromise(derived, result);
}

function runFinally(onFinally: unknown, then: Function): unknown {
  const result = (onFinally as () => unknown)();
  return promiseResolve(result).then(then);
}

defineNative('resolve', (parts) => (value?: unknown) => resolveOnce(parts[0] as Resolution, value));
defineNative('reject', (parts) => (reason?: unknown) => rejectOnce(parts[0] as Resolution, reason));
defineNative('thenFinally', (parts) => (value?: unknown) => runFinally(parts[0], makeNative('constantly', [value])));
defineNative('catchFinally', (parts) => (reason?: unknown) => runFinally(parts[0], makeNative('thrower', [reason])));
defineNative('constantly', (parts) => () => parts[0]);
defineNative('thrower', (parts) => () => {
  throw parts[0];
});
