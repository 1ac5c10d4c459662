/** Whom this node believes: the network's authority, minus the revoked and the expired. */
import { X509Certificate } from 'node:crypto';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { BoundedMap } from './bounded-map.ts';
import { readCertificate, readCredential, type Certified } from './certified.ts';
import { ED25519, keyHash, rawPublicKey, sha256Hex, type SignatureScheme } from './keys.ts';
import { readRevocations, type Revocations } from './revocations.ts';
import type { Role } from './roles.ts';

/** What must outlive a restart. The caller keeps it, and saves it anew at every change. */
export interface TrustState {
  /** Wall time that is known to have passed; see {@link TrustStore.nowMs}. */
  readonly floorMs: number;
  /** The newest revocation list, as received; null before the first. */
  readonly revocations: Uint8Array | null;
}

export interface TrustOptions {
  /** The authority's certificate: PEM, or read already, for many stores of one network. */
  readonly authority: string | X509Certificate;
  readonly clock: Clock;
  readonly state?: TrustState | null;
  /** How members' documents are signed; Ed25519 when absent. */
  readonly signatures?: SignatureScheme;
  /** Credentials that were read before; stores of one network in one process may share them. */
  readonly credentials?: BoundedMap<Certified>;
}

const NOTHING_REVOKED: Revocations = { version: 0, issuedAtMs: 0, keys: [] };

export class TrustStore {
  /** The network's id: SHA-256 of its authority's public key. */
  readonly network: Hash;
  readonly authority: X509Certificate;
  readonly signatures: SignatureScheme;
  readonly #clock: Clock;
  readonly #credentials: BoundedMap<Certified>;
  readonly #certificates = new BoundedMap<Certified>(LIMITS.credentialsCached);
  readonly #listeners = new Set<() => void>();
  #floorMs: number;
  #revocations: Revocations = NOTHING_REVOKED;
  #revocationBytes: Uint8Array | null = null;
  #revoked: ReadonlySet<string> = new Set();

  /** Throws DataError `bad-authority` when the authority's certificate is not one, or whatever `setRevocations` throws. */
  constructor(options: TrustOptions) {
    this.authority = readAuthority(options.authority);
    this.signatures = options.signatures ?? ED25519;
    this.#credentials = options.credentials ?? new BoundedMap(LIMITS.credentialsCached);
    this.network = keyHash(rawPublicKey(this.authority.publicKey));
    this.#clock = options.clock;
    this.#floorMs = options.state?.floorMs ?? 0;
    if (options.state?.revocations) this.setRevocations(options.state.revocations);
  }

  get revocationVersion(): number {
    return this.#revocations.version;
  }

  /** The newest revocation list, as signed. */
  get revocationBytes(): Uint8Array | null {
    return this.#revocationBytes;
  }

  /**
   * Wall time for certificates and launches, never before the floor. A board without a battery-backed clock starts somewhere
   * in the past, and a clock that was set back must not revive what has expired. Only the authority's signed times raise the floor:
   * if this node's own clock could, one jump forward would outlast its correction.
   */
  nowMs(): number {
    return Math.max(this.#clock.wallMs(), this.#floorMs);
  }

  /** Says that `wallMs` has passed, on the word of something the authority has signed. */
  raiseFloor(wallMs: number): void {
    if (wallMs <= this.#floorMs) return;
    this.#floorMs = wallMs;
    this.#changed();
  }

  state(): TrustState {
    return { floorMs: this.#floorMs, revocations: this.#revocationBytes };
  }

  /** Called after every change of the trust state; links re-check their peers then and the caller saves the state. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Takes over a newer revocation list; false when it is the one at hand. Throws RefusedError `policy-invalid` for an older one,
   * and what {@link readRevocations} throws.
   */
  setRevocations(bytes: Uint8Array): boolean {
    const revocations = readRevocations(bytes, this.network, this.authority.publicKey);
    const current = this.#revocations.version;
    if (revocations.version < current) {
      throw new RefusedError('policy-invalid', `revocation list ${revocations.version} is older than list ${current}, which is in force`);
    }
    if (revocations.version === current) return false;
    this.#revocations = revocations;
    this.#revocationBytes = Uint8Array.from(bytes);
    this.#revoked = new Set(revocations.keys);
    this.#floorMs = Math.max(this.#floorMs, revocations.issuedAtMs);
    this.#changed();
    return true;
  }

  /**
   * Checks an X.509 certificate fully: issued by the authority, in its time, not revoked, of one of `roles`.
   * Throws RefusedError `foreign-network`, `bad-signature`, `wrong-role`, `expired` or `revoked`.
   */
  verifyCertificate(certificate: X509Certificate, roles: readonly Role[]): Certified {
    const key = certificate.fingerprint256;
    let certified = this.#certificates.get(key);
    if (certified === undefined) {
      certified = readCertificate(certificate, this.authority);
      this.#certificates.set(key, certified);
    }
    this.check(certified, roles);
    return certified;
  }

  /**
   * Checks a credential like a certificate. The authority's signature is verified once per credential and remembered by hash.
   * Throws as {@link verifyCertificate}, and DataError `bad-document`.
   */
  verifyCredential(bytes: Uint8Array, roles: readonly Role[], nowMs = this.nowMs()): Certified {
    const certified = this.readCredential(bytes);
    this.check(certified, roles, nowMs);
    return certified;
  }

  /**
   * Checks only that the authority issued the credential, whenever that was and whatever became of it.
   * Throws RefusedError `foreign-network` or `bad-signature`, DataError `bad-document`.
   */
  readCredential(bytes: Uint8Array): Certified {
    const key = sha256Hex(bytes);
    let certified = this.#credentials.get(key);
    if (certified === undefined) {
      certified = readCredential(bytes, this.network, this.authority.publicKey, this.signatures);
      this.#credentials.set(key, certified);
    }
    return certified;
  }

  /** Checks again what can change: time and revocation, and the role. Throws RefusedError `wrong-role`, `expired` or `revoked`. */
  check(certified: Certified, roles: readonly Role[], nowMs = this.nowMs()): void {
    const who = `${certified.role} ${certified.name}`;
    if (!roles.includes(certified.role)) {
      throw new RefusedError('wrong-role', `${who} does something that only the role ${roles.join(' or ')} may do`);
    }
    if (this.#revoked.has(certified.keyId)) {
      throw new RefusedError('revoked', `the key of ${who} was revoked by the network's operator`);
    }
    if (nowMs > certified.notAfterMs) {
      throw new RefusedError(
        'expired',
        `the certificate of ${who} was valid until ${day(certified.notAfterMs)}; here it is ${day(nowMs)}`,
        {
          hint: 'Renew the certificate, or correct the clock if the date is wrong.',
        },
      );
    }
    if (nowMs + LIMITS.clockSkewMs < certified.notBeforeMs) {
      throw new RefusedError(
        'expired',
        `the certificate of ${who} is valid from ${day(certified.notBeforeMs)} only; here it is ${day(nowMs)}`,
        {
          hint: 'Correct the clock: the certificate was issued in its future.',
        },
      );
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function day(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}

function readAuthority(pem: string | X509Certificate): X509Certificate {
  if (typeof pem !== 'string') return pem;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch (error) {
    throw new DataError('bad-authority', "the authority's certificate cannot be read", { cause: error });
  }
  if (!certificate.ca || certificate.publicKey.asymmetricKeyType !== 'ed25519' || !certificate.verify(certificate.publicKey)) {
    throw new DataError('bad-authority', 'the certificate given as the authority is not a self-signed Ed25519 authority certificate');
  }
  return certificate;
}
