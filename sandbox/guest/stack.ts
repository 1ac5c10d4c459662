/** Reads the engine's stack texts: in the guest those of errors, on the host that of whatever ended a slice. */
import type { CodePlace } from './boundary.ts';

/** Deeper frames say little and cost bytes at every hop. */
export const MAX_PLACES = 10;

// Brick scripts are evaluated under the file name `brick:<index>`; everything else in a stack is the runtime's own.
const PLACE = /\bbrick:(\d+):(\d+)(?::(\d+))?/g;
const FRAME = /^\s+at /;
// `$.start`, which begins an asynchronous function. What called it is the function's outside, where the author has no call.
const START = /^\s+at start \((?!brick:)/;

/** The places in a stack, innermost first. */
export function placesInStack(stack: string): CodePlace[] {
  const places: CodePlace[] = [];
  let started = false;
  // A message may stand before the frames and look like one; in a frame the place comes at the end of the line.
  for (const line of stack.split('\n')) {
    if (places.length === MAX_PLACES) break;
    const match = FRAME.test(line) ? lastPlace(line) : null;
    if (match !== null && !started) places.push([Number(match[1]), Number(match[2]), Number(match[3] ?? 1)]);
    started = START.test(line);
  }
  return places;
}

/** By the expression itself: `matchAll` compiles a copy, for which a stack that is nearly exhausted has no room. */
function lastPlace(line: string): RegExpExecArray | null {
  let last: RegExpExecArray | null = null;
  PLACE.lastIndex = 0;
  for (let match = PLACE.exec(line); match !== null; match = PLACE.exec(line)) last = match;
  return last;
}
