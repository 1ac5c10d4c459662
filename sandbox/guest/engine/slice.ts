/** One slice: continue the program, run until nothing is left to do, and say what it waits for. */
import type { ResumeEvent, ToldInput, Wait } from '../boundary.ts';
import { BadState, CannotTravel } from '../codec/format.ts';
import { decodeArguments, decodeState, encodeState } from '../codec/state.ts';
import { StateTooLarge } from '../codec/too-large.ts';
import { jsonText } from '../api/values.ts';
import { eventError } from '../api/errors.ts';
import { isProxy } from '../globals/proxy.ts';
import { reseed } from '../globals/random.ts';
import { getPrototypeOf, isObject, parse, stringify } from '../primordials.ts';
import { drain } from './jobs.ts';
import { type Operation, operations, waitOf } from './operations.ts';
import { outputText } from './output.ts';
import { setPlaces } from './places.ts';
import {
  FULFILLED,
  markHandled,
  outcomeOf,
  PENDING,
  rejectPromise,
  resolvePromise,
  type SmPromise,
  stateOf,
  unhandled,
} from './promise.ts';
import { reportError } from './report.ts';
import { callEntry, initialise } from './start.ts';
import { setSurroundings } from './surroundings.ts';
import { deadlock, refuseWhereTasksPend } from './tasks.ts';
import { placesWaiting } from './waiting.ts';

/** `$slice`; `stateBytes` is the most that the state afterwards may take. Never throws, except what the engine throws when a limit is reached. */
export function runSlice(inputJson: string, state: string | undefined, stateBytes: number): string {
  const input = parse(inputJson) as ToldInput;
  setSurroundings(input.env);
  reseed(input.env.seed);
  let main: SmPromise;
  try {
    main = state === undefined ? begin(input) : decodeState(state);
  } catch (error) {
    if (isBadState(error)) return `!${error.message}`;
    return failed(error);
  }
  markHandled(main);
  for (const event of input.events) deliver(event);
  try {
    return run(main, input.env.ageMs, stateBytes);
  } catch (error) {
    return failed(error);
  }
}

/** Without `instanceof`, which asks the traps of a Proxy that the program threw. */
function isBadState(error: unknown): error is BadState {
  return isObject(error) && !isProxy(error) && getPrototypeOf(error) === BadState.prototype;
}

function begin(input: ToldInput): SmPromise {
  const { entry, args } = input;
  if (entry === undefined) throw new BadState('neither an entry nor a state');
  const values = args === undefined ? [] : 'captured' in args ? undefined : [args.json];
  initialise(entry.brick);
  return callEntry(entry.brick, entry.fn, values ?? decodeArguments((args as { captured: string }).captured));
}

function deliver(event: ResumeEvent): void {
  const operation = operations.get(event.op);
  // An outcome may come twice after a crash; the first one counted.
  if (operation === undefined) return;
  operations.delete(event.op);
  if (!('error' in event)) return resolvePromise(operation.promise, event.value);
  const error = eventError(event.error);
  setPlaces(error, placesWaiting(operation.promise));
  rejectPromise(operation.promise, error);
}

function run(main: SmPromise, ageMs: number, stateBytes: number): string {
  for (;;) {
    drain();
    for (const promise of unhandled) return failed(outcomeOf(promise));
    if (stateOf(main) !== PENDING) return ended(main);
    if (!refuseWhereTasksPend()) break;
  }
  if (operations.size === 0) return failed(deadlock(main));
  return waiting(main, ageMs, stateBytes);
}

function ended(main: SmPromise): string {
  if (stateOf(main) !== FULFILLED) return failed(outcomeOf(main));
  return outputText(`{"kind":"exit","value":${jsonText(outcomeOf(main) ?? null, 'the return value')}}`);
}

function waiting(main: SmPromise, ageMs: number, stateBytes: number): string {
  const waits: Wait[] = [];
  for (const operation of operations.values()) {
    if (operation.descriptor === null) throw new BadState('an operation without outcome');
    waits.push(waitOf(operation as Operation & { descriptor: NonNullable<Operation['descriptor']> }, ageMs));
  }
  const state = encodeHere(main, stateBytes);
  return `${outputText(`{"kind":"wait","waits":${stringify(waits)},"state":""}`)}\n${state}`;
}

/** An error about the state has the places of those who wait: the program could have come no further. */
function encodeHere(main: SmPromise, stateBytes: number): string {
  try {
    return encodeState(main, stateBytes);
  } catch (error) {
    const [operation] = operations.values();
    if ((error instanceof CannotTravel || error instanceof StateTooLarge) && operation !== undefined)
      setPlaces(error, placesWaiting(operation.promise));
    throw error;
  }
}

function failed(error: unknown): string {
  return outputText(`{"kind":"fail","error":${stringify(reportError(error))}}`);
}
