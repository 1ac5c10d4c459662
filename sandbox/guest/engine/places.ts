/** Where in the code an error arose, as data. */
import type { CodePlace } from '../boundary.ts';
import { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } from '../primordials.ts';

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

/** The places in an error's stack, innermost first. Runs no getter of the author. */
export function placesOf(error: object): CodePlace[] {
  const stack: unknown = getOwnPropertyDescriptor(error, 'stack')?.value;
  if (typeof stack !== 'string') return [];
  const places: CodePlace[] = [];
  // A message may stand before the frames and look like one; in a frame the place comes at the end of the line.
  for (const line of stack.split('\n')) {
    if (places.length === MAX_PLACES) break;
    const match = /^\s+at /.test(line) ? [...line.matchAll(PLACE)].at(-1) : undefined;
    if (match !== undefined) places.push([Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]);
  }
  return places;
}

/** Gives a restored error its stack back, in a form that `placesOf` reads. */
export function setPlaces(error: object, places: readonly CodePlace[]): void {
  const value = places.map(([brick, line, column]) => `    at brick:${brick}:${line}:${column}\n`).join('');
  defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
}

/** The number of the nearest intrinsic error type among the prototypes. */
export function errorTypeOf(error: object): number {
  for (let prototype = getPrototypeOf(error) as object | null; prototype !== null; prototype = getPrototypeOf(prototype) as object | null) {
    const type = ERROR_TYPES.findIndex((candidate) => candidate.prototype === prototype);
    if (type >= 0) return type;
  }
  return 0;
}
