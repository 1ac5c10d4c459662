/** The network's authority, on the operator's laptop: who belongs to the network, and who no longer does. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, MisuseError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { issueCredential } from './certified.ts';
import { PRIVATE_FILE, PUBLIC_FILE, writeFileAtomic } from './files.ts';
import { assembleIdentity, type Identity } from './identity.ts';
import { keyHash, keyIdOf, publicKeyFromRaw, rawPublicKey } from './keys.ts';
import { readRegister, type Member } from './register.ts';
import { signRevocations } from './revocations.ts';
import { requireName, type Role } from './roles.ts';

const FILES = { key: 'authority.key', certificate: 'authority.crt', register: 'members.json', revocations: 'revocations.signed' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Makes a new network in `folder`: the authority's key (readable by its owner alone) and certificate.
 * Throws MisuseError `network-exists` when there is one already; nothing is changed then.
 */
export async function createNetwork(folder: string, clock: Clock): Promise<Authority> {
  if (existsSync(join(folder, FILES.key))) {
    throw new MisuseError('network-exists', `${folder} already holds a network`, {
      hint: 'Choose another folder, or use the network that is there.',
    });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const network = keyHash(rawPublicKey(publicKey));
  const { writeAuthorityCertificate } = await import('./certificate-writer.ts');
  const certificate = await writeAuthorityCertificate(network, privateKey, publicKey, validity(clock, LIMITS.authorityDays));
  writeFileAtomic(join(folder, FILES.certificate), certificate, PUBLIC_FILE);
  writeFileAtomic(join(folder, FILES.register), '[]\n', PRIVATE_FILE);
  // The key comes last: a folder with a key is complete.
  writeFileAtomic(join(folder, FILES.key), privateKey.export({ type: 'pkcs8', format: 'pem' }), PRIVATE_FILE);
  return new Authority(folder, clock, privateKey, certificate, []);
}

/** Throws MisuseError `no-network` when `folder` holds none, DataError `bad-network` when its files are damaged. */
export function openNetwork(folder: string, clock: Clock): Authority {
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      throw new MisuseError('no-network', `${join(folder, file)} cannot be read`, {
        cause: error,
        hint: 'Make a network with "sm network init".',
      });
    }
  };
  const keyText = read(FILES.key);
  const certificate = read(FILES.certificate);
  let key: KeyObject;
  try {
    key = createPrivateKey(keyText);
  } catch (error) {
    throw new DataError('bad-network', `${join(folder, FILES.key)} is not a private key`, {
      cause: error,
      hint: 'Restore the folder from a backup.',
    });
  }
  return new Authority(folder, clock, key, certificate, readRegister(read(FILES.register), join(folder, FILES.register)));
}

/** The register of the network in `folder`; null where it is not kept. Throws DataError `bad-network` when it is damaged. */
export function readMembers(folder: string): readonly Member[] | null {
  const path = join(folder, FILES.register);
  return existsSync(path) ? readRegister(readFileSync(path, 'utf8'), path) : null;
}

function validity(clock: Clock, days: number): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const nowMs = Math.floor(clock.wallMs() / 1000) * 1000;
  return { notBeforeMs: nowMs, notAfterMs: nowMs + days * DAY_MS };
}

export class Authority {
  readonly network: Hash;
  /** PEM. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #key: KeyObject;
  #members: readonly Member[];

  constructor(folder: string, clock: Clock, key: KeyObject, certificate: string, members: readonly Member[]) {
    this.#folder = folder;
    this.#clock = clock;
    this.#key = key;
    this.certificate = certificate;
    this.#members = members;
    this.network = keyHash(rawPublicKey(key));
  }

  /** Everybody that was ever certified, in order of certification. */
  members(): readonly Member[] {
    return this.#members;
  }

  /**
   * Makes a key and certifies it. A name belongs to one key at a time: MisuseError `name-taken` while its holder is not revoked.
   * Throws MisuseError `bad-name` for a name that cannot be one.
   */
  async issue(request: { readonly role: Role; readonly name: string; readonly days?: number }): Promise<Identity> {
    requireName(request.name);
    const holder = this.#holder(request.name);
    if (holder !== undefined) {
      throw new MisuseError('name-taken', `the name "${request.name}" belongs to the ${holder.role} with key ${holder.key}`, {
        hint: 'Choose another name, renew its certificate, or revoke it first.',
      });
    }
    return this.#certify(request.role, request.name, generateKeyPairSync('ed25519').privateKey, request.days);
  }

