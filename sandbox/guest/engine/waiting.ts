/** Who waits for a promise, and where: for errors and for the rules about tasks. */
import { type CodePlace, POINTS_PER_FUNCTION, WAITING_LINE } from '../boundary.ts';
import { Element } from './combinators.ts';
import { nativeRecord } from './natives.ts';
import { MAX_PLACES } from '../stack.ts';
import { type Reaction, reactionsOf, Resolution, type SmPromise } from './promise.ts';

/** The promises that a reaction leads on to. */
export function reachedPromises(reaction: Reaction): SmPromise[] {
  if (reaction.kind === 'frame') return [reaction.promise];
  if (reaction.kind === 'adopt') return [reaction.derived];
  const reached = reaction.derived === undefined ? [] : [reaction.derived];
  // `Promise.all` and its like lead on through the handlers that they registered.
  for (const handler of [reaction.onFulfilled, reaction.onRejected]) {
    const part = typeof handler === 'function' ? nativeRecord(handler)?.parts[0] : undefined;
    if (part instanceof Resolution) reached.push(part.promise);
    else if (part instanceof Element) reached.push(part.combination.resolution.promise);
  }
  return reached;
}

/** Where a function waits, or went on last. */
export function placeOf({ brick, fn, pc }: { readonly brick: number; readonly fn: number; readonly pc: number }): CodePlace {
  return [brick, WAITING_LINE, fn * POINTS_PER_FUNCTION + pc];
}

/** Where the functions stand that `promise` holds up, the innermost first, then its asynchronous callers. */
export function placesWaiting(promise: SmPromise): CodePlace[] {
  const places: CodePlace[] = [];
  const seen = new Set<SmPromise>();
  const queue = [promise];
  for (let next = queue.shift(); next !== undefined && places.length < MAX_PLACES; next = queue.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const reaction of reactionsOf(next)) {
      if (reaction.kind === 'frame') places.push(placeOf(reaction));
      queue.push(...reachedPromises(reaction));
    }
  }
  return places;
}
