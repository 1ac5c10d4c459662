/** The members of a simulated network: keys that follow from the seed, certified by an authority of the simulator's own. */
import { createHash, createPrivateKey, createPublicKey, createSecretKey, X509Certificate, type KeyObject } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import { BoundedMap } from '../../runtime/identity/bounded-map.ts';
import { issueCredential, type Certified } from '../../runtime/identity/certified.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import { keyHash, keyIdOf, rawPublicKey } from '../../runtime/identity/keys.ts';
import type { Role } from '../../runtime/identity/roles.ts';
import { EPOCH_MS } from '../kernel/kernel.ts';
import { HASHED_SIGNATURES } from './signatures.ts';

/** What precedes the 32 secret bytes in the DER form of an Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const DAY_MS = 24 * 60 * 60 * 1000;
/** Credentials outlast every simulation, and a clock that is wrong by a month. */
const VALIDITY = { notBeforeMs: EPOCH_MS - 30 * DAY_MS, notAfterMs: EPOCH_MS + 3650 * DAY_MS };

/** All simulations of a process share the authority: making its certificate loads a library that takes a tenth of a second. */
let certificate: Promise<X509Certificate> | undefined = undefined;

export class Members {
  readonly authority: X509Certificate;
  readonly network: string;
  /** Credentials that some node has read: a credential says the same to all. */
  readonly credentials = new BoundedMap<Certified>(LIMITS.simNodes);
  readonly #seed: string;
  readonly #key: KeyObject;

  private constructor(seed: string, key: KeyObject, authority: X509Certificate) {
    this.#seed = seed;
    this.#key = key;
    this.authority = authority;
    this.network = keyHash(rawPublicKey(key));
  }

  static async create(seed: string): Promise<Members> {
    const key = keyOf('the authority');
    certificate ??= certify(key);
    return new Members(seed, key, await certificate);
  }

  /** The same name gives the same keys for the same seed. A simulated link has no TLS, so there is no certificate. */
  issue(role: Role, name: string): Identity {
    const { privateKey, rawKey } = keysOf(role, `${this.#seed}/${role}/${name}`);
    const hash = keyHash(rawKey);
    const credential = issueCredential({ role, name, rawKey, ...VALIDITY }, this.network, this.#key, HASHED_SIGNATURES);
    const facts = { role, name, network: this.network, keyHash: hash, nodeId: keyIdOf(hash), privateKey, credential };
    return { ...facts, ...VALIDITY, certificate: '', authority: '', signatures: HASHED_SIGNATURES };
  }
}

/**
 * Keys of a member. An Ed25519 key takes kilobytes and is never used as such by a node: {@link HASHED_SIGNATURES} ask only for the public bytes,
 * so nodes, of which there are thousands, hold those and nothing else. What people sign begins with a public key that is taken from theirs.
 */
function keysOf(role: Role, name: string): { readonly privateKey: KeyObject; readonly rawKey: Uint8Array } {
  if (role !== 'node') {
    const privateKey = keyOf(name);
    return { privateKey, rawKey: rawPublicKey(privateKey) };
  }
  const rawKey = createHash('sha256').update(name).digest();
  return { privateKey: createSecretKey(rawKey), rawKey };
}

function keyOf(name: string): KeyObject {
  const secret = createHash('sha256').update(name).digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: 'der', type: 'pkcs8' });
}

async function certify(key: KeyObject): Promise<X509Certificate> {
  const publicKey = createPublicKey(key);
  const { writeAuthorityCertificate } = await import('../../runtime/identity/certificate-writer.ts');
  return new X509Certificate(await writeAuthorityCertificate(keyHash(rawPublicKey(publicKey)), key, publicKey, VALIDITY));
}
