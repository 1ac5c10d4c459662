/**
 * One node: the only place where its parts are wired to each other. It knows no files and no process; `daemon.ts` gives it
 * its ports, tests and simulators give it others.
 */
import { toHex } from '../core/codec.ts';
import { RefusedError, SmError } from '../core/errors.ts';
import type { Incarnation, NodeId } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import type { Message } from '../core/messages.ts';
import type { Clock, Entropy, Faults, Log, Metrics, Store, Timer } from '../core/ports.ts';
import type { Launch, Resting } from '../core/sm.ts';
import type { Driver } from '../drivers/driver.ts';
import { DriverRegistry } from '../drivers/registry.ts';
import { AdmissionManager } from './admission/manager.ts';
import { Arrivals } from './arrival.ts';
import { CodeCache } from './code/code-cache.ts';
import { Commits } from './commit.ts';
import type { NodeConfig } from './config/node-config.ts';
import type { ResidentInfo } from './control/protocol.ts';
import { Engine } from './engine/engine.ts';
import type { StartWorker } from './engine/worker-port.ts';
import { FamilyServices } from './family/services.ts';
import { Handoff } from './handoff/handoff.ts';
import type { HandoffHooks, HopOutcome } from './handoff/types.ts';
import type { Identity } from './identity/identity.ts';
import { readLaunch } from './identity/launch.ts';
import { readManifest } from './identity/manifest.ts';
import type { TrustStore } from './identity/trust.ts';
import { VerifiedLaunches } from './identity/verified-launches.ts';
import { IoTags } from './io-tags.ts';
import { Journal } from './journal/journal.ts';
import { Launching } from './launching.ts';
import type { Channel } from './links/channel.ts';
import type { LinkChannel } from './links/link-channel.ts';
import { Neighbours } from './links/neighbours.ts';
import type { SecureStream } from './links/secure.ts';
import type { Transport } from './links/transport.ts';
import { HopEvents } from './observe/hops.ts';
import type { LogLines } from './observe/logs.ts';
import type { PolicyKeeper } from './policy/keeper.ts';
import { commonTagQuotas, tagQuotasOf, usableIo } from './policy/worker-view.ts';
import { Receipts } from './receipts.ts';
import { listResidents } from './residents.ts';
import { storedTags, type StoredTags } from './tags/record.ts';
import type { Surroundings } from './worker/protocol.ts';

const SWEEP_INTERVAL_MS = 10_000;
const BOOT_ID_BYTES = 16;

export interface NodeOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly policy: PolicyKeeper;
  readonly config: Pick<NodeConfig, 'location' | 'peers' | 'drivers'>;
  readonly store: Store;
  readonly incarnation: Incarnation;
  readonly transport: Transport;
  /** Gets connections to the control API that come in through the links' port. */
  readonly control: (secure: SecureStream, from: string) => void;
  readonly drivers: readonly Driver[];
  readonly startWorker: StartWorker;
  readonly processCpuMs: () => number;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly faults: Faults;
  readonly log: Log;
  readonly logLines: LogLines;
  readonly metrics: Metrics;
  readonly limits: Limits;
}

export class Node {
  readonly options: NodeOptions;
  readonly neighbours: Neighbours;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly engine: Engine;
  readonly families: FamilyServices;
  readonly handoff: Handoff;
  readonly io: IoTags;
  readonly launching: Launching;
  readonly drivers: DriverRegistry;
  readonly hops: HopEvents;
  readonly receipts: Receipts;
  readonly startedAtMs: number;
  readonly #journal: Journal;
  readonly #commits: Commits;
  readonly #arrivals: Arrivals;
  readonly #launches: VerifiedLaunches;
  readonly #boot: string;
  readonly #tags: StoredTags;
  #sweep: Timer | null = null;
  #defects: string[] = [];

