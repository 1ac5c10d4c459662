/**
 * One node: the only place where its parts are wired to each other. It knows no files and no process; `daemon.ts` gives it
 * its ports, tests and simulators give it others.
 */
import { toHex } from '../core/codec.ts';
import type { Incarnation, NodeId } from '../core/ids.ts';
import type { Limits } from '../core/limits.ts';
import type { Clock, Entropy, Faults, Log, Metrics, Store, Timer } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import type { Driver } from '../drivers/driver.ts';
import { DriverRegistry } from '../drivers/registry.ts';
import { AdmissionManager } from './admission/manager.ts';
import { Arrivals } from './arrival.ts';
import { CodeCache } from './code/code-cache.ts';
import { Commits } from './commit.ts';
import type { NodeConfig } from './config/node-config.ts';
import type { ResidentInfo } from './control/protocol.ts';
import { Engine } from './engine/engine.ts';
import { engineAnswers } from './engine-answers.ts';
import type { StartWorker } from './engine/worker-port.ts';
import { FamilyServices } from './family/services.ts';
import { Handoff } from './handoff/handoff.ts';
import { handoffHooks } from './handoff-hooks.ts';
import type { Identity } from './identity/identity.ts';
import { readLaunch } from './identity/launch.ts';
import { readManifest } from './identity/manifest.ts';
import type { TrustStore } from './identity/trust.ts';
import { VerifiedLaunches } from './identity/verified-launches.ts';
import { IoTags } from './io-tags.ts';
import { Journal } from './journal/journal.ts';
import { KillWatch } from './kill-watch.ts';
import { Launching } from './launching.ts';
import type { Links, MakeLinks } from './links/links.ts';
import { HopEvents } from './observe/hops.ts';
import type { LogLines } from './observe/logs.ts';
import { attend } from './neighbour-traffic.ts';
import { ownFacts, surroundings } from './own-facts.ts';
import type { PolicyKeeper } from './policy/keeper.ts';
import { commonTagQuotas } from './policy/worker-view.ts';
import { Receipts } from './receipts.ts';
import { listResidents } from './residents.ts';
import { storedTags, type StoredTags } from './tags/record.ts';

const SWEEP_INTERVAL_MS = 10_000;
const BOOT_ID_BYTES = 16;

export interface NodeOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly policy: PolicyKeeper;
  readonly config: Pick<NodeConfig, 'location' | 'peers'> & { readonly drivers: Pick<NodeConfig['drivers'], 'offer'> };
  readonly store: Store;
  readonly incarnation: Incarnation;
  readonly links: MakeLinks;
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
  readonly neighbours: Links;
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
  readonly #killWatch: KillWatch;
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
    this.neighbours = options.links({ ...ports, identity, trust, facts: () => ownFacts(options, this.#boot) });
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
    const board = (sm: Resting, durable: Promise<void> | null = null): void => this.#commits.board(sm, durable);
    this.launching = new Launching({ ...parts, self: identity, trust, board });
    this.#commits = new Commits({
      ...parts,
      place: { nodeId: identity.nodeId, nodeName: identity.name },
      handoff,
      io: () => this.io,
      launching: this.launching,
      bug: (error) => this.defect(error),
    });
    const launches = new VerifiedLaunches(trust, limits.launchesCached);
    this.#killWatch = new KillWatch({ ...parts, launches });
    this.receipts = new Receipts({ ...ports, self: identity, keyOf: (channel) => this.neighbours.keyOf(channel) });
    this.drivers = new DriverRegistry({
      ...ports,
      drivers: options.drivers,
      offer: options.config.drivers.offer,
      publish: (reading) => this.io.publish(reading),
    });
    this.engine = this.#makeEngine();
    this.handoff = this.#makeHandoff(new Arrivals({ ...parts, trust, launches, board }));
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
    trust.onChange(() => this.#killWatch.endRevoked());
    await this.engine.start(residents);
    this.#killWatch.endKilled(residents);
    this.#killWatch.endRevoked();
    await this.drivers.start();
    attend({
      neighbours: this.neighbours,
      handoff: this.handoff,
      families: this.families,
      receipts: this.receipts,
      changed: () => this.surroundingsChanged(),
      bug: (error) => this.defect(error),
      log: this.options.log,
    });
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

  /** Who is near, or where this node or a neighbour is, has changed: programs see it from their next slice on. */
  surroundingsChanged(): void {
    this.engine.setSurroundings(surroundings(this.options, this.neighbours));
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
      surroundings: surroundings(this.options, this.neighbours),
      quotas: commonTagQuotas(limits),
      tags: this.#tags,
      ...engineAnswers({ admission: this.admission, code: this.code, drivers: this.drivers, journal: this.#journal }),
      commit: (commit) => this.#commits.commit(commit),
    });
  }

  #makeHandoff(arrivals: Arrivals): Handoff {
    const { identity, clock } = this.options;
    const hooks = handoffHooks({
      self: identity,
      clock,
      admission: this.admission,
      arrivals,
      code: this.code,
      commits: this.#commits,
      families: this.families,
      receipts: this.receipts,
      engine: () => this.engine,
      nameOf: (node) => this.nameOf(node),
      bug: (error) => this.defect(error),
    });
    return new Handoff({
      ...this.options,
      self: identity.nodeId,
      journal: this.#journal,
      code: this.code,
      channel: (node) => this.neighbours.channel(node),
      hooks,
    });
  }

  #takeUp(resting: Resting): void {
    this.admission.adopt(resting);
    this.code.pin(resting.manifest);
    this.families.breadcrumbs.adopt(resting);
  }

  #tick(): void {
    const { clock, store, log } = this.options;
    this.families.expire();
    this.options.metrics.gauge('sm_guard_copies', this.handoff.guards.statistics.copies);
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
}
