import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError, RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { CanonicalReader, encodeCanonical } from '../../../runtime/identity/canonical.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { Signing } from '../../../runtime/identity/keys.ts';
import { countersignLaunch, readLaunch, signLaunchRequest, verifyLaunch, verifyLaunchRequest } from '../../../runtime/identity/launch.ts';
import { readManifest, signManifest, verifyManifest } from '../../../runtime/identity/manifest.ts';
import { signOrder, verifyOrder } from '../../../runtime/identity/orders.ts';
import { signPolicy, verifyPolicy } from '../../../runtime/identity/policy-document.ts';
import { splitDocument } from '../../../runtime/identity/signed.ts';
import { TrustStore } from '../../../runtime/identity/trust.ts';
import { VerifiedLaunches } from '../../../runtime/identity/verified-launches.ts';
import { launchRequest, MANIFEST, RESOURCES } from '../../support/documents.ts';
import { throwAwayNetwork } from '../../support/network.ts';
import { ManualClock } from '../../support/ports.ts';

const clock = new ManualClock();
const DAY_MS = 86_400_000;
let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let foreign: Awaited<ReturnType<typeof throwAwayNetwork>>;
let members: Record<'ann' | 'bob' | 'attic' | 'cellar' | 'root' | 'eve' | 'watcher', Identity>;
let stranger: Identity;
let trust: TrustStore;

beforeAll(async () => {
  network = await throwAwayNetwork(clock);
  foreign = await throwAwayNetwork(clock);
  const { authority } = network;
  members = {
    ann: await authority.issue({ role: 'author', name: 'ann' }),
    bob: await authority.issue({ role: 'author', name: 'bob' }),
    attic: await authority.issue({ role: 'node', name: 'attic' }),
    cellar: await authority.issue({ role: 'node', name: 'cellar' }),
    root: await authority.issue({ role: 'operator', name: 'root' }),
    eve: await authority.issue({ role: 'author', name: 'eve' }),
    watcher: await authority.issue({ role: 'observer', name: 'watcher' }),
  };
  stranger = await foreign.authority.issue({ role: 'author', name: 'ann' });
  trust = new TrustStore({ authority: authority.certificate, clock });
  trust.setRevocations(authority.revoke('eve'));
});
afterAll(() => {
  network.remove();
  foreign.remove();
});

const request = (change: object = {}) => ({
  ...launchRequest({ network: trust.network, origin: members.attic.nodeId, expiresAtMs: clock.wallMs() + 600_000 }),
  ...change,
});
const launchOf = (author: Identity, origin: Identity, change: object = {}): Uint8Array =>
  countersignLaunch(signLaunchRequest(request(change), author), origin);

function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof RefusedError) return error.reason;
    throw error;
  }
  return 'accepted';
}

/** Every document with every single byte changed must be refused, and nothing but a refusal may come out. */
function expectTamperProof(bytes: Uint8Array, verify: (bytes: Uint8Array) => unknown): void {
  verify(bytes);
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 0x80]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ flip;
      expect(
        refusal(() => verify(changed)),
        `byte ${at} of ${bytes.length}, bit ${flip}`,
      ).not.toBe('accepted');
    }
  }
  expect(refusal(() => verify(bytes.subarray(0, -1)))).toBe('bad-message');
  expect(refusal(() => verify(Buffer.concat([bytes, Buffer.alloc(1)])))).toBe('bad-message');
}

