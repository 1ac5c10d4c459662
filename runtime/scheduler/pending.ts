/** Operations a resident waits for, as the scheduler keeps them. */
import type { Principal, TagRecord } from '../../core/tags.ts';
import type { ResumeEvent, Wait } from '../../sandbox/guest/boundary.ts';
import { guestName } from '../tags/names.ts';

/** One operation that is not over. */
export interface Pending {
  readonly op: number;
  readonly kind: Wait['kind'];
  /** Monotonic time at which it is over by itself; null when never. */
  readonly deadlineMs: number | null;
  /** Blocks: the full names waited for; a version above `after` wakes. Empty for other kinds. */
  readonly names: readonly string[];
  readonly after: number;
}

export function wakeEvent(pending: Pending, record: TagRecord, who: Principal): ResumeEvent {
  return { op: pending.op, value: { name: guestName(record.name, who), version: record.version } };
}

/** What happens to an operation when its time comes: a sleep is over, anything else has timed out. */
export function deadlineEvent(pending: Pending): ResumeEvent {
  if (pending.kind === 'sleep') return { op: pending.op, value: null };
  return errorEvent(pending.op, 'TimeoutError', `${pending.kind} timed out`);
}

/** @param code the `code` that the guest's error shall have */
export function errorEvent(op: number, name: string, message: string, code?: string): ResumeEvent {
  return { op, error: code === undefined ? { name, message } : { name, message, data: { code } } };
}
