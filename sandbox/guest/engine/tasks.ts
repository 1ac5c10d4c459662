/** Who else is still at work: rules for operations that take the whole Smart Message along. */
import { TasksPending } from '../api/errors.ts';
import { AsyncFrame, unfinished, whereFrame } from './frames.ts';
import { describeOperation, type Operation, operations, takesAll } from './operations.ts';
import { setPlaces } from './places.ts';
import { reactionsOf, rejectPromise, type SmPromise } from './promise.ts';
import { placesWaiting, reachedPromises } from './waiting.ts';

/**
 * At the end of a slice: `sysMigrate` and `spawn` are refused while another task has not finished, because that task would
 * wake up on another node, or twice. Returns true when something was refused and the program goes on.
 */
export function refuseWhereTasksPend(): boolean {
  let refused = false;
  // Deleting from a Map while walking it is defined.
  for (const operation of operations.values()) {
    if (!takesAll(operation.descriptor)) continue;
    const other = otherTask(operation);
    if (other === undefined) continue;
    operations.delete(operation.op);
    const error = new TasksPending(`${describeOperation(operation)} while another task is unfinished: ${other}. Await it first.`);
    setPlaces(error, placesWaiting(operation.promise));
    rejectPromise(operation.promise, error);
    refused = true;
  }
  return refused;
}

/** Names a task that neither is nor waits for the one behind `operation`. */
function otherTask(operation: Operation): string | undefined {
  if (operations.size > 1) {
    for (const other of operations.values()) if (other !== operation) return describeWaiting(other);
  }
  if (chainLength(operation.promise) === unfinished.size) return undefined;
  const behind = new Set<AsyncFrame>();
  collect(operation.promise, behind, new Set());
  if (behind.size === unfinished.size) return undefined;
  for (const frame of unfinished) {
    if (!behind.has(frame)) return whereFrame(frame);
  }
  return undefined;
}

/** How many frames wait for the promise, one for the other. Less where anything else waits as well. */
function chainLength(start: SmPromise): number {
  let promise = start;
  let length = 0;
  while (length < unfinished.size) {
    const reactions = reactionsOf(promise);
    const reaction = reactions[0];
    if (reactions.length !== 1 || reaction?.kind !== 'frame') break;
    ({ promise } = reaction);
    length++;
  }
  return length;
}

function describeWaiting(operation: Operation): string {
  for (const reaction of reactionsOf(operation.promise)) {
    if (reaction.kind === 'frame') return `${whereFrame(reaction)}, which waits for ${describeOperation(operation)}`;
  }
  return `${describeOperation(operation)}, which nobody awaits`;
}

/** The frames that the promise's settling will lead to. */
function collect(start: SmPromise, frames: Set<AsyncFrame>, seen: Set<SmPromise>): void {
  const queue: SmPromise[] = [start];
  for (let promise = queue.pop(); promise !== undefined; promise = queue.pop()) {
    if (seen.has(promise)) continue;
    seen.add(promise);
    for (const reaction of reactionsOf(promise)) {
      if (reaction.kind === 'frame') frames.add(reaction);
      for (const next of reachedPromises(reaction)) queue.push(next);
    }
  }
}

/** The error of a program that waits for nothing that could ever happen. */
export function deadlock(main: SmPromise): Error {
  let where = '';
  let awaited: SmPromise | undefined;
  for (const frame of unfinished) {
    // The frame that nothing but a lost promise keeps waiting: the innermost one on the way to the end of the program.
    if (leadsTo(frame, main)) {
      where = ` in ${whereFrame(frame)}`;
      ({ awaited } = frame);
      break;
    }
  }
  const error = new Error(`the program waits${where} for a promise that nothing will settle`);
  error.name = 'Deadlock';
  if (awaited !== undefined) setPlaces(error, placesWaiting(awaited));
  return error;
}

function leadsTo(frame: AsyncFrame, main: SmPromise): boolean {
  const awaited = frame.awaited;
  const innermost = awaited === undefined || ![...unfinished].some((other) => other.promise === awaited);
  const frames = new Set<AsyncFrame>();
  const seen = new Set<SmPromise>();
  collect(frame.promise, frames, seen);
  return innermost && seen.has(main);
}