  /** Reads the store. Throws DataError `store-corrupt` naming what cannot be read. */
  constructor(options: NodeOptions) {
    this.options = options;
    const { identity, trust, store, clock, entropy, log, metrics, limits, policy } = options;
    const ports = { store, clock, entropy, log, metrics, limits };
    this.startedAtMs = clock.monotonicMs();
    this.#boot = toHex(entropy.bytes(BOOT_ID_BYTES));
    this.#tags = storedTags(store, clock.monotonicMs());
    const engine = (): Engine => this.engine;
    const handoff = (): Handoff => this.handoff;
    this.#journal = new Journal(store, (bytes) => readLaunch(bytes, trust));
    this.code = new CodeCache({ store, limits, read: readManifest });
    this.admission = new AdmissionManager({ ...ports, policy: policy.policy });
    this.hops = new HopEvents({ capacity: limits.hopEvents, metrics });
    this.neighbours = new Neighbours({
      ...ports,
      identity,
      trust,
      transport: options.transport,
      control: options.control,
      facts: () => this.#facts(),
    });
    this.families = new FamilyServices({
      ...ports,
      self: identity,
      trust,
      neighbourhood: this.neighbours,
      admission: this.admission,
      hops: this.hops,
      engine,
      residents: (family) => this.residents(family),
    });
    const { breadcrumbs, results, obituaries } = this.families;
    const parts = {
      ...ports,
      admission: this.admission,
      code: this.code,
      journal: this.#journal,
      breadcrumbs,
      results,
      obituaries,
      engine,
    };
    this.io = new IoTags({ ...ports, registry: () => this.drivers, engine });
    this.launching = new Launching({ ...parts, self: identity, trust, board: (sm) => this.#commits.board(sm) });
    this.#commits = new Commits({
      ...parts,
      place: { nodeId: identity.nodeId, nodeName: identity.name },
      handoff,
      io: () => this.io,
      launching: this.launching,
      bug: (error) => this.defect(error),
    });
    this.#launches = new VerifiedLaunches(trust, limits.launchesCached);
    const board = (sm: Resting): void => this.#commits.board(sm);
    this.#arrivals = new Arrivals({ ...parts, trust, launches: this.#launches, board });
    const keyOf = (channel: Channel): Uint8Array => (channel as LinkChannel).certified.rawKey;
    this.receipts = new Receipts({ ...ports, self: identity, keyOf });
    this.drivers = new DriverRegistry({
      ...ports,
      drivers: options.drivers,
      offer: options.config.drivers.offer,
      publish: (reading) => this.io.publish(reading),
    });
    this.engine = this.#makeEngine();
    this.handoff = new Handoff({
      ...ports,
      self: identity.nodeId,
      journal: this.#journal,
      code: this.code,
      channel: (node) => this.neighbours.channel(node),
      faults: options.faults,
      hooks: this.#handoffHooks(),
    });
  }

