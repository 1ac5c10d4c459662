/** Births: a request of an author, checked and countersigned, becomes a Smart Message that runs at its origin, this node. */
import { MisuseError, RefusedError } from '../core/errors.ts';
import type { SmId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import type { Mutation, Store } from '../core/ports.ts';
import type { Launch, Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { DeployParams, DeployResult } from './control/protocol.ts';
import type { Engine } from './engine/engine.ts';
import type { Breadcrumbs } from './family/breadcrumbs.ts';
import type { FamilyResults, NewFamily } from './family/results.ts';
import type { Identity } from './identity/identity.ts';
import { countersignLaunch, launchedId, verifyLaunchRequest } from './identity/launch.ts';
import { verifyManifest } from './identity/manifest.ts';
import { startOfPath } from './identity/path.ts';
import type { TrustStore } from './identity/trust.ts';
import type { Journal } from './journal/journal.ts';

export interface LaunchingOptions {
  readonly self: Identity;
  readonly trust: TrustStore;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly store: Store;
  readonly journal: Journal;
  readonly results: FamilyResults;
  readonly breadcrumbs: Breadcrumbs;
  readonly engine: () => Engine;
  /** Lets it run. */
  readonly board: (sm: Resting) => void;
}

export class Launching {
  readonly #options: LaunchingOptions;
  /** Launches whose first slice is still to come. */
  readonly #starting = new Map<SmId, Outstanding<DeployResult['state']>>();

  constructor(options: LaunchingOptions) {
    this.#options = options;
  }

  /**
   * Starts a program. Resolves when its first slice is over, so "running" is the truth.
   * `mayLaunch` is the key hash of the author on whose behalf the caller may launch; null for any.
   * Throws RefusedError with the reason, MisuseError `bad-request` for bytes that are no request.
   */
  async deploy(params: DeployParams, mayLaunch: string | null): Promise<DeployResult> {
    const { self, trust, engine, breadcrumbs, code, board } = this.#options;
    const problem = engine().problem;
    if (problem !== null) throw new RefusedError('internal', `${self.name} runs no programs: ${problem}`);
    const requestBytes = Buffer.from(params.request, 'base64');
    const { request, author } = verifyLaunchRequest(requestBytes, trust);
    if (mayLaunch !== null && mayLaunch !== author.keyHash)
      throw new RefusedError('wrong-role', `you may not launch programs of ${author.name}`);
    if (request.origin !== self.nodeId) throw new RefusedError('bad-message', `the launch names another origin than ${self.name}`);
    const program = this.#takeCode(params);
    if (program.hash !== request.manifest)
      throw new RefusedError('bad-code', 'the request is for another program than the one that came with it');
    const bytes = countersignLaunch(requestBytes, self);
    const launch: Launch = { bytes, request, author: author.name, authorKey: author.keyHash };
    const sm = firstRest(launch, program.entry);
    code.pin(sm.manifest);
    try {
      await this.#reserve(sm);
    } catch (error) {
      code.unpin(sm.manifest);
      throw error;
    }
    breadcrumbs.born(request.nonce, sm.header.smId, null, request.resources.lifetimeMs);
    const started = withResolvers<DeployResult['state']>();
    this.#starting.set(sm.header.smId, started);
    board(sm);
    const state = await started.promise;
    return { smId: sm.header.smId, family: request.nonce, node: self.nodeId, nodeName: self.name, state };
  }

  /** A slice of this Smart Message was committed. */
  firstSlice(smId: SmId, ended: boolean): void {
    const started = this.#starting.get(smId);
    if (started === undefined) return;
    this.#starting.delete(smId);
    started.resolve(ended ? 'ended' : 'running');
  }

  /** Nobody waits for a first slice any more: this node is shutting down. What is durable runs when it is back. */
  close(): void {
    for (const { reject } of this.#starting.values()) reject(new RefusedError('shutting-down', 'this node is shutting down'));
    this.#starting.clear();
  }

  #takeCode({ manifest, bricks }: DeployParams): { readonly hash: string; readonly entry: number } {
    const signed = verifyManifest(Buffer.from(manifest, 'base64'), this.#options.trust);
    if (bricks.length !== signed.manifest.bricks.length)
      throw new MisuseError('bad-request', 'there must be one brick, or null, for each hash of the manifest');
    const given = bricks.filter((brick) => brick !== null).map((brick) => Buffer.from(brick, 'utf8'));
    const bytes = given.reduce((sum, brick) => sum + brick.length, 0);
    this.#options.admission.code(signed.manifest, bytes);
    const { hash } = this.#options.code.add(signed.bytes, given);
    return { hash, entry: signed.manifest.entry };
  }

  /** Admission, a place for the result, and the Smart Message itself, in one batch; all or nothing. */
  async #reserve(sm: Resting): Promise<void> {
    const { admission, results, journal, store } = this.#options;
    const { nonce } = sm.launch.request;
    const nonces = admission.launch({ launch: sm.launch, header: sm.header, stateBytes: 0 });
    let batch: Mutation[];
    try {
      batch = [...nonces, ...results.open(nonce, newFamily(sm))];
    } catch (error) {
      admission.withdraw(sm.header.smId);
      throw error;
    }
    if (!sm.header.transient) batch.push(journal.resident(sm));
    try {
      await store.commit(batch);
    } catch (error) {
      admission.withdraw(sm.header.smId);
      results.discard(nonce);
      throw new RefusedError('store-full', `the launch could not be stored: ${(error as Error).message}`, {
        retryAfterMs: LIMITS.retryAfterMs,
        cause: error,
      });
    }
  }
}

function newFamily({ manifest, launch, header }: Resting): NewFamily {
  return { manifest, author: launch.authorKey, durable: !header.transient, lifetimeMs: launch.request.resources.lifetimeMs };
}

interface Outstanding<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers<Value>(): Outstanding<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

function firstRest(launch: Launch, entry: number): Resting {
  const { request, bytes } = launch;
  const smId = launchedId(bytes);
  const header = {
    smId,
    parent: null,
    root: true,
    transient: request.transient,
    hops: 0,
    ageMs: 0,
    budget: request.budget,
    reserve: request.reserve,
    path: startOfPath(bytes),
    events: '[]',
  };
  const start = { brick: entry, fn: 'default' as const, args: null };
  return { header, epoch: 0, manifest: request.manifest, launch, state: new Uint8Array(0), start, waits: '[]', previous: null };
}
