/** Activations of compiled async functions: how they start, suspend, continue and end. */
import type { Environment, ResumeMode } from '../abi.ts';
import { isProxy } from '../globals/proxy.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, isObject } from '../primordials.ts';
import type { ResumableFunction } from './code.ts';
import { addCallers, placesOf, setPlaces } from './places.ts';
import { notePlaces, stackHolder } from './thrown.ts';
import { placeOf, placesWaiting } from './waiting.ts';
import { onResume, pendingPromise, promiseResolve, rejectPromise, resolvePromise, type SmPromise, whenSettled } from './promise.ts';

/** A frame as {@link Frame} of the contract describes it, plus the promise it settles. */
export class AsyncFrame {
  readonly kind = 'frame';
  readonly brick: number;
  readonly fn: number;
  readonly code: ResumableFunction;
  pc = 0;
  live: unknown[];
  self: unknown;
  env: Environment | undefined;
  readonly promise: SmPromise;
  /** What it waits for; for messages that say where a program stands. */
  awaited: SmPromise | undefined = undefined;

  constructor(code: ResumableFunction, live: unknown[], self: unknown, env: Environment | undefined, promise: SmPromise) {
    this.brick = code.brick;
    this.fn = code.fn;
    this.code = code;
    this.live = live;
    this.self = self;
    this.env = env;
    this.promise = promise;
  }
}

/** Every frame that has started and not ended. */
export const unfinished = new Set<AsyncFrame>();

/**
 * Most nested activations of async functions and generators. Large activations exhaust the stack earlier, at the engine's own check, with
 * the same error to the program.
 */
const MAX_NESTED_STARTS = 150;
let nested = 0;
/** The frame that runs without another one below it on the stack. */
let outermost: AsyncFrame | undefined;

export function startFrame(code: ResumableFunction, args: unknown[], self: unknown, env: Environment | undefined): SmPromise {
  const frame = new AsyncFrame(code, args, self, env, pendingPromise());
  unfinished.add(frame);
  run(frame, 0, undefined);
  return frame.promise;
}

/** Runs code of the author one level deeper, with a bound that gives an error which says what happened. */
export function nest<Result>(code: ResumableFunction, body: () => Result): Result {
  if (nested >= MAX_NESTED_STARTS) throw tooDeep(code);
  nested++;
  try {
    return body();
  } catch (error) {
    throw isStackOverflow(error) ? tooDeep(code, error) : error;
  } finally {
    nested--;
  }
}

/** @param overflow the engine's own error, which knows where the stack ended */
function tooDeep(code: ResumableFunction, overflow?: object): RangeError {
  const error = new RangeError(`calls nest too deeply in ${code.info.name}(): end the recursion earlier or turn it into a loop`);
  if (overflow === undefined) return error;
  try {
    setPlaces(error, placesOf(overflow));
  } catch {
    // Too little stack is left to read the other error's; this one's own leads to nearly the same place.
  }
  return error;
}

const EngineError = (globalThis as { InternalError?: ErrorConstructor }).InternalError;

function isStackOverflow(error: unknown): error is object {
  if (EngineError === undefined || !isObject(error) || isProxy(error)) return false;
  return getPrototypeOf(error) === EngineError.prototype && getOwnPropertyDescriptor(error, 'message')?.value === 'stack overflow';
}

function run(frame: AsyncFrame, mode: ResumeMode, value: unknown): void {
  if (nested >= MAX_NESTED_STARTS) return fail(frame, tooDeep(frame.code));
  if (nested++ === 0) outermost = frame;
  try {
    frame.code.step(frame, mode, value);
  } catch (error) {
    fail(frame, isStackOverflow(error) ? tooDeep(frame.code, error) : error);
  } finally {
    if (--nested === 0) outermost = undefined;
  }
}

function fail(frame: AsyncFrame, error: unknown): void {
  unfinished.delete(frame);
  // Thrown before a suspension, or by no `throw` of the author's: the nearest that is known is where this function went on.
  if (frame.pc > 0 && stackHolder(error) === undefined) notePlaces(error, [placeOf(frame), ...placesWaiting(frame.promise)]);
  // The stack itself leads to the function that was continued; nobody waits yet for those that it called.
  addCallers(stackHolder(error), () => placesWaiting((outermost ?? frame).promise));
  rejectPromise(frame.promise, error);
}

onResume((frame, mode, value) => {
  frame.awaited = undefined;
  run(frame, mode, value);
});

/** `$.await`. */
export function suspendOn(frame: AsyncFrame, value: unknown, pc: number, live: unknown[]): void {
  frame.pc = pc;
  frame.live = live;
  const promise = promiseResolve(value);
  frame.awaited = promise;
  whenSettled(promise, frame);
}

/** `$.done` of an async function. */
export function finishFrame(frame: AsyncFrame, value: unknown): void {
  unfinished.delete(frame);
  resolvePromise(frame.promise, value);
}

/** `visit() at line 12`: where in the author's code a frame is suspended. */
export function whereFrame(frame: AsyncFrame): string {
  const line = frame.code.info.points[frame.pc]?.[0];
  return line === undefined ? `${frame.code.info.name}()` : `${frame.code.info.name}() at line ${line}`;
}
