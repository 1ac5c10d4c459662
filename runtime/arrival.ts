/**
 * The way of an arriving Smart Message, from the first byte of its OFFER to its first instruction here:
 *
 *     link → secure channel → hand-off (`handoff/receiver.ts`) → this file: is it allowed? → code cache → journal
 *          → ACCEPT to the sender → engine → ready queue → sandbox slice
 *
 * The hand-off asks three questions in this order and goes on only when the answer is yes: {@link Arrivals.admit} before
 * any code is asked for, {@link Arrivals.verifyManifest} and {@link Arrivals.admitCode} when code had to be fetched. Then it
 * writes the Smart Message to the store and, while the disk is still busy with that, calls {@link Arrivals.deliver}: what a slice does is
 * written after its arrival, so neither counts without the other. Every no is a RefusedError, which the sender is told.
 */
import { RefusedError } from '../core/errors.ts';
import type { Hash, NodeId, SmId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import type { Offer, TravelHeader } from '../core/messages.ts';
import type { Log, Store } from '../core/ports.ts';
import type { Launch, Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache, StoredProgram } from './code/code-cache.ts';
import type { Engine } from './engine/engine.ts';
import type { Breadcrumbs } from './family/breadcrumbs.ts';
import type { VerifiedLaunches } from './identity/verified-launches.ts';
import { verifyManifest } from './identity/manifest.ts';
import { launchedId } from './identity/launch.ts';
import { extendPath } from './identity/path.ts';
import type { TrustStore } from './identity/trust.ts';
import type { Peer } from './links/channel.ts';

export interface ArrivalsOptions {
  readonly trust: TrustStore;
  readonly launches: VerifiedLaunches;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly store: Store;
  readonly engine: () => Engine;
  readonly breadcrumbs: Breadcrumbs;
  /** Lets it run, and takes back what it did should `durable` reject. */
  readonly board: (sm: Resting, durable: Promise<void> | null) => void;
  readonly log: Log;
}

export class Arrivals {
  readonly #options: ArrivalsOptions;
  /** Admitted, and neither here nor withdrawn yet. */
  readonly #expected = new Set<SmId>();

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** The first question. Reserves a place; `withdraw` frees it should the arrival not come about. Throws RefusedError. */
  admit(offer: Offer, peer: Peer): Launch {
    const { admission, engine, launches, breadcrumbs, store, log } = this.#options;
    const { header, manifest, epoch } = offer;
    admission.offer(peer.nodeId);
    if (engine().resident(header.smId) !== undefined)
      throw new RefusedError('bad-message', `Smart Message ${header.smId} lives here already`);
    if (this.#expected.has(header.smId)) {
      const retry = { retryAfterMs: LIMITS.retryAfterMs };
      throw new RefusedError('queue-full', `Smart Message ${header.smId} is just arriving in another attempt`, retry);
    }
    const launch = launches.verify(offer.launch);
    if (launch.request.manifest !== manifest) throw new RefusedError('bad-code', 'the program offered is not the one that was launched');
    if (launch.request.transient && !header.transient)
      throw new RefusedError('bad-message', 'a transient launch cannot have a durable member');
    checkLineage(header, launch);
    if (epoch > EPOCH_MAX) throw new RefusedError('bad-message', `attempt ${epoch} of one Smart Message`);
    if (header.root && breadcrumbs.isRoot(header.smId) === false)
      throw new RefusedError('bad-message', `${header.smId} was here before, and was not the one whose end is the result`);
    const remembered = admission.arrive({ launch, header, stateBytes: offer.state.length });
    // Batches become durable in order, so what is remembered of the launch is never younger than the Smart Message itself.
    if (remembered.length > 0)
      store.commit(remembered).catch((error: unknown) => log.warn({ err: error }, 'a launch could not be remembered'));
    this.#expected.add(header.smId);
    return launch;
  }

  /** Checks a manifest that came with an offer. Throws RefusedError. */
  verifyManifest(signed: Uint8Array): { readonly hash: Hash } {
    return verifyManifest(signed, this.#options.trust);
  }

  /** The last question, with the code at hand. Throws RefusedError. */
  admitCode(_offer: Offer, _launch: Launch, program: StoredProgram): void {
    const { admission, engine } = this.#options;
    const bytes = program.bricks.reduce((sum, brick) => sum + brick.length, 0);
    admission.code(program.manifest, bytes);
    engine().provide(program.hash);
  }

  /** A reserved place is free again. */
  withdraw(smId: SmId): void {
    this.#expected.delete(smId);
    this.#options.admission.withdraw(smId);
  }

  extendPath(path: Hash, hop: { smId: SmId; epoch: number; from: NodeId; to: NodeId; manifest: Hash }): Hash {
    return extendPath(path, hop);
  }

  /** The Smart Message is ours, or will be when `durable` resolves: it runs as soon as the scheduler comes to it. */
  deliver(sm: Resting, from: Peer, durable: Promise<void> | null): void {
    const { breadcrumbs, code, board } = this.#options;
    const { header, launch } = sm;
    this.#expected.delete(header.smId);
    const leftMs = launch.request.resources.lifetimeMs - header.ageMs;
    breadcrumbs.arrived(launch.request.nonce, header.smId, from.nodeId, leftMs, header.root);
    code.pin(sm.manifest);
    board(sm, durable);
    durable?.catch(() => code.unpin(sm.manifest));
  }
}

/** Attempts and births count epochs up one by one; the numbers of messages end at twice this. */
const EPOCH_MAX = 2 ** 31;

/**
 * What every honest node keeps true of a lineage: who has no parent is the launched one itself, and hops that were made were
 * taken from the budget.
 */
function checkLineage({ smId, parent, root, hops, budget, reserve }: TravelHeader, { request, bytes }: Launch): void {
  const isLaunched = smId === launchedId(bytes);
  if (isLaunched !== (parent === null) || (isLaunched && !root))
    throw new RefusedError('bad-message', 'its name, its parent and its being the root do not fit its launch');
  const ofLaunch = request.budget.hops + request.reserve.hops;
  if (hops + 1 + budget.hops + reserve.hops > ofLaunch)
    throw new RefusedError('bad-message', `${hops} hops made and ${budget.hops} left are more than the ${ofLaunch} of its launch`);
}
