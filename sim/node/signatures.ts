/** The signatures of simulated members: everything that is signed and checked in a network is, but by a hash instead of a curve. */
import type { KeyObject } from 'node:crypto';
import { rawPublicKey, SIGNATURE_BYTES, type SignatureScheme } from '../../runtime/identity/keys.ts';

type Lanes = readonly [low: number, high: number];

const FIRST_LANES: Lanes = [0x811c9dc5, 0x9747b28c];
const WORD_BYTES = 4;
const DIGEST_BYTES = 2 * WORD_BYTES;

/** Raw public keys by key: taking them out of a key object costs more than the hash. */
const rawKeys = new WeakMap<KeyObject, Uint8Array>();

/**
 * A 64-bit hash over the signer's public key and the input, as often as it takes to be as long as what Ed25519 makes: wrong for any other key or
 * input. Whoever can read a credential can forge it, so it is worth nothing outside a simulation, whose members are all honest about keys.
 */
export const HASHED_SIGNATURES: SignatureScheme = {
  sign: (input, key) => seal(input, key),
  verify: (input, signature, key) => seal(input, key).equals(signature),
};

function seal(input: Uint8Array, key: KeyObject): Buffer {
  let raw = rawKeys.get(key);
  if (raw === undefined) rawKeys.set(key, (raw = key.type === 'secret' ? key.export() : rawPublicKey(key)));
  const [low, high] = lanesOf(input, lanesOf(raw, FIRST_LANES));
  const digest = Buffer.allocUnsafe(DIGEST_BYTES);
  digest.writeUInt32LE(mixed(low), 0);
  digest.writeUInt32LE(mixed(high), WORD_BYTES);
  return Buffer.alloc(SIGNATURE_BYTES, digest);
}

/**
 * FNV-1a (Fowler, Noll and Vo) in two lanes with different multipliers, each {@link mixed} at the end. For a hundred bytes it takes a tenth of what
 * a cryptographic hash takes to begin.
 */
function lanesOf(bytes: Uint8Array, [low, high]: Lanes): Lanes {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x85ebca6b);
  }
  return [low, high];
}

/** The last steps of MurmurHash3 (Appleby): every bit of a lane has a part in every other. */
function mixed(lane: number): number {
  const half = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return (whole ^ (whole >>> 16)) >>> 0;
}
