import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError, RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { writeAuthorityCertificate, writeMemberCertificate } from '../../../runtime/identity/certificate-writer.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { keyHash, rawPublicKey } from '../../../runtime/identity/keys.ts';
import { signRevocations } from '../../../runtime/identity/revocations.ts';
import { roleOfUsages, roleUsage, ROLES } from '../../../runtime/identity/roles.ts';
import { TrustStore } from '../../../runtime/identity/trust.ts';
import { throwAwayNetwork } from '../../support/network.ts';
import { ManualClock } from '../../support/ports.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_750_000_000_000;
let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let foreign: Awaited<ReturnType<typeof throwAwayNetwork>>;
let attic: Identity;
let cellar: Identity;
let clock: ManualClock;

beforeAll(async () => {
  network = await throwAwayNetwork(new ManualClock(NOW_MS));
  foreign = await throwAwayNetwork(new ManualClock(NOW_MS));
  attic = await network.authority.issue({ role: 'node', name: 'attic' });
  cellar = await network.authority.issue({ role: 'node', name: 'cellar' });
});
afterAll(() => {
  network.remove();
  foreign.remove();
});

const makeTrust = (atMs = NOW_MS, state: ConstructorParameters<typeof TrustStore>[0]['state'] = null): TrustStore => {
  clock = new ManualClock(atMs);
  return new TrustStore({ authority: network.authority.certificate, clock, state });
};

function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof RefusedError) return error.reason;
    throw error;
  }
  return 'accepted';
}

const both = (trust: TrustStore, identity: Identity): string[] => [
  refusal(() => trust.verifyCertificate(new X509Certificate(identity.certificate), ['node'])),
  refusal(() => trust.verifyCredential(identity.credential, ['node'])),
];

describe('roles', () => {
  it('are named by one key usage each', () => {
    for (const role of ROLES) expect(roleOfUsages([roleUsage(role), '1.3.6.1.5.5.7.3.2'])).toBe(role);
    expect(roleOfUsages([])).toBeUndefined();
    expect(roleOfUsages([roleUsage('node'), roleUsage('operator')])).toBeUndefined();
  });
});

describe('trust store', () => {
  it('says the same of certificate and credential', () => {
    const trust = makeTrust();
    const certificate = trust.verifyCertificate(new X509Certificate(attic.certificate), ['node']);
    const credential = trust.verifyCredential(attic.credential, ['node']);
    const facts = {
      role: 'node',
      name: 'attic',
      keyId: attic.nodeId,
      keyHash: attic.keyHash,
      notBeforeMs: NOW_MS,
      notAfterMs: attic.notAfterMs,
    };
    expect(certificate).toMatchObject(facts);
    expect(credential).toMatchObject(facts);
    expect(trust.network).toBe(network.authority.network);
    expect(attic.nodeId).toBe(attic.keyHash.slice(0, 32));
  });

  it('refuses the expired and the not yet valid, to the clock skew that it allows', () => {
    const endMs = NOW_MS + LIMITS.certificateDays * DAY_MS;
    expect(both(makeTrust(endMs), attic)).toEqual(['accepted', 'accepted']);
    expect(both(makeTrust(endMs + 1), attic)).toEqual(['expired', 'expired']);
    expect(both(makeTrust(NOW_MS - LIMITS.clockSkewMs), attic)).toEqual(['accepted', 'accepted']);
    expect(both(makeTrust(NOW_MS - LIMITS.clockSkewMs - 1), attic)).toEqual(['expired', 'expired']);
  });

  it('checks time again although it remembers certificates, and follows the clock back after a jump', () => {
    const trust = makeTrust();
    expect(both(trust, attic)).toEqual(['accepted', 'accepted']);
    clock.jumpWall(10 * 365 * DAY_MS);
    expect(both(trust, attic)).toEqual(['expired', 'expired']);
    clock.jumpWall(-10 * 365 * DAY_MS);
    expect(both(trust, attic)).toEqual(['accepted', 'accepted']);
  });

  it('refuses other roles', () => {
    const trust = makeTrust();
    expect(refusal(() => trust.verifyCertificate(new X509Certificate(attic.certificate), ['author', 'operator']))).toBe('wrong-role');
    expect(refusal(() => trust.verifyCredential(attic.credential, ['author']))).toBe('wrong-role');
  });

  it('refuses members of another network', async () => {
    const other = await foreign.authority.issue({ role: 'node', name: 'attic' });
    expect(both(makeTrust(), other)).toEqual(['foreign-network', 'foreign-network']);
  });

  it("refuses certificates that only look as if this network's authority had issued them", async () => {
    const trust = makeTrust();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const times = { notBeforeMs: NOW_MS, notAfterMs: NOW_MS + DAY_MS };
    // Issued in the authority's name with another key.
    const forged = await writeMemberCertificate({ role: 'node', name: 'attic', publicKey }, trust.network, privateKey, times);
    expect(refusal(() => trust.verifyCertificate(new X509Certificate(forged), ['node']))).toBe('bad-signature');
    const selfSigned = await writeAuthorityCertificate(keyHash(rawPublicKey(publicKey)), privateKey, publicKey, times);
    expect(refusal(() => trust.verifyCertificate(new X509Certificate(selfSigned), ['node']))).toBe('foreign-network');
    // The authority itself is no member.
    expect(refusal(() => trust.verifyCertificate(trust.authority, ['node']))).toBe('wrong-role');
  });

  it('believes the persisted floor more than a clock that is behind it', () => {
    const trust = makeTrust(0, { floorMs: NOW_MS + 5 * DAY_MS, revocations: null });
    expect(trust.nowMs()).toBe(NOW_MS + 5 * DAY_MS);
    expect(both(trust, attic)).toEqual(['accepted', 'accepted']);
    const late = makeTrust(NOW_MS, { floorMs: attic.notAfterMs + 1, revocations: null });
    expect(both(late, attic)).toEqual(['expired', 'expired']);
  });

  it('raises the floor on the word of the authority only, and never lowers it', () => {
    const trust = makeTrust(0);
    let changes = 0;
    trust.onChange(() => changes++);
    trust.raiseFloor(NOW_MS);
    trust.raiseFloor(NOW_MS - 1);
    expect(trust.state().floorMs).toBe(NOW_MS);
    expect(changes).toBe(1);
    clock.jumpWall(100 * 365 * DAY_MS);
    trust.nowMs();
    expect(trust.state().floorMs).toBe(NOW_MS);
  });

  it('refuses a bad authority', () => {
    expect(() => new TrustStore({ authority: 'nonsense', clock: new ManualClock() })).toThrow(DataError);
    expect(() => new TrustStore({ authority: attic.certificate, clock: new ManualClock() })).toThrow(DataError);
  });
});