  /** Takes up what an earlier run left, then serves. Rejects with MisuseError `cannot-listen`. */
  async start(): Promise<void> {
    const { store, config, policy, trust } = this.options;
    await store.commit(this.#tags.mutations);
    this.admission.load();
    const residents = this.handoff.recover();
    for (const resting of residents) this.#takeUp(resting);
    policy.onChange((changed) => {
      this.admission.setPolicy(changed);
      this.engine.recharter();
    });
    trust.onChange(() => this.#endRevoked());
    await this.engine.start(residents);
    for (const { launch } of residents) if (this.#isKilled(launch)) this.#kill(launch, 'its application was killed');
    this.#endRevoked();
    await this.drivers.start();
    this.neighbours.onUp((channel) => this.#up(channel));
    this.neighbours.onDown((channel) => this.#down(channel));
    this.neighbours.onMessage((channel, message) => this.#receive(channel, message));
    await this.neighbours.start();
    for (const { host, port } of config.peers) this.neighbours.addPeer(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
    this.#tick();
  }

  /** Refuses newcomers, says goodbye, and resolves when everything that must be durable is. */
  async stop(): Promise<void> {
    this.#sweep?.cancel();
    this.admission.close();
    this.launching.close();
    this.drivers.stop();
    await this.handoff.close();
    await this.neighbours.close('this node is shutting down');
    this.engine.stop();
    this.receipts.write();
    await this.options.store.flushed();
  }

  /** What is wrong with this node; empty when it is healthy. */
  problems(): readonly string[] {
    return this.engine.problem === null ? this.#defects : [this.engine.problem, ...this.#defects];
  }

  residents(family: string | null): readonly ResidentInfo[] {
    const { identity, clock, store } = this.options;
    return listResidents(
      {
        node: identity.nodeId,
        nodeName: identity.name,
        engine: this.engine,
        handoff: this.handoff,
        code: this.code,
        nowMs: clock.monotonicMs(),
        nameOf: (nodeId) => this.nameOf(nodeId),
        stateBytes: (smId) => store.get('residents', smId)?.length ?? 0,
      },
      family,
    );
  }

  /** Name of a node, or the beginning of its id when it is no neighbour. */
  nameOf(nodeId: NodeId): string {
    if (nodeId === this.options.identity.nodeId) return this.options.identity.name;
    return this.neighbours.channel(nodeId)?.peer.name ?? nodeId.slice(0, 8);
  }

  #makeEngine(): Engine {
    const { clock, log, metrics, limits, startWorker, processCpuMs } = this.options;
    return new Engine({
      clock,
      log,
      metrics,
      limits,
      startWorker,
      processCpuMs,
      surroundings: this.#surroundings(),
      quotas: commonTagQuotas(limits),
      tags: this.#tags,
      program: (manifest) => {
        const stored = this.code.program(manifest);
        return stored === undefined ? null : { hash: manifest, bricks: stored.bricks, importMap: stored.manifest.importMap };
      },
      codeDomain: (manifest) => [manifest, ...(this.code.manifest(manifest)?.succeeds ?? [])],
      readState: (smId) => this.#journal.residentState(smId)?.state,
      resources: (launch) => {
        const { resources } = launch.request;
        const offered = this.drivers.tags().map(({ name }) => name);
        const grant = this.admission.grant(launch);
        return {
          ...resources,
          reads: usableIo(grant, resources.reads, offered, 'read'),
          drives: usableIo(grant, resources.drives, offered, 'drive'),
        };
      },
      tagQuotas: (launch) => tagQuotasOf(this.admission.grant(launch)),
      commit: (commit) => this.#commits.commit(commit),
    });
  }

  #handoffHooks(): HandoffHooks {
    const arrivals = this.#arrivals;
    return {
      admit: (offer, peer) => arrivals.admit(offer, peer),
      verifyManifest: (signed) => arrivals.verifyManifest(signed),
      admitCode: (offer, launch, program) => arrivals.admitCode(offer, launch, program),
      withdraw: (smId) => arrivals.withdraw(smId),
      extendPath: (path, hop) => arrivals.extendPath(path, hop),
      deliver: (sm, from) => arrivals.deliver(sm, from),
      accepted: (sm, channel) => this.receipts.owe(sm, channel),
      resume: (sm) => this.#stays(sm),
      cloned: (sm, clones) => this.#commits.cloned(sm, clones),
      left: (sm, to) => this.#left(sm, to),
      ended: (sm, outcome, detail) => this.#commits.end(sm, { kind: outcome, detail }),
      hop: (event) => this.#hop(event),
      bug: (error) => this.defect(error),
    };
  }

  /** A Smart Message that was on its way out continues here. */
  #stays(sm: Resting): void {
    if (!this.admission.isAdmitted(sm.header.smId)) this.admission.adopt(sm);
    this.families.breadcrumbs.adopt(sm);
    this.#commits.board(sm);
  }

  /** A revoked author's programs, and those launched by way of a revoked node, run no more. */
  #endRevoked(): void {
    const judged = new Set<string>();
    for (const { resting } of this.engine.list()) {
      const { launch } = resting;
      if (judged.has(launch.request.nonce)) continue;
      judged.add(launch.request.nonce);
      try {
        this.#launches.verify(launch.bytes);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (error.reason === 'revoked') this.#kill(launch, error.message);
      }
    }
  }

  #isKilled({ request, authorKey }: Launch): boolean {
    return this.admission.isKilled(request.nonce, authorKey);
  }

  #kill({ request }: Launch, reason: string): void {
    const failed = (error: unknown): void => this.options.log.error({ err: error, family: request.nonce }, 'members could not be ended');
    this.engine.kill(request.nonce, reason).catch(failed);
  }

  #left(sm: Resting, to: NodeId): void {
    const { header, manifest } = sm;
    this.families.breadcrumbs.adopt(sm);
    this.families.breadcrumbs.left(header.smId, to);
    this.receipts.expect(sm, to);
    this.admission.ended(header.smId);
    this.code.unpin(manifest);
  }

