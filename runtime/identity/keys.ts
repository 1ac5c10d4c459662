/** Ed25519 keys and the names made from them. */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { NODE_ID_BYTES, type Hash } from '../../core/ids.ts';

/** Length of a raw Ed25519 public key. */
export const PUBLIC_KEY_BYTES = 32;
/** Length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
/** A key id is the beginning of the key's hash; for a node it is its node id. */
export const KEY_ID_BYTES = NODE_ID_BYTES;

/** What precedes the 32 raw bytes in the DER form of an Ed25519 public key (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function sha256Hex(...parts: readonly Uint8Array[]): Hash {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The 32 raw bytes of an Ed25519 public (or the public half of a private) key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length);
}

export function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** SHA-256 of the key's SPKI DER. A network's id is this of its authority's key; the first 16 bytes name a key or node. */
export function keyHash(raw: Uint8Array): Hash {
  return sha256Hex(SPKI_PREFIX, raw);
}

/** First 16 bytes of {@link keyHash}, hex. */
export function keyIdOf(hash: Hash): string {
  return hash.slice(0, KEY_ID_BYTES * 2);
}

/** Every kind of thing that is signed. A signature for one kind is worth nothing for another. */
export type SignedKind = 'credential' | 'manifest' | 'launch' | 'launch-origin' | 'order' | 'revocations' | 'policy' | 'receipt';

/**
 * How bytes are signed. There is one scheme, {@link ED25519}; a simulator, whose members are all its own, may put a cheaper one in
 * its place, which gives signatures of the same length.
 */
export interface SignatureScheme {
  sign(input: Uint8Array, key: KeyObject): Uint8Array;
  verify(input: Uint8Array, signature: Uint8Array, key: KeyObject): boolean;
}

export const ED25519: SignatureScheme = {
  sign: (input, key) => sign(null, input, key),
  verify: (input, signature, key) => verify(null, input, key, signature),
};

/**
 * What is really signed: `"sm/<kind>/1\0"`, the 32 bytes of the network id, the body. A document of one network therefore
 * never passes in another, and the network id need not travel.
 */
export class Signing {
  readonly #prefix: Uint8Array;
  readonly #scheme: SignatureScheme;

  constructor(kind: SignedKind, network: Hash, scheme: SignatureScheme = ED25519) {
    this.#scheme = scheme;
    this.#prefix = Buffer.concat([Buffer.from(`sm/${kind}/1\0`, 'latin1'), Buffer.from(network, 'hex')]);
  }

  sign(body: Uint8Array, key: KeyObject): Uint8Array {
    return this.#scheme.sign(this.#input(body), key);
  }

  verify(body: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
    return this.#scheme.verify(this.#input(body), signature, key);
  }

  #input(body: Uint8Array): Uint8Array {
    return Buffer.concat([this.#prefix, body]);
  }
}
