import { describe, expect, it } from 'vitest';
import { isNewer, isSequenceNumber, newerOf, next } from '../../../../routing/aodv/sequence.ts';

const LARGEST = 2 ** 31 - 1;

describe('sequence numbers (RFC 3561, 6.1)', () => {
  it('are compared by the sign of their difference, so that they may wrap around', () => {
    expect([isNewer(2, 1), isNewer(1, 2), isNewer(1, 1)]).toEqual([true, false, false]);
    expect(next(LARGEST)).toBe(-(2 ** 31));
    expect([isNewer(next(LARGEST), LARGEST), isNewer(LARGEST, next(LARGEST))]).toEqual([true, false]);
    expect(newerOf(LARGEST, next(LARGEST))).toBe(next(LARGEST));
  });

  it('are whole numbers of 32 bits', () => {
    expect([0, -1, LARGEST, -(2 ** 31)].every(isSequenceNumber)).toBe(true);
    expect([2 ** 31, 0.5, NaN, Infinity, '1', null, undefined].some(isSequenceNumber)).toBe(false);
  });
});