  #takeUp(resting: Resting): void {
    this.admission.adopt(resting);
    this.code.pin(resting.manifest);
    this.families.breadcrumbs.adopt(resting);
  }

  #hop(event: HopOutcome): void {
    const { identity, clock } = this.options;
    const from = { from: identity.nodeId, fromName: identity.name };
    this.families.hop({
      ...event,
      ...from,
      toName: this.nameOf(event.to),
      atMs: clock.wallMs(),
      outcome: event.outcome === 'not-accepted' ? 'failed' : event.outcome,
    });
  }

  #up(channel: Channel): void {
    this.options.log.info({ peer: channel.peer.name, link: channel.peer.link }, 'a neighbour is here');
    this.engine.setSurroundings(this.#surroundings());
    this.handoff.peerUp(channel);
  }

  #down(channel: Channel): void {
    this.options.log.info({ peer: channel.peer.name, link: channel.peer.link }, 'a neighbour is gone');
    this.engine.setSurroundings(this.#surroundings());
    this.handoff.peerDown(channel);
  }

  #receive(channel: Channel, message: Message): void {
    try {
      if (this.handoff.handle(channel, message) || this.families.handle(channel, message)) return;
      if (message.type === 'receipt') this.receipts.take(channel, message);
    } catch (error) {
      // Whatever a neighbour sends, it ends no daemon.
      if (!(error instanceof SmError) || error.fault === 'bug') return this.defect(error);
      this.options.log.warn({ err: error, peer: channel.peer.name, message: message.type }, 'a message of a neighbour was not taken');
    }
  }

  #tick(): void {
    const { clock, store, log } = this.options;
    this.families.expire();
    const forgotten = this.admission.sweep();
    if (forgotten.length > 0)
      store.commit(forgotten).catch((error: unknown) => log.warn({ err: error }, 'old records could not be removed'));
    this.#sweep = clock.setTimer(SWEEP_INTERVAL_MS, () => this.#tick());
  }

  /** Something happened that never should: it is logged, and `problems` says so. */
  defect(error: unknown): void {
    this.options.log.error({ err: error }, 'a defect of this program');
    this.#defects = ['a defect was logged; see the log', ...this.#defects].slice(0, 1);
  }

  #facts(): { incarnation: Incarnation; boot: string; position: NodeConfig['location']; policyVersion: number; revocationVersion: number } {
    const { incarnation, config, policy, trust } = this.options;
    return {
      incarnation,
      boot: this.#boot,
      position: config.location,
      policyVersion: policy.policy.version,
      revocationVersion: trust.revocationVersion,
    };
  }

  #surroundings(): Surroundings {
    const { identity, config } = this.options;
    const neighbours = this.neighbours
      .list()
      .map(({ peer: { nodeId, name, link, position } }) => ({ id: nodeId, name, link, location: position }));
    return { nodeId: identity.nodeId, nodeName: identity.name, neighbours, location: config.location };
  }
}
