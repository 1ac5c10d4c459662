/** From what went wrong with an arrival to what is said about it. */
import { DataError, RefusedError } from '../../core/errors.ts';
import type { SmId } from '../../core/ids.ts';
import type { Refuse } from '../../core/messages.ts';

/** What the sender is told when `error` ends its offer. */
export function asRefusal(smId: SmId, epoch: number, error: Error, detailBytes: number): Refuse {
  const detail = Buffer.from(error.message)
    .subarray(0, detailBytes - 4)
    .toString();
  if (error instanceof RefusedError) {
    const retryAfterMs = error.retryAfterMs === null ? null : Math.ceil(error.retryAfterMs);
    return { type: 'refuse', smId, epoch, reason: error.reason, detail, retryAfterMs };
  }
  if (error instanceof DataError) return { type: 'refuse', smId, epoch, reason: 'bad-message', detail, retryAfterMs: null };
  return { type: 'refuse', smId, epoch, reason: 'internal', detail: 'the receiving node failed', retryAfterMs: null };
}

/** A judge that fails is no reason to accept, nor to end the node. */
export function judged<Value>(judge: () => Value): Value {
  try {
    return judge();
  } catch (error) {
    if (error instanceof RefusedError || error instanceof DataError) throw error;
    throw new RefusedError('internal', 'the receiving node failed', { cause: error });
  }
}

export function storeProblem(error: Error, retryAfterMs: number): RefusedError {
  return new RefusedError('store-full', `could not be stored: ${error.message}`, { retryAfterMs, cause: error });
}
