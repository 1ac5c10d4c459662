/**
 * What a node knows of itself: its own sequence number (RFC 3561, 6.1) and its last RREQ ID (6.3), in one durable tag, because both must not
 * fall back when the node restarts (6.13); and how much it sent within this second (RREQ_RATELIMIT and RERR_RATELIMIT, 6.3 and 6.11).
 */
import { asObject, readHint, writeHint } from '../common/hints.ts';
import { isSequenceNumber, newerOf, next } from './sequence.ts';

const NAME = 'public:aodv/own';
/** As long as policy allows; every search and every answer to one begins it anew. */
const LIFETIME_MS = 604_800_000;
const SECOND_MS = 1000;

interface Own {
  readonly sequenceNumber: number;
  readonly rreqId: number;
}

function own(): Own {
  const { sequenceNumber, rreqId } = asObject(readHint(NAME)?.value) ?? {};
  return { sequenceNumber: isSequenceNumber(sequenceNumber) ? sequenceNumber : 0, rreqId: isSequenceNumber(rreqId) ? rreqId : 0 };
}

/** The numbers of a new request: a node increments both immediately before it originates one (6.1, 6.3). */
export function numberRequest(): Own {
  const { sequenceNumber, rreqId } = own();
  const numbers = { sequenceNumber: next(sequenceNumber), rreqId: next(rreqId) };
  writeHint(NAME, numbers, LIFETIME_MS, true);
  return numbers;
}

/** The sequence number of an answer: at least the one that was asked for (6.1, 6.6.1). */
export function numberReply(asked: number | null): number {
  const { sequenceNumber, rreqId } = own();
  const answered = asked === null ? sequenceNumber : newerOf(sequenceNumber, asked);
  if (answered !== sequenceNumber || readHint(NAME) === null) writeHint(NAME, { sequenceNumber: answered, rreqId }, LIFETIME_MS, true);
  return answered;
}

/**
 * Counts one message against a limit per second. The tag's lifetime is the second.
 *
 * @returns 0 when the message may go, else the milliseconds until another may
 */
export function waitForRate(kind: 'rreq' | 'rerr', limit: number): number {
  const name = `public:aodv/rate/${kind}`;
  const found = readHint(name);
  // Whatever lives longer than the second is not of this counting.
  const counted = found !== null && found.lifetimeLeftMs <= SECOND_MS && typeof found.value === 'number' ? found : null;
  const leftMs = counted?.lifetimeLeftMs ?? SECOND_MS;
  const count = Number(counted?.value ?? 0);
  if (count >= limit) return leftMs;
  writeHint(name, count + 1, leftMs);
  return 0;
}
