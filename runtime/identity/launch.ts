/**
 * Launch records: how a Smart Message is born. The author signs the request, the origin node countersigns it, and the record
 * travels unchanged with every hop of every member of the family, so it is kept small:
 * `[request body, author's credential, author's signature, origin's credential, origin's signature]`.
 */
import { DataError, RefusedError } from '../../core/errors.ts';
import { HASH_BYTES, NODE_ID_BYTES, SM_ID_BYTES, type Hash, type SmId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { InDoubtPolicy, LaunchRequest } from '../../core/program.ts';
import type { Launch } from '../../core/sm.ts';
import { CanonicalReader, encodeCanonical, type Canonical } from './canonical.ts';
import { CREDENTIAL_BYTES_MAX, networkTag, requireNetworkTag, type Certified } from './certified.ts';
import type { Identity } from './identity.ts';
import { SIGNATURE_BYTES, Signing, sha256Hex } from './keys.ts';
import { budgetToCanonical, readBudget, readResources, resourcesToCanonical } from './resources.ts';
import { badSignature, checkSigner, refusing, signDocument, splitDocument, type SignedParts } from './signed.ts';
import type { TrustStore } from './trust.ts';

const IN_DOUBT: readonly InDoubtPolicy[] = ['wait', 'duplicate', 'drop'];
const AUTHORS = ['author', 'operator'] as const;

/** The author's part: what `sm deploy` hands to the origin. */
export function signLaunchRequest(request: LaunchRequest, author: Identity): Uint8Array {
  return signDocument('launch', requestToCanonical(request), author);
}

/**
 * Checks an author's request as the origin receives it.
 * Throws RefusedError: `bad-message` when malformed, `foreign-network`, `wrong-role`, `expired`, `revoked` or `bad-signature`.
 */
export function verifyLaunchRequest(
  bytes: Uint8Array,
  trust: TrustStore,
  nowMs = trust.nowMs(),
): { readonly request: LaunchRequest; readonly author: Certified } {
  return refusing(() => {
    const parts = splitDocument(bytes, 'launch request', LIMITS.launchBytes);
    const author = checkSigner('launch', parts, 'launch request', trust, AUTHORS, nowMs);
    const request = readRequest(parts.body, trust.network);
    requireFresh(request, nowMs);
    return { request, author };
  });
}

/** The origin's part: makes a verified request into a launch record. */
export function countersignLaunch(requestBytes: Uint8Array, origin: Identity): Uint8Array {
  const { body, credential, signature } = splitDocument(requestBytes, 'launch request', LIMITS.launchBytes);
  const countersignature = new Signing('launch-origin', origin.network, origin.signatures).sign(
    countersigned(body, signature),
    origin.privateKey,
  );
  return encodeCanonical([body, credential, signature, origin.credential, countersignature]);
}

/** Of records that are still held: members of one family that pass through share theirs. */
const launchedIds = new WeakMap<Uint8Array, SmId>();

/** The id of the Smart Message that is born of a launch record: the first 16 bytes of the record's SHA-256. */
export function launchedId(record: Uint8Array): SmId {
  let id = launchedIds.get(record);
  if (id === undefined) launchedIds.set(record, (id = sha256Hex(record).slice(0, SM_ID_BYTES * 2)));
  return id;
}

/** Reads a record that this node verified before, as it comes from its own journal. Throws DataError, or RefusedError `foreign-network`. */
export function readLaunch(bytes: Uint8Array, trust: TrustStore): Launch {
  const record = splitLaunch(bytes);
  // Only what the record says is needed here; a certificate that expired since must not lose a parked Smart Message.
  const author = trust.readCredential(record.author.credential);
  return { bytes, request: readRequest(record.author.body, trust.network), author: author.name, authorKey: author.keyHash };
}

/** A launch with those who vouched for it. */
export interface ProvenLaunch {
  readonly launch: Launch;
  readonly author: Certified;
  readonly origin: Certified;
}

/**
 * Verifies a record completely: both credentials, both signatures, network, origin, and that its lifetime is not over. With
 * credentials that were seen before it costs two Ed25519 verifications.
 * Throws RefusedError: `bad-message` when malformed, `foreign-network`, `wrong-role`, `expired`, `revoked` or `bad-signature`.
 */
export function verifyLaunch(bytes: Uint8Array, trust: TrustStore, nowMs = trust.nowMs()): Launch {
  return proveLaunch(bytes, trust, nowMs).launch;
}

/** Like {@link verifyLaunch}, for those who want to ask {@link recheckLaunch} later. */
export function proveLaunch(bytes: Uint8Array, trust: TrustStore, nowMs = trust.nowMs()): ProvenLaunch {
  return refusing(() => {
    const { checks, proven } = prepare(bytes, trust, nowMs);
    for (const check of checks) {
      if (!check.signing.verify(check.body, check.signature, check.signer.publicKey)) throw badSignature('launch record', check.signer);
    }
    return proven;
  });
}

/** What can have changed since a launch was proven: time and revocation. Throws RefusedError `expired` or `revoked`. */
export function recheckLaunch(proven: ProvenLaunch, trust: TrustStore, nowMs = trust.nowMs()): void {
  trust.check(proven.author, AUTHORS, nowMs);
  trust.check(proven.origin, ['node'], nowMs);
  requireAlive(proven.launch.request, nowMs);
}

interface SignatureCheck {
  readonly signing: Signing;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  readonly signer: Certified;
}

/** Everything but the two signatures. */
function prepare(
  bytes: Uint8Array,
  trust: TrustStore,
  nowMs: number,
): { readonly checks: readonly SignatureCheck[]; readonly proven: ProvenLaunch } {
  const record = splitLaunch(bytes);
  const author = trust.verifyCredential(record.author.credential, AUTHORS, nowMs);
  const origin = trust.verifyCredential(record.originCredential, ['node'], nowMs);
  const request = readRequest(record.author.body, trust.network);
  requireAlive(request, nowMs);
  if (request.origin !== origin.keyId) {
    throw new RefusedError('bad-signature', `the launch was requested at node ${request.origin} but is countersigned by ${origin.name}`);
  }
  const { body, signature } = record.author;
  const checks: SignatureCheck[] = [
    { signing: new Signing('launch', trust.network, trust.signatures), body, signature, signer: author },
    {
      signing: new Signing('launch-origin', trust.network, trust.signatures),
      body: countersigned(body, signature),
      signature: record.countersignature,
      signer: origin,
    },
  ];
  return { checks, proven: { launch: { bytes, request, author: author.name, authorKey: author.keyHash }, author, origin } };
}

function countersigned(body: Uint8Array, signature: Uint8Array): Uint8Array {
  return Buffer.concat([body, signature]);
}

function requireFresh(request: LaunchRequest, nowMs: number): void {
  if (nowMs <= request.expiresAtMs) return;
  throw new RefusedError('expired', `the launch was valid until ${new Date(request.expiresAtMs).toISOString()}`, {
    hint: 'Deploy again, or correct the clock if it is wrong.',
  });
}

/** A launch is born before its expiry; its members live on for as long as its author said. Throws RefusedError `expired`. */
function requireAlive(request: LaunchRequest, nowMs: number): void {
  if (nowMs <= request.expiresAtMs + request.resources.lifetimeMs) return;
  throw new RefusedError('expired', 'the launch is over: its expiry and its whole lifetime have passed');
}

interface LaunchParts {
  readonly author: SignedParts;
  readonly originCredential: Uint8Array;
  readonly countersignature: Uint8Array;
}

function splitLaunch(bytes: Uint8Array): LaunchParts {
  const reader = new CanonicalReader(bytes, 'launch record');
  reader.tuple(5, 'launch record');
  const body = reader.bytes('request', LIMITS.launchBytes);
  const credential = reader.bytes("author's credential", CREDENTIAL_BYTES_MAX);
  const signature = reader.exactly("author's signature", SIGNATURE_BYTES);
  const originCredential = reader.bytes("origin's credential", CREDENTIAL_BYTES_MAX);
  const countersignature = reader.exactly("origin's signature", SIGNATURE_BYTES);
  reader.end();
  return { author: { body, credential, signature }, originCredential, countersignature };
}

function requestToCanonical(request: LaunchRequest): Canonical {
  return [
    networkTag(request.network),
    Buffer.from(request.manifest, 'hex'),
    request.arguments,
    resourcesToCanonical(request.resources),
    budgetToCanonical(request.budget),
    budgetToCanonical(request.reserve),
    IN_DOUBT.indexOf(request.inDoubt),
    request.inDoubtTimeoutMs,
    request.transient,
    Buffer.from(request.origin, 'hex'),
    Buffer.from(request.nonce, 'hex'),
    request.expiresAtMs,
    // Last and only when it says something: every hop of everybody carries these bytes.
    ...(request.guard === 0 ? [] : [request.guard]),
  ];
}

function readRequest(body: Uint8Array, network: Hash): LaunchRequest {
  const reader = new CanonicalReader(body, 'launch request');
  const fields = reader.tupleOf(12, 13, 'request');
  requireNetworkTag(reader, network, 'launch request');
  const request: LaunchRequest = {
    network,
    manifest: reader.hex('manifest', HASH_BYTES),
    arguments: reader.text('arguments', LIMITS.argumentsBytes),
    resources: readResources(reader),
    budget: readBudget(reader, 'budget'),
    reserve: readBudget(reader, 'reserve'),
    inDoubt: IN_DOUBT[reader.uint('in-doubt policy', IN_DOUBT.length - 1)] as InDoubtPolicy,
    inDoubtTimeoutMs: reader.uint('in-doubt timeout'),
    transient: reader.boolean('transient'),
    origin: reader.hex('origin', NODE_ID_BYTES),
    nonce: reader.hex('nonce', SM_ID_BYTES),
    expiresAtMs: reader.uint('expiry', 8.64e15),
    guard: fields === 12 ? 0 : reader.uint('guard', LIMITS.guardsPerSm),
  };
  reader.end();
  if (fields === 13 && (request.guard === 0 || request.transient))
    throw new DataError('bad-document', 'launch request: guard is for durable Smart Messages, and left out when there is none');
  if (request.guard > 0 && request.reserve.cpuMs === 0)
    throw new DataError('bad-document', 'launch request: guard needs a reserve with CPU time, of which second lives are paid');
  return request;
}
