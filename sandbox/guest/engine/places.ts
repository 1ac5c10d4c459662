/** Where in the code an error arose, as data. */
import { type CodePlace, WAITING_LINE } from '../boundary.ts';
import { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, reflectDefine } from '../primordials.ts';

/** The intrinsic error types in the order of their numbers in a captured state: append only. */
export const ERROR_TYPES: readonly ErrorConstructor[] = [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  URIError,
  EvalError,
  AggregateError as unknown as ErrorConstructor,
  ...('InternalError' in globalThis ? [(globalThis as unknown as { InternalError: ErrorConstructor }).InternalError] : []),
];

/** Deeper frames say little and cost bytes at every hop. */
export const MAX_PLACES = 10;

// Brick scripts are evaluated under the file name `brick:<index>`; everything else in a stack is the runtime's own.
const PLACE = /\bbrick:(\d+):(\d+)(?::(\d+))?/g;
// `$.start`, which begins an asynchronous function. What called it is the function's outside, where the author has no call.
const START = /^\s+at start \((?!brick:)/;

/** The places in an error's stack, innermost first. Runs no getter of the author. */
export function placesOf(error: object): CodePlace[] {
  const stack: unknown = getOwnPropertyDescriptor(error, 'stack')?.value;
  if (typeof stack !== 'string') return [];
  const places: CodePlace[] = [];
  let started = false;
  // A message may stand before the frames and look like one; in a frame the place comes at the end of the line.
  for (const line of stack.split('\n')) {
    if (places.length === MAX_PLACES) break;
    const match = /^\s+at /.test(line) ? [...line.matchAll(PLACE)].at(-1) : undefined;
    if (match !== undefined && !started) places.push([Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]);
    started = START.test(line);
  }
  return places;
}

/** Gives a restored error its stack back, in a form that `placesOf` reads. */
export function setPlaces(error: object, places: readonly CodePlace[]): void {
  defineProperty(error, 'stack', { value: stackOf(places), writable: true, enumerable: false, configurable: true });
}

const continued = new WeakSet<object>();

/** Lets the stack of an error that leaves an asynchronous function for the first time go on with those who wait for that function. */
export function addCallers(error: object | undefined, callers: () => readonly CodePlace[]): void {
  if (error === undefined || continued.has(error)) return;
  continued.add(error);
  const places = placesOf(error);
  if (places.length === 0 || places.length >= MAX_PLACES || places.some(([, line]) => line === WAITING_LINE)) return;
  const stack = String(getOwnPropertyDescriptor(error, 'stack')?.value);
  const value = stack + (stack.endsWith('\n') ? '' : '\n') + stackOf(callers());
  // A frozen error keeps the stack it has.
  reflectDefine(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
}

function stackOf(places: readonly CodePlace[]): string {
  return places.map(([brick, line, column]) => `    at brick:${brick}:${line}:${column}\n`).join('');
}

/** The number of the nearest intrinsic error type among the prototypes. */
export function errorTypeOf(error: object): number {
  for (let prototype = getPrototypeOf(error) as object | null; prototype !== null; prototype = getPrototypeOf(prototype) as object | null) {
    const type = ERROR_TYPES.findIndex((candidate) => candidate.prototype === prototype);
    if (type >= 0) return type;
  }
  return 0;
}
