/** The last word on a link. */
import { LIMITS } from '../../core/limits.ts';
import { encodeMessage } from '../../core/message-codec.ts';

/** A BYE message; a long reason is cut so that it fits. */
export function byeBecause(reason: string): Uint8Array {
  // A character takes at most three bytes for each of its UTF-16 units.
  return encodeMessage({ type: 'bye', reason: reason.slice(0, Math.floor(LIMITS.detailBytes / 3)) });
}
