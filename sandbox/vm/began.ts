/** Where in the author's code a slice began, read from the state that it continued: for slices that can no longer say so themselves. */
import { type CodePlace, POINTS_PER_FUNCTION, WAITING_LINE } from '../guest/boundary.ts';
import { PROMISE, REACTION } from '../guest/codec/format.ts';

/** The functions that waited, the innermost first; empty for a state that is no state. */
export function placesOfState(state: Uint8Array, most: number): CodePlace[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(state).toString('utf8'));
  } catch {
    return [];
  }
  for (const operation of listOf(listOf(parsed)[2])) {
    const places = framesBehind(listOf(operation)[1], most).flatMap(placeOf);
    if (places.length > 0) return places;
  }
  return [];
}

/** The frames behind a promise's description, along the first that waits for each. */
function framesBehind(promise: unknown, most: number): unknown[] {
  const frames: unknown[] = [];
  for (let node = listOf(promise); node.length > 0 && frames.length < most;) {
    if (node[0] === PROMISE.CHAIN) {
      frames.push(...node.slice(1, -1));
      node = listOf(node.at(-1));
    } else if (node[0] === PROMISE.PENDING) {
      const [kind, first, second, derived] = listOf(node[1]);
      if (kind === REACTION.FRAME) frames.push(first);
      node = listOf(kind === REACTION.FRAME ? second : kind === REACTION.ADOPT ? first : derived);
    } else {
      break;
    }
  }
  return frames.slice(0, most);
}

function placeOf(frame: unknown): CodePlace[] {
  const [brick, fn, pc] = listOf(frame);
  return isIndex(brick) && isIndex(fn) && isIndex(pc) ? [[brick, WAITING_LINE, fn * POINTS_PER_FUNCTION + pc]] : [];
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