  /**
   * Certifies the same key anew, so everything signed with it keeps its author. Throws MisuseError `not-a-member` when `identity`
   * is not one of this network, or was revoked.
   */
  async renew(identity: Pick<Identity, 'privateKey'>, days?: number): Promise<Identity> {
    const key = keyIdOf(keyHash(rawPublicKey(identity.privateKey)));
    const member = this.#members.find((candidate) => candidate.key === key && !candidate.revoked);
    if (member === undefined) {
      throw new MisuseError('not-a-member', `the key ${key} is not that of a member of this network, or it was revoked`, {
        hint: 'Issue a new identity.',
      });
    }
    return this.#certify(member.role, member.name, identity.privateKey, days);
  }

  /**
   * Revokes the key that holds `name` and returns the new signed list, which nodes must be given; the newest list when it was revoked
   * before, for nodes that could not be told then. Throws MisuseError `unknown-member`, or `too-many-revoked` when the list is full of
   * keys whose certificates are still running.
   */
  revoke(name: string): Uint8Array {
    const member = this.#holder(name);
    if (member === undefined) {
      const newest = this.revocations();
      if (newest !== null && this.#members.some((candidate) => candidate.name === name)) return newest;
      const names = this.#members.filter((candidate) => !candidate.revoked).map((candidate) => candidate.name);
      throw new MisuseError('unknown-member', `nobody in this network is called "${name}"`, {
        hint: `Members: ${names.join(', ') || 'none'}.`,
      });
    }
    const revoked = this.#members.filter((candidate) => candidate.revoked && candidate.notAfterMs > this.#clock.wallMs());
    if (revoked.length >= LIMITS.revokedKeys) {
      throw new MisuseError('too-many-revoked', `the revocation list is full: ${LIMITS.revokedKeys} keys`, {
        hint: 'Wait until certificates of revoked members expire, or make a new network.',
      });
    }
    this.#save(this.#members.map((candidate) => (candidate === member ? { ...member, revoked: true } : candidate)));
    return this.#signRevocations();
  }

  /** The newest signed revocation list; null when nobody was ever revoked. */
  revocations(): Uint8Array | null {
    const path = join(this.#folder, FILES.revocations);
    return existsSync(path) ? Buffer.from(readFileSync(path, 'utf8'), 'base64') : null;
  }

  async #certify(role: Role, name: string, privateKey: KeyObject, days: number = LIMITS.certificateDays): Promise<Identity> {
    const rawKey = rawPublicKey(privateKey);
    const times = validity(this.#clock, days);
    const { writeMemberCertificate } = await import('./certificate-writer.ts');
    const publicKey = publicKeyFromRaw(rawKey);
    const certificate = await writeMemberCertificate({ role, name, publicKey }, this.network, this.#key, times);
    const credential = issueCredential({ role, name, rawKey, ...times }, this.network, this.#key);
    const identity = assembleIdentity({ privateKey, certificate, credential, authority: this.certificate }, `certificate of ${name}`);
    const others = this.#members.filter((member) => member.key !== identity.nodeId);
    this.#save([...others, { role, name, key: identity.nodeId, notAfterMs: times.notAfterMs, revoked: false }]);
    return identity;
  }

  #holder(name: string): Member | undefined {
    return this.#members.find((member) => member.name === name && !member.revoked);
  }

  #save(members: readonly Member[]): void {
    writeFileAtomic(join(this.#folder, FILES.register), `${JSON.stringify(members, null, 2)}\n`, PRIVATE_FILE);
    this.#members = members;
  }

  /**
   * The version is the number of revocations ever made, which the register remembers also when the list file was lost.
   * Keys whose last certificate has expired are left out: they are refused anyway.
   */
  #signRevocations(): Uint8Array {
    const revoked = this.#members.filter((member) => member.revoked);
    const issuedAtMs = Math.floor(this.#clock.wallMs());
    const keys = revoked.filter((member) => member.notAfterMs > issuedAtMs).map((member) => member.key);
    const bytes = signRevocations({ version: revoked.length, issuedAtMs, keys }, this.network, this.#key);
    writeFileAtomic(join(this.#folder, FILES.revocations), `${Buffer.from(bytes).toString('base64')}\n`, PUBLIC_FILE);
    return bytes;
  }
}
