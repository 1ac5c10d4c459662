import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Data } from '../../../../sim/link/frames.ts';
import { Inbound } from '../../../../sim/link/inbound.ts';

const frame = (sequence: number): Data => ({ kind: 'data', session: 's', sequence, messages: [] });

describe('the receiving end of a session', () => {
  it('gives every frame once and in order, however they are mixed and repeated', () => {
    const order = fc
      .integer({ min: 1, max: 40 })
      .chain((count) =>
        fc.tuple(fc.shuffledSubarray([...Array(count).keys()], { minLength: count }), fc.array(fc.nat(count - 1), { maxLength: 40 })),
      );
    fc.assert(
      fc.property(order, ([mixed, repeated]) => {
        const inbound = new Inbound();
        const given = [...mixed, ...repeated].flatMap((sequence) => (inbound.take(frame(sequence)) ?? []).map((taken) => taken.sequence));
        expect(given).toEqual([...Array(mixed.length).keys()]);
        expect(inbound.hasGap).toBe(false);
      }),
    );
  });

  it('says that something is missing, also what was only announced', () => {
    const inbound = new Inbound();
    expect(inbound.take(frame(1))).toEqual([]);
    expect(inbound.hasGap).toBe(true);
    expect(inbound.take(frame(0))).toHaveLength(2);
    expect(inbound.hasGap).toBe(false);
    expect(inbound.announce(3)).toBe(false);
    expect(inbound.hasGap).toBe(true);
    inbound.take(frame(2));
    expect(inbound.announce(3)).toBe(true);
  });

  it('gives up when too many are missing', () => {
    const inbound = new Inbound();
    for (let sequence = 1; sequence <= 64; sequence += 1) expect(inbound.take(frame(sequence))).toEqual([]);
    expect(inbound.take(frame(65))).toBeNull();
  });
});