describe('launch records', () => {
  it('give back the request, the author and the bytes', () => {
    const bytes = launchOf(members.ann, members.attic);
    const launch = verifyLaunch(bytes, trust);
    expect(launch).toEqual({ bytes, request: request(), author: 'ann', authorKey: members.ann.keyHash });
    expect(readLaunch(bytes, trust)).toEqual(launch);
    expect(verifyLaunchRequest(signLaunchRequest(request(), members.ann), trust).request).toEqual(request());
  });

  it('take less than 600 bytes for a small program', () => {
    expect(launchOf(members.ann, members.attic).length).toBeLessThan(600);
  });

  it('are refused when any byte is changed', () => {
    expectTamperProof(launchOf(members.ann, members.attic), (bytes) => verifyLaunch(bytes, trust));
  });

  it.each<[string, () => Uint8Array, string]>([
    [
      'of another network',
      () => countersignLaunch(signLaunchRequest(request({ network: stranger.network }), stranger), members.attic),
      'foreign-network',
    ],
    ['for another network, signed here', () => launchOf(members.ann, members.attic, { network: stranger.network }), 'foreign-network'],
    ['by a revoked author', () => launchOf(members.eve, members.attic), 'revoked'],
    ['by a node', () => launchOf(members.cellar, members.attic), 'wrong-role'],
    ['by an observer', () => launchOf(members.watcher, members.attic), 'wrong-role'],
    ['countersigned by an author', () => launchOf(members.ann, members.bob), 'wrong-role'],
    ['countersigned by a node that is not the origin', () => launchOf(members.ann, members.cellar), 'bad-signature'],
    [
      'whose lifetime is over',
      () => launchOf(members.ann, members.attic, { expiresAtMs: clock.wallMs() - RESOURCES.lifetimeMs - 1 }),
      'expired',
    ],
  ])('%s are refused', (_what, make, reason) => {
    expect(refusal(() => verifyLaunch(make(), trust))).toBe(reason);
  });

  it('begin before their expiry and live on after it for as long as their author said', () => {
    const over = { expiresAtMs: clock.wallMs() - 1 };
    expect(refusal(() => verifyLaunchRequest(signLaunchRequest(request(over), members.ann), trust))).toBe('expired');
    expect(verifyLaunch(launchOf(members.ann, members.attic, over), trust).author).toBe('ann');
  });

  it('that were verified before are refused as soon as their lifetime or a certificate is over, or a key revoked', async () => {
    const day = new ManualClock(clock.wallMs());
    const own = new TrustStore({ authority: network.authority.certificate, clock: day });
    const brief = await network.authority.issue({ role: 'author', name: 'brief', days: 1 });
    const gone = await network.authority.issue({ role: 'author', name: 'gone' });
    const verified = new VerifiedLaunches(own, 10);
    const long = { expiresAtMs: clock.wallMs() + 10 * DAY_MS };
    const ofAnn = launchOf(members.ann, members.attic, long);
    const ofBrief = launchOf(brief, members.attic, long);
    const ofGone = launchOf(gone, members.attic, long);
    const lost = await network.authority.issue({ role: 'node', name: 'lost' });
    const fromLost = launchOf(members.ann, lost, { ...long, origin: lost.nodeId });
    for (const bytes of [ofAnn, ofBrief, ofGone, fromLost]) expect(verified.verify(bytes)).toBe(verified.verify(bytes));
    own.setRevocations(network.authority.revoke('gone'));
    expect(refusal(() => verified.verify(ofGone))).toBe('revoked');
    own.setRevocations(network.authority.revoke('lost'));
    expect(refusal(() => verified.verify(fromLost))).toBe('revoked');
    day.advance(2 * DAY_MS);
    expect(refusal(() => verified.verify(ofBrief))).toBe('expired');
    expect(refusal(() => verified.verify(ofAnn))).toBe('accepted');
    day.advance(9 * DAY_MS);
    expect(refusal(() => verified.verify(ofAnn))).toBe('expired');
  });

  it('are refused when a part is taken from another launch', () => {
    const parts = splitDocument(signLaunchRequest(request(), members.ann), 'launch', LIMITS.launchBytes);
    const other = splitDocument(signLaunchRequest(request({ arguments: '{}' }), members.ann), 'launch', LIMITS.launchBytes);
    const swapped = encodeCanonical([other.body, parts.credential, parts.signature]);
    expect(refusal(() => verifyLaunchRequest(swapped, trust))).toBe('bad-signature');
    expect(refusal(() => verifyLaunch(countersignLaunch(swapped, members.attic), trust))).toBe('bad-signature');
    const claimed = encodeCanonical([parts.body, members.bob.credential, parts.signature]);
    expect(refusal(() => verifyLaunchRequest(claimed, trust))).toBe('bad-signature');
  });

  it('are refused when another author signs the request that the origin countersigned', () => {
    const bytes = launchOf(members.ann, members.attic);
    const reader = new CanonicalReader(bytes, 'launch record');
    const parts = reader.list(5, 'parts', () => reader.bytes('part', bytes.length));
    const [body, , , credential, countersignature] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const taken = splitDocument(signLaunchRequest(request(), members.bob), 'launch', LIMITS.launchBytes);
    const claimed = encodeCanonical([body, taken.credential, taken.signature, credential, countersignature]);
    expect(refusal(() => verifyLaunch(claimed, trust))).toBe('bad-signature');
  });

  it('are not confused with another kind of document of the same signer', () => {
    const policy = signPolicy({ version: 1, issuedAtMs: clock.wallMs(), text: 'x' }, members.root);
    const { body, credential, signature } = splitDocument(policy, 'policy', LIMITS.policyBytes);
    expect(refusal(() => verifyManifest(encodeCanonical([body, credential, signature]), trust))).toBe('bad-signature');
  });

  it('that were verified before can be read when the certificates have expired since', () => {
    const later = new ManualClock(clock.wallMs() + 2 * LIMITS.certificateDays * DAY_MS);
    const laterTrust = new TrustStore({ authority: network.authority.certificate, clock: later });
    const bytes = launchOf(members.ann, members.attic);
    expect(refusal(() => verifyLaunch(bytes, laterTrust))).toBe('expired');
    expect(readLaunch(bytes, laterTrust).author).toBe('ann');
  });

  it('longer than their limits are refused', () => {
    const long = launchOf(members.ann, members.attic, { arguments: 'x'.repeat(LIMITS.argumentsBytes + 1) });
    expect(refusal(() => verifyLaunch(long, trust))).toBe('bad-message');
  });
});

