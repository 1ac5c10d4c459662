/** Who the network's authority says somebody is: the same facts whether they came in an X.509 certificate or in a credential. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { CanonicalReader, encodeCanonical } from './canonical.ts';
import {
  keyHash,
  keyIdOf,
  PUBLIC_KEY_BYTES,
  publicKeyFromRaw,
  rawPublicKey,
  SIGNATURE_BYTES,
  Signing,
  type SignatureScheme,
} from './keys.ts';
import { isName, roleOfUsages, ROLES, type Role } from './roles.ts';

export interface Certified {
  readonly role: Role;
  readonly name: string;
  /** SHA-256 of the public key; its first 16 bytes are `keyId`, and for a node its node id. */
  readonly keyHash: Hash;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** The 32 bytes of the public key. */
  readonly rawKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** First bytes of the network id, in clear text inside a document, so that a stray from another network can be called that. */
const NETWORK_TAG_BYTES = 8;

export function networkTag(network: Hash): Uint8Array {
  return Buffer.from(network.slice(0, NETWORK_TAG_BYTES * 2), 'hex');
}

/** Throws RefusedError `foreign-network` unless the next field of `reader` is the tag of `network`. */
export function requireNetworkTag(reader: CanonicalReader, network: Hash, what: string): void {
  const tag = reader.hex('network', NETWORK_TAG_BYTES);
  if (tag === network.slice(0, NETWORK_TAG_BYTES * 2)) return;
  throw new RefusedError(
    'foreign-network',
    `the ${what} belongs to network ${tag}, this is network ${network.slice(0, NETWORK_TAG_BYTES * 2)}`,
  );
}

export const CREDENTIAL_BYTES_MAX = 256;
const SECOND_MS = 1000;

export interface CredentialFacts {
  readonly role: Role;
  readonly name: string;
  readonly rawKey: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Issues a credential: about 135 bytes that say the same as the X.509 certificate. Times are kept in whole seconds. */
export function issueCredential(facts: CredentialFacts, network: Hash, authorityKey: KeyObject, scheme?: SignatureScheme): Uint8Array {
  const body = encodeCanonical([
    networkTag(network),
    ROLES.indexOf(facts.role),
    facts.name,
    facts.rawKey,
    Math.floor(facts.notBeforeMs / SECOND_MS),
    Math.floor(facts.notAfterMs / SECOND_MS),
  ]);
  return encodeCanonical([body, new Signing('credential', network, scheme).sign(body, authorityKey)]);
}

/**
 * Reads a credential and checks the authority's signature; validity in time and revocation are the trust store's business.
 * Throws RefusedError `foreign-network` or `bad-signature`, DataError `bad-document`.
 */
export function readCredential(bytes: Uint8Array, network: Hash, authorityKey: KeyObject, scheme?: SignatureScheme): Certified {
  const outer = new CanonicalReader(bytes, 'credential');
  outer.tuple(2, 'credential');
  const body = outer.bytes('body', CREDENTIAL_BYTES_MAX);
  const signature = outer.exactly('signature', SIGNATURE_BYTES);
  outer.end();
  const reader = new CanonicalReader(body, 'credential');
  reader.tuple(6, 'body');
  requireNetworkTag(reader, network, 'credential');
  const role = ROLES[reader.uint('role', ROLES.length - 1)] as Role;
  const name = reader.text('name', 63);
  if (!isName(name)) throw new DataError('bad-document', 'credential: name has characters that a name may not have');
  // Credentials are cached for long, so the key must not keep the whole received buffer alive.
  const rawKey = Buffer.from(reader.exactly('public key', PUBLIC_KEY_BYTES));
  const notBeforeMs = reader.uint('not before') * SECOND_MS;
  const notAfterMs = reader.uint('not after') * SECOND_MS;
  reader.end();
  if (!new Signing('credential', network, scheme).verify(body, signature, authorityKey)) {
    throw new RefusedError('bad-signature', `the credential of ${role} ${name} is not signed by this network's authority`);
  }
  const hash = keyHash(rawKey);
  return { role, name, keyHash: hash, keyId: keyIdOf(hash), publicKey: publicKeyFromRaw(rawKey), rawKey, notBeforeMs, notAfterMs };
}

/**
 * Reads what an X.509 certificate says and checks that the network's authority issued it.
 * Throws RefusedError `foreign-network`, `bad-signature` or `wrong-role`.
 */
export function readCertificate(certificate: X509Certificate, authority: X509Certificate): Certified {
  const name = /^CN=(.*)$/.exec(certificate.subject)?.[1] ?? '';
  const shown = isName(name) ? name : 'without a proper name';
  if (certificate.issuer !== authority.subject) {
    throw new RefusedError('foreign-network', `the certificate of ${shown} was issued by another network's authority`);
  }
  if (!certificate.verify(authority.publicKey)) {
    throw new RefusedError('bad-signature', `the certificate of ${shown} is not signed by this network's authority`);
  }
  const role = roleOfUsages(certificate.keyUsage ?? []);
  if (role === undefined || certificate.ca || !isName(name) || certificate.publicKey.asymmetricKeyType !== 'ed25519') {
    throw new RefusedError('wrong-role', `the certificate of ${shown} does not name exactly one role of a network member`);
  }
  const rawKey = rawPublicKey(certificate.publicKey);
  const hash = keyHash(rawKey);
  return {
    role,
    name,
    keyHash: hash,
    keyId: keyIdOf(hash),
    publicKey: certificate.publicKey,
    rawKey,
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}
