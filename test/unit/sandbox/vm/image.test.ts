import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { captureFull, captureSparse, restore, type Layout } from '../../../../sandbox/vm/image.ts';
import type { Machine } from '../../../../sandbox/vm/machine.ts';

const KIB = 1024;
const MEMORY_BYTES = 768 * KIB;
const STATIC_BYTES = 128 * KIB;
const LAYOUT: Layout = { breakAt: 64, stackFloor: 192 * KIB };
const FIRST_BREAK = 448 * KIB;

/** A write of one byte over and over; the break is a word of the memory like any other, and no write of these hits it. */
const writes = fc.array(
  fc.record({
    at: fc.oneof(fc.integer({ min: 128, max: STATIC_BYTES - 1 }), fc.integer({ min: LAYOUT.stackFloor, max: MEMORY_BYTES - 1 })),
    length: fc.oneof(fc.constantFrom(1, 16 * KIB, 100 * KIB), fc.integer({ min: 1, max: 4 * KIB })),
    byte: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 255 })),
  }),
  { maxLength: 30 },
);
const rise = fc.integer({ min: 0, max: (MEMORY_BYTES - FIRST_BREAK) / KIB / 2 }).map((kib) => kib * KIB);

/** Only the memory of a machine. */
function blankMachine(): Machine {
  const memory = { buffer: new ArrayBuffer(MEMORY_BYTES) };
  return { memory, bytes: new Uint8Array(memory.buffer), buffer: Buffer.from(memory.buffer) } as unknown as Machine;
}

function write(machine: Machine, breakAddress: number, what: readonly { at: number; length: number; byte: number }[]): void {
  for (const { at, length, byte } of what) {
    const limit = at < STATIC_BYTES ? STATIC_BYTES : breakAddress;
    if (at < limit) machine.bytes.fill(byte, at, Math.min(at + length, limit));
  }
  machine.buffer.writeUInt32LE(breakAddress, LAYOUT.breakAt);
}

it('put back what was captured, whatever was written since', () => {
  fc.assert(
    fc.property(writes, writes, writes, rise, rise, (first, loaded, run, grown, spoilt) => {
      const machine = blankMachine();
      write(machine, FIRST_BREAK, first);
      const base = captureFull(machine, LAYOUT);
      const pristine = Buffer.from(machine.bytes);
      write(machine, FIRST_BREAK + grown, loaded);
      const image = captureSparse(machine, LAYOUT, base);
      const program = Buffer.from(machine.bytes);
      const end = FIRST_BREAK + grown + spoilt;
      for (const [saved, wanted] of [
        [image, program],
        [base, pristine],
        [image, program],
      ] as const) {
        write(machine, end, run);
        restore(machine, saved, { end, hole: null });
        expect(wanted.equals(machine.bytes)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

it('of memory that was set aside and never written leave that alone', () => {
  const machine = blankMachine();
  write(machine, FIRST_BREAK, []);
  const base = captureFull(machine, LAYOUT);
  const hole = { start: FIRST_BREAK + 10 * KIB, end: FIRST_BREAK + 90 * KIB };
  machine.bytes.fill(7, FIRST_BREAK, FIRST_BREAK + 100 * KIB);
  restore(machine, base, { end: FIRST_BREAK + 100 * KIB, hole });
  expect([FIRST_BREAK, hole.start - 1, hole.start, hole.end - 1, hole.end].map((at) => machine.bytes[at])).toEqual([0, 0, 7, 7, 0]);
});

it('keep nothing of their own for what did not change, and no copy of zeros', () => {
  const machine = blankMachine();
  write(machine, FIRST_BREAK, [{ at: LAYOUT.stackFloor + 64 * KIB, length: 8 * KIB, byte: 1 }]);
  const base = captureFull(machine, LAYOUT);
  expect(base.ownBytes).toBeLessThan(32 * KIB);
  expect(captureSparse(machine, LAYOUT, base).ownBytes).toBe(0);
  machine.bytes[FIRST_BREAK - 1] = 5;
  expect(captureSparse(machine, LAYOUT, base).ownBytes).toBe(KIB);
});
