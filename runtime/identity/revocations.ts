/** The signed list of keys that the network no longer trusts. */
import type { KeyObject } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import { CanonicalReader, encodeCanonical } from './canonical.ts';
import { networkTag, requireNetworkTag } from './certified.ts';
import { KEY_ID_BYTES, SIGNATURE_BYTES, Signing } from './keys.ts';

/**
 * Revocation is by key, not by certificate: a stolen key stays stolen however often it was certified, and a holder who comes
 * back gets a new key.
 */
export interface Revocations {
  /** Never decreases. */
  readonly version: number;
  readonly issuedAtMs: number;
  /** Key ids, see {@link Certified.keyId}. */
  readonly keys: readonly string[];
}

export function signRevocations(revocations: Revocations, network: Hash, authorityKey: KeyObject): Uint8Array {
  const keys = revocations.keys.map((key) => Buffer.from(key, 'hex'));
  const body = encodeCanonical([networkTag(network), revocations.version, revocations.issuedAtMs, keys]);
  return encodeCanonical([body, new Signing('revocations', network).sign(body, authorityKey)]);
}

/** Throws RefusedError `foreign-network` or `bad-signature`, DataError `bad-document`. */
export function readRevocations(bytes: Uint8Array, network: Hash, authorityKey: KeyObject): Revocations {
  const what = 'revocation list';
  const outer = new CanonicalReader(bytes, what);
  outer.tuple(2, what);
  const body = outer.bytes('body', LIMITS.revokedKeys * (KEY_ID_BYTES + 1) + 64);
  const signature = outer.exactly('signature', SIGNATURE_BYTES);
  outer.end();
  const reader = new CanonicalReader(body, what);
  reader.tuple(4, 'body');
  requireNetworkTag(reader, network, what);
  const version = reader.uint('version');
  const issuedAtMs = reader.uint('time of issue');
  const keys = reader.list(LIMITS.revokedKeys, 'keys', () => reader.hex('key', KEY_ID_BYTES));
  reader.end();
  if (!new Signing('revocations', network).verify(body, signature, authorityKey)) {
    throw new RefusedError('bad-signature', "the revocation list is not signed by this network's authority");
  }
  return { version, issuedAtMs, keys };
}