describe('revocation', () => {
  let list: Uint8Array;
  beforeAll(() => {
    list = network.authority.revoke('cellar');
  });

  it('refuses the revoked from then on, tells listeners, and survives a restart', () => {
    const trust = makeTrust();
    let told = 0;
    trust.onChange(() => told++);
    expect(both(trust, cellar)).toEqual(['accepted', 'accepted']);
    expect(trust.setRevocations(list)).toBe(true);
    expect(told).toBe(1);
    expect(both(trust, cellar)).toEqual(['revoked', 'revoked']);
    expect(both(trust, attic)).toEqual(['accepted', 'accepted']);
    expect(both(makeTrust(NOW_MS, trust.state()), cellar)).toEqual(['revoked', 'revoked']);
    expect(trust.revocationVersion).toBe(1);
  });

  it('never goes back to an older list, and takes the same one once', async () => {
    const trust = makeTrust();
    await network.authority.issue({ role: 'node', name: 'shed' });
    const newer = network.authority.revoke('shed');
    expect(trust.setRevocations(newer)).toBe(true);
    expect(trust.setRevocations(newer)).toBe(false);
    expect(refusal(() => trust.setRevocations(list))).toBe('policy-invalid');
    expect(trust.revocationVersion).toBe(2);
    expect(both(trust, cellar)).toEqual(['revoked', 'revoked']);
  });

  it('keeps a renewed certificate of a revoked key out', async () => {
    const trust = makeTrust();
    trust.setRevocations(list);
    await expect(network.authority.renew(cellar)).rejects.toThrow(/not that of a member/);
    const again = await network.authority.issue({ role: 'node', name: 'cellar' });
    expect(both(trust, again)).toEqual(['accepted', 'accepted']);
  });

  it('takes lists from the authority only, unchanged', async () => {
    const trust = makeTrust();
    for (let at = 0; at < list.length; at++) {
      const changed = Uint8Array.from(list);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => trust.setRevocations(changed)).toThrow();
    }
    const { privateKey } = generateKeyPairSync('ed25519');
    const forged = signRevocations({ version: 99, issuedAtMs: NOW_MS, keys: [] }, trust.network, privateKey);
    expect(refusal(() => trust.setRevocations(forged))).toBe('bad-signature');
    await foreign.authority.issue({ role: 'node', name: 'x' });
    expect(refusal(() => trust.setRevocations(foreign.authority.revoke('x')))).toBe('foreign-network');
    expect(trust.revocationVersion).toBe(0);
  });

  it('raises the floor to the time of its issue', () => {
    const trust = makeTrust(0);
    trust.setRevocations(list);
    expect(trust.nowMs()).toBeGreaterThanOrEqual(NOW_MS);
  });
});
