import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../runtime/worker/packed.ts';

describe('packed states', () => {
  it('come back byte by byte, small and large, also when they are part of a larger buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6000, size: 'max' }), fc.nat(64), (bytes, offset) => {
        const inside = new Uint8Array(bytes.length + offset + 8);
        inside.set(bytes, offset);
        const back = unpack(pack(inside.subarray(offset, offset + bytes.length)));
        expect(Buffer.compare(back, bytes)).toBe(0);
      }),
    );
  });

  it('that are small hold on to no buffer that they came in', () => {
    const large = new Uint8Array(1_000_000);
    expect(unpack(pack(large.subarray(0, 100))).buffer.byteLength).toBe(100);
  });
});
