/** Sequence numbers (RFC 3561, 6.1): 32 bits that wrap around, compared by the sign of their difference. */

/** Whether `one` is fresher than `other`. */
export function isNewer(one: number, other: number): boolean {
  return ((one - other) | 0) > 0;
}

export function next(sequenceNumber: number): number {
  return (sequenceNumber + 1) | 0;
}

export function newerOf(one: number, other: number): number {
  return isNewer(other, one) ? other : one;
}

/** Whether a value that somebody left in a tag is a sequence number at all. */
export function isSequenceNumber(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}
