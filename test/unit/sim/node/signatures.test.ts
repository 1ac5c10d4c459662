import { createSecretKey } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SIGNATURE_BYTES } from '../../../../runtime/identity/keys.ts';
import { HASHED_SIGNATURES } from '../../../../sim/node/signatures.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 600 });
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((raw) => createSecretKey(raw));

it('simulated signatures are as long as real ones, and good for what was signed by whom', () => {
  fc.assert(
    fc.property(bytes, keys, (input, key) => {
      const signature = HASHED_SIGNATURES.sign(input, key);
      expect(signature).toHaveLength(SIGNATURE_BYTES);
      expect(HASHED_SIGNATURES.verify(input, signature, key)).toBe(true);
    }),
  );
});

it('simulated signatures are worth nothing when a bit of the input, of the signature or of the key is another', () => {
  fc.assert(
    fc.property(bytes, keys, keys, fc.nat(), fc.nat(), (input, key, other, inInput, inSignature) => {
      fc.pre(!key.equals(other));
      const signature = HASHED_SIGNATURES.sign(input, key);
      expect(HASHED_SIGNATURES.verify(flipped(input, inInput), signature, key)).toBe(false);
      expect(HASHED_SIGNATURES.verify(input, flipped(signature, inSignature), key)).toBe(false);
      expect(HASHED_SIGNATURES.verify(input, signature, other)).toBe(false);
    }),
  );
});

function flipped(whole: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(whole);
  copy[(bit >>> 3) % copy.length]! ^= 1 << (bit % 8);
  return copy;
}
