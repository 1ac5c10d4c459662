/** Documents signed by a member of the network: `[body, the signer's credential, signature]`. */
import { DataError, RefusedError } from '../../core/errors.ts';
import { CanonicalReader, encodeCanonical, type Canonical } from './canonical.ts';
import { CREDENTIAL_BYTES_MAX, type Certified } from './certified.ts';
import type { Identity } from './identity.ts';
import { SIGNATURE_BYTES, Signing, type SignedKind } from './keys.ts';
import type { Role } from './roles.ts';
import type { TrustStore } from './trust.ts';

export function signDocument(kind: SignedKind, body: Canonical, signer: Identity): Uint8Array {
  const bytes = encodeCanonical(body);
  return encodeCanonical([bytes, signer.credential, new Signing(kind, signer.network, signer.signatures).sign(bytes, signer.privateKey)]);
}

/** The three parts, not yet believed. Throws DataError `bad-document`. */
export interface SignedParts {
  readonly body: Uint8Array;
  readonly credential: Uint8Array;
  readonly signature: Uint8Array;
}

export function splitDocument(bytes: Uint8Array, what: string, mostBodyBytes: number): SignedParts {
  const reader = new CanonicalReader(bytes, what);
  reader.tuple(3, what);
  const body = reader.bytes('body', mostBodyBytes);
  const credential = reader.bytes('credential', CREDENTIAL_BYTES_MAX);
  const signature = reader.exactly('signature', SIGNATURE_BYTES);
  reader.end();
  return { body, credential, signature };
}

/**
 * Checks the signer's credential and signature; who signed is returned.
 * Throws RefusedError `foreign-network`, `wrong-role`, `expired`, `revoked` or `bad-signature`, DataError `bad-document`.
 */
export function checkSigner(
  kind: SignedKind,
  parts: SignedParts,
  what: string,
  trust: TrustStore,
  roles: readonly Role[],
  nowMs: number,
): Certified {
  const signer = trust.verifyCredential(parts.credential, roles, nowMs);
  if (!new Signing(kind, trust.network, trust.signatures).verify(parts.body, parts.signature, signer.publicKey)) {
    throw badSignature(what, signer);
  }
  return signer;
}

export function badSignature(what: string, signer: Certified): RefusedError {
  return new RefusedError('bad-signature', `the ${what} is not signed by the ${signer.role} ${signer.name} whose credential it carries`);
}

/** Runs a check of bytes that somebody sent as a request: that they are malformed is then a refusal, `bad-message`. */
export function refusing<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (error instanceof DataError) throw new RefusedError('bad-message', error.message, { cause: error });
    throw error;
  }
}
