/** A member of the network as it holds itself: its key and what the authority says of it. One folder with four files. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, MisuseError } from '../../core/errors.ts';
import type { Hash, NodeId } from '../../core/ids.ts';
import { readCertificate, readCredential, type Certified } from './certified.ts';
import { PRIVATE_FILE, PUBLIC_FILE, writeFileAtomic } from './files.ts';
import { keyHash, rawPublicKey, type SignatureScheme } from './keys.ts';
import type { Role } from './roles.ts';

export interface Identity {
  readonly role: Role;
  readonly name: string;
  readonly network: Hash;
  /** SHA-256 of the public key. */
  readonly keyHash: Hash;
  /** First 16 bytes of `keyHash`; a node's id. */
  readonly nodeId: NodeId;
  readonly privateKey: KeyObject;
  /** For TLS. */
  readonly certificate: string;
  /** For signed documents. */
  readonly credential: Uint8Array;
  /** The authority's certificate, PEM. */
  readonly authority: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** How it signs; Ed25519 when absent. */
  readonly signatures?: SignatureScheme;
}

/** What the four files hold. */
export interface IdentityMaterial {
  readonly privateKey: KeyObject;
  readonly certificate: string;
  readonly credential: Uint8Array;
  readonly authority: string;
}

const FILES = { key: 'identity.key', certificate: 'identity.crt', credential: 'identity.credential', authority: 'network.crt' } as const;

/** Names of the files of an identity, in its folder. */
export const IDENTITY_FILES: readonly string[] = Object.values(FILES);

/**
 * Puts an identity together and checks that its parts belong to each other; whether it is valid today is not asked.
 * `where` names the folder or file in messages. Throws DataError `bad-identity`.
 */
export function assembleIdentity(material: IdentityMaterial, where: string): Identity {
  const bad = (problem: string, cause?: unknown): DataError =>
    new DataError('bad-identity', `the identity in ${where} cannot be used: ${problem}`, {
      cause,
      hint: 'Issue it again, and copy all files of the folder together.',
    });
  let certified: Certified;
  let credential: Certified;
  let network: Hash;
  const read = (pem: string, file: string): X509Certificate => {
    try {
      return new X509Certificate(pem);
    } catch (error) {
      throw bad(pem.trim() === '' ? `${file} is empty` : `${file} is no certificate`, error);
    }
  };
  const authority = read(material.authority, FILES.authority);
  const certificate = read(material.certificate, FILES.certificate);
  try {
    network = keyHash(rawPublicKey(authority.publicKey));
    certified = readCertificate(certificate, authority);
    credential = readCredential(material.credential, network, authority.publicKey);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error), error);
  }
  if (credential.keyHash !== certified.keyHash || credential.role !== certified.role || credential.name !== certified.name) {
    throw bad(`${FILES.credential} and ${FILES.certificate} are about different holders`);
  }
  if (keyHash(rawPublicKey(material.privateKey)) !== certified.keyHash) throw bad(`${FILES.key} is not the key that was certified`);
  const { role, name, keyId, notBeforeMs, notAfterMs } = certified;
  return { ...material, role, name, network, keyHash: certified.keyHash, nodeId: keyId, notBeforeMs, notAfterMs };
}

/** Writes the four files of an identity into `folder`, the key for its owner alone. Throws the file system's errors. */
export function writeIdentity(folder: string, material: IdentityMaterial): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileAtomic(join(folder, FILES.key), material.privateKey.export({ type: 'pkcs8', format: 'pem' }), PRIVATE_FILE);
  writeFileAtomic(join(folder, FILES.certificate), material.certificate, PUBLIC_FILE);
  writeFileAtomic(join(folder, FILES.credential), `${Buffer.from(material.credential).toString('base64')}\n`, PUBLIC_FILE);
  writeFileAtomic(join(folder, FILES.authority), material.authority, PUBLIC_FILE);
}

/**
 * Reads an identity from `folder`. `warn` is told when others on this machine can read the key.
 * Throws MisuseError `no-identity` when a file is missing, DataError `bad-identity` when one is damaged.
 */
export function loadIdentity(folder: string, warn: (message: string) => void = () => {}): Identity {
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      throw new MisuseError('no-identity', `${join(folder, file)} cannot be read`, {
        cause: error,
        hint: 'Issue an identity with "sm node init" (or "sm network init") and copy its whole folder here.',
      });
    }
  };
  const keyText = read(FILES.key);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(keyText);
  } catch (error) {
    throw new DataError('bad-identity', `${join(folder, FILES.key)} is not a private key`, {
      cause: error,
      hint: 'Issue the identity again.',
    });
  }
  if ((statSync(join(folder, FILES.key)).mode & 0o077) !== 0) {
    warn(`${join(folder, FILES.key)} can be read by others on this machine; make it private with chmod 600`);
  }
  const credential = Buffer.from(read(FILES.credential), 'base64');
  return assembleIdentity({ privateKey, certificate: read(FILES.certificate), credential, authority: read(FILES.authority) }, folder);
}
