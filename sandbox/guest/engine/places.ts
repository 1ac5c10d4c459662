/** Where in the code an error arose, as data. */
import { type CodePlace, WAITING_LINE } from '../boundary.ts';
import { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, reflectDefine } from '../primordials.ts';
import { MAX_PLACES, placesInStack } from '../stack.ts';

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

/** The places in an error's stack, innermost first. Runs no getter of the author. */
export function placesOf(error: object): CodePlace[] {
  const stack: unknown = getOwnPropertyDescriptor(error, 'stack')?.value;
  return typeof stack === 'string' ? placesInStack(stack) : [];
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