describe('manifests', () => {
  it('give back what was signed, under one hash', () => {
    const signed = signManifest(MANIFEST, members.ann);
    const verified = verifyManifest(signed.bytes, trust);
    expect(verified.manifest).toEqual(MANIFEST);
    expect(verified.hash).toBe(signed.hash);
    expect(verified.authorKey).toBe(members.ann.keyHash);
    expect(verified.author.name).toBe('ann');
    expect(readManifest(signed.bytes)).toMatchObject({ hash: signed.hash, manifest: MANIFEST, authorKey: members.ann.keyHash });
  });

  it('have the same hash whatever the order of their imports, and whenever their author was certified', async () => {
    const reordered = { ...MANIFEST, importMap: [{ sm: 'sm:host' }, { sm: 'sm:host', './a.js': 0 }] as const };
    expect(signManifest(reordered, members.ann).hash).toBe(signManifest(MANIFEST, members.ann).hash);
    clock.advance(60_000);
    const renewed = await network.authority.renew(members.ann);
    expect(Buffer.from(renewed.credential).equals(members.ann.credential)).toBe(false);
    expect(signManifest(MANIFEST, renewed).hash).toBe(signManifest(MANIFEST, members.ann).hash);
  });

  it('of two authors are different programs', () => {
    expect(signManifest(MANIFEST, members.bob).hash).not.toBe(signManifest(MANIFEST, members.ann).hash);
  });

  it('cannot be signed again by somebody else, who would join its code domain', () => {
    const { body } = splitDocument(signManifest(MANIFEST, members.ann).bytes, 'manifest', LIMITS.manifestBytes);
    const own = splitDocument(signManifest(MANIFEST, members.bob).bytes, 'manifest', LIMITS.manifestBytes);
    expect(refusal(() => verifyManifest(encodeCanonical([body, own.credential, own.signature]), trust))).toBe('bad-signature');
    const signedAgain = new Signing('manifest', trust.network).sign(body, members.bob.privateKey);
    expect(refusal(() => verifyManifest(encodeCanonical([body, members.bob.credential, signedAgain]), trust))).toBe('bad-signature');
  });

  it('are refused when any byte is changed', () => {
    expectTamperProof(signManifest(MANIFEST, members.ann).bytes, (bytes) => verifyManifest(bytes, trust));
  });

  it.each([
    ['an entry that is no brick', { entry: 2 }],
    ['an import of a brick that is not there', { importMap: [{}, { './b.js': 2 }] }],
    ['an import map of another length', { importMap: [{}] }],
    ['too many bricks', { bricks: Array.from({ length: LIMITS.bricksPerProgram + 1 }, () => 'ab'.repeat(32)) }],
  ])('with %s are refused', (_what, change) => {
    const { bytes } = signManifest({ ...MANIFEST, ...change } as typeof MANIFEST, members.ann);
    expect(refusal(() => verifyManifest(bytes, trust))).toBe('bad-message');
  });

  it('by a node, a stranger or a revoked author are refused', () => {
    expect(refusal(() => verifyManifest(signManifest(MANIFEST, members.attic).bytes, trust))).toBe('wrong-role');
    expect(refusal(() => verifyManifest(signManifest(MANIFEST, stranger).bytes, trust))).toBe('foreign-network');
    expect(refusal(() => verifyManifest(signManifest(MANIFEST, members.eve).bytes, trust))).toBe('revoked');
  });
});

