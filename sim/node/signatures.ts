/** The signatures of simulated members: everything that is signed and checked in a network is, but by a hash instead of a curve. */
import { createHash, type KeyObject } from 'node:crypto';
import { rawPublicKey, type SignatureScheme } from '../../runtime/identity/keys.ts';

/** Raw public keys by key: taking them out of a key object costs more than the hash. */
const rawKeys = new WeakMap<KeyObject, Uint8Array>();

/**
 * SHA-256 over the signer's public key and the input, twice, to be as long as what Ed25519 makes: wrong for any other key or input.
 * Whoever can read a credential can forge it, so it is worth nothing outside a simulation, whose members are all honest about keys.
 */
export const HASHED_SIGNATURES: SignatureScheme = {
  sign: (input, key) => seal(input, key),
  verify: (input, signature, key) => seal(input, key).equals(signature),
};

function seal(input: Uint8Array, key: KeyObject): Buffer {
  let raw = rawKeys.get(key);
  if (raw === undefined) rawKeys.set(key, (raw = key.type === 'secret' ? key.export() : rawPublicKey(key)));
  const digest = createHash('sha256').update(raw).update(input).digest();
  return Buffer.concat([digest, digest]);
}