describe('orders', () => {
  const order = (change: object = {}) => ({
    operation: 'kill' as const,
    family: '0f'.repeat(16),
    requestId: '1e'.repeat(16),
    expiresAtMs: clock.wallMs() + LIMITS.orderValidMs,
    ...change,
  });

  it('say what is to be done and who wants it', () => {
    expect(verifyOrder(signOrder(order(), members.ann), trust)).toMatchObject({ ...order(), by: { name: 'ann', role: 'author' } });
  });

  it('are refused when any byte is changed', () => {
    expectTamperProof(signOrder(order(), members.root), (bytes) => verifyOrder(bytes, trust));
  });

  it('to kill are not taken from observers or nodes, to look are', () => {
    expect(refusal(() => verifyOrder(signOrder(order(), members.watcher), trust))).toBe('wrong-role');
    expect(refusal(() => verifyOrder(signOrder(order(), members.attic), trust))).toBe('wrong-role');
    expect(verifyOrder(signOrder(order({ operation: 'trace' }), members.watcher), trust).by.role).toBe('observer');
  });

  it('that are over, or would be valid for longer than orders may, are refused', () => {
    expect(refusal(() => verifyOrder(signOrder(order({ expiresAtMs: clock.wallMs() - 1 }), members.ann), trust))).toBe('expired');
    const long = order({ expiresAtMs: clock.wallMs() + LIMITS.orderValidMs + LIMITS.clockSkewMs + 1 });
    expect(refusal(() => verifyOrder(signOrder(long, members.ann), trust))).toBe('expired');
  });
});

describe('policy documents', () => {
  const policy = { version: 7, issuedAtMs: clock.wallMs(), text: 'version: 7\n# grün\n' };

  it('are taken from operators only', () => {
    expect(verifyPolicy(signPolicy(policy, members.root), trust)).toMatchObject({ ...policy, by: { name: 'root' } });
    expect(refusal(() => verifyPolicy(signPolicy(policy, members.ann), trust))).toBe('wrong-role');
  });

  it('are refused when any byte is changed', () => {
    expectTamperProof(signPolicy(policy, members.root), (bytes) => verifyPolicy(bytes, trust));
  });

  it('stay valid when the operator who signed them has expired, but not when they were signed after that', () => {
    const later = new ManualClock(clock.wallMs() + 2 * LIMITS.certificateDays * DAY_MS);
    const laterTrust = new TrustStore({ authority: network.authority.certificate, clock: later });
    expect(verifyPolicy(signPolicy(policy, members.root), laterTrust).version).toBe(7);
    const late = { ...policy, issuedAtMs: later.wallMs() };
    expect(refusal(() => verifyPolicy(signPolicy(late, members.root), laterTrust))).toBe('expired');
  });
});

describe('a launch that asks for guards', () => {
  const reserve = { hops: 1, cpuMs: 2, bytes: 3, children: 4 };

  it('says so at the end of its request, and one that does not has not a byte more', () => {
    const without = signLaunchRequest(request({ guard: 0, transient: false, reserve }), members.ann);
    const guarded = signLaunchRequest(request({ guard: 2, transient: false, reserve }), members.ann);
    expect(guarded.length).toBe(without.length + 1);
    expect(verifyLaunchRequest(guarded, trust).request).toEqual(request({ guard: 2, transient: false, reserve }));
    expect(verifyLaunchRequest(without, trust).request.guard).toBe(0);
  });

  it.each([
    ['too many', { guard: LIMITS.guardsPerSm + 1, transient: false }],
    ['a transient one', { guard: 1, transient: true }],
    ['without a reserve', { guard: 1, transient: false, reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 } }],
  ])('is refused: %s', (_why, change) => {
    expect(refusal(() => verifyLaunchRequest(signLaunchRequest(request(change), members.ann), trust))).toBe('bad-message');
  });
});

describe('signing', () => {
  it('does not hide what cannot be encoded', () => {
    expect(() => signLaunchRequest(request({ inDoubtTimeoutMs: 0.5 }), members.ann)).toThrow(DataError);
  });
});
