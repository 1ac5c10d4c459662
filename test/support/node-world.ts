/**
 * Whole nodes in one process: real wiring, links over TLS, hand-off, journal, compiler and sandbox. Only time, the disk and the
 * network's wires are the test's. Programs run beside main instead of on a thread, and use no CPU time.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Position } from '../../core/messages.ts';
import { NO_FAULTS, type Clock, type Timer } from '../../core/ports.ts';
import type { Budget, LaunchRequest } from '../../core/program.ts';
import type { Driver } from '../../drivers/driver.ts';
import { DEFAULT_RESOURCES } from '../../cli/resources.ts';
import type { DeployParams, DeployResult, FamilyResult } from '../../runtime/control/protocol.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import { signLaunchRequest } from '../../runtime/identity/launch.ts';
import { signManifest } from '../../runtime/identity/manifest.ts';
import { signOrder, type OrderOperation } from '../../runtime/identity/orders.ts';
import { TrustStore } from '../../runtime/identity/trust.ts';
import { openIncarnation } from '../../runtime/journal/incarnation.ts';
import { MemoryNetwork } from '../../runtime/links/memory.ts';
import { Neighbours } from '../../runtime/links/neighbours.ts';
import { Node } from '../../runtime/node.ts';
import { LogLines } from '../../runtime/observe/logs.ts';
import { DEFAULT_POLICY_TEXT } from '../../runtime/policy/default.ts';
import { parsePolicy } from '../../runtime/policy/document.ts';
import { PolicyKeeper } from '../../runtime/policy/keeper.ts';
import { MemoryStore } from '../../runtime/store/memory.ts';
import { Executor } from '../../runtime/worker/executor.ts';
import { compileProgram, createFileHost } from '../../sandbox/compiler/index.ts';
import { Sandbox } from '../../sandbox/vm/sandbox.ts';
import { guestSource } from '../differential/machines.ts';
import { LocalWorker } from './engine.ts';
import { LinkedNode, throwAwayNetwork } from './network.ts';
import { ManualClock, RecordingLog, RecordingMetrics, SeededEntropy } from './ports.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Virtual time between two turns of the event loop. */
const STEP_MS = 2;
const TURNS_MAX = 60_000;

/** A clock that stops with its node: the timers of a dead node never fire. */
class MortalClock implements Clock {
  readonly #clock: ManualClock;
  dead = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#clock.setTimer(delayMs, () => this.dead || callback());
  }
}

/** A store whose disk is the test's: it writes at every turn, or when told to. */
export class TestDisk {
  store: MemoryStore;
  held = false;

  constructor() {
    this.store = new MemoryStore({ maxBytes: LIMITS.storeBytes, flush: 'manual' });
  }

  turn(): void {
    if (!this.held) this.store.flush();
  }
}

export interface NodeChoices {
  readonly drivers?: readonly Driver[];
  readonly limits?: Partial<Limits>;
  /** Where nodes stand, by name. */
  readonly locations?: Readonly<Record<string, Position>>;
}

export class TestNode {
  readonly world: NodeWorld;
  readonly identity: Identity;
  readonly name: string;
  readonly disk = new TestDisk();
  readonly log = new RecordingLog();
  readonly metrics = new RecordingMetrics();
  readonly choices: NodeChoices;
  readonly peers: string[] = [];
  workers: LocalWorker[] = [];
  #running: { readonly node: Node; readonly clock: MortalClock; readonly trust: TrustStore } | null = null;
  #starts = 0;

  constructor(world: NodeWorld, identity: Identity, choices: NodeChoices) {
    this.world = world;
    this.identity = identity;
    this.name = identity.name;
    this.choices = choices;
  }

  get node(): Node {
    if (this.#running === null) throw new Error(`${this.name} does not run`);
    return this.#running.node;
  }

  get trust(): TrustStore {
    if (this.#running === null) throw new Error(`${this.name} does not run`);
    return this.#running.trust;
  }

  get id(): string {
    return this.identity.nodeId;
  }

  async start(): Promise<void> {
    this.#starts += 1;
    const { world, identity, log, metrics } = this;
    const clock = new MortalClock(world.clock);
    const entropy = new SeededEntropy(`${this.name} ${this.#starts}`);
    const limits: Limits = { ...LIMITS, ...this.choices.limits };
    const { store } = this.disk;
    const trust = new TrustStore({ authority: identity.authority, clock });
    const incarnation = await world.while(openIncarnation(store, entropy, 'disk'));
    const initial = { policy: parsePolicy(DEFAULT_POLICY_TEXT, 'policy'), text: DEFAULT_POLICY_TEXT };
    const policy = new PolicyKeeper({
      store,
      log,
      initial,
      verify: (document) => ({ version: 2, text: Buffer.from(document).toString() }),
    });
    const node = new Node({
      identity,
      trust,
      policy,
      config: { location: this.choices.locations?.[this.name] ?? null, peers: [], drivers: { offer: ['io:*'], sampling: {} } as never },
      store,
      incarnation: incarnation.incarnation,
      links: (wiring) => new Neighbours({ ...wiring, transport: world.wires.transport(this.name) }),
      drivers: this.choices.drivers ?? [],
      startWorker: (events) => {
        const { sandbox } = world;
        const worker: LocalWorker = new LocalWorker(
          (seed, send, heartbeat) => new Executor({ seed, clock, entropy, limits, runner: sandbox, heartbeat, send }),
          events,
        );
        this.workers.push(worker);
        return worker;
      },
      processCpuMs: () => 0,
      clock,
      entropy,
      faults: NO_FAULTS,
      log,
      logLines: new LogLines({ capacity: 10 }),
      metrics,
      limits,
    });
    this.#running = { node, clock, trust };
    await world.while(node.start());
    for (const peer of this.peers) node.neighbours.addPeer(peer);
  }

  /** Ends as a power cut would. `survivors` of the batches that were not flushed are on the disk all the same. */
  async crash(survivors = 0): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    running.clock.dead = true;
    for (const worker of this.workers) worker.dead = true;
    this.workers = [];
    for (const other of this.world.nodes) this.world.wires.cut(this.name, other.name);
    this.disk.store = this.disk.store.crash(survivors);
    void running.node.neighbours.close('power cut');
    await this.world.turns(5);
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    await this.world.while(running.node.stop());
    running.clock.dead = true;
    this.#running = null;
    this.workers = [];
    this.disk.store = this.disk.store.crash();
  }

  turn(): void {
    for (const worker of this.workers) {
      worker.turn(4);
      worker.deliver(Infinity);
    }
    this.disk.turn();
  }

  /** Everything that lives here or is on its way out. */
  headers() {
    const { engine, handoff } = this.node;
    return [...[...engine.list()].map(({ resting }) => resting.header), ...handoff.leaving().map(({ sm }) => sm.header)];
  }

  result(family: string): FamilyResult {
    const result = this.node.families.results.get(family);
    if (result === undefined) throw new Error(`${this.name} knows no result of ${family}`);
    return result;
  }

  tag(name: string): unknown {
    return this.node.engine.tags.read(name, this.world.clock.monotonicMs())?.value;
  }
}

export interface LaunchChoices {
  readonly args?: unknown;
  readonly transient?: boolean;
  readonly budget?: Partial<Budget>;
  readonly lifetimeMs?: number;
  readonly inDoubt?: LaunchRequest['inDoubt'];
  readonly guard?: number;
}

export const BUDGET: Budget = { hops: 1000, cpuMs: 100_000, bytes: 4 << 20, children: 200 };

export class NodeWorld {
  readonly clock = new ManualClock();
  readonly wires = new MemoryNetwork();
  readonly nodes: TestNode[] = [];
  readonly author: Identity;
  readonly operator: Identity;
  readonly sandbox: Sandbox;
  readonly network: Awaited<ReturnType<typeof throwAwayNetwork>>;

  private constructor(network: NodeWorld['network'], author: Identity, operator: Identity, sandbox: Sandbox) {
    this.network = network;
    this.author = author;
    this.operator = operator;
    this.sandbox = sandbox;
  }

  static async create(): Promise<NodeWorld> {
    const network = await throwAwayNetwork();
    const author = await network.authority.issue({ role: 'author', name: 'ada' });
    const operator = await network.authority.issue({ role: 'operator', name: 'grace' });
    const limits = { sandboxMemoryBytes: 32 << 20, guestStackBytes: 128 << 10, hotImages: 8, hotImageBytes: 8 << 20 };
    const sandbox = await Sandbox.create({ guestSource: guestSource(), clock: { monotonicMs: () => 0 }, limits });
    return new NodeWorld(network, author, operator, sandbox);
  }

  /** Adds running nodes, linked as the pairs of names say. */
  async start(names: readonly string[], links: readonly (readonly [string, string])[], choices: NodeChoices = {}): Promise<TestNode[]> {
    const added: TestNode[] = [];
    for (const name of names) {
      const node = new TestNode(this, await this.network.authority.issue({ role: 'node', name }), choices);
      for (const [one, other] of links) if (one === name) node.peers.push(other);
      this.nodes.push(node);
      added.push(node);
    }
    for (const node of added) await node.start();
    for (const [one, other] of links) await this.linked(this.find(one), this.find(other));
    return added;
  }

  /** Somebody with a certificate of a node and a will of its own. */
  async stranger(name: string, peer: TestNode): Promise<LinkedNode> {
    const identity = await this.network.authority.issue({ role: 'node', name });
    const stranger = new LinkedNode({ identity, transport: this.wires.transport(name), clock: this.clock });
    await stranger.neighbours.start();
    stranger.neighbours.addPeer(peer.name);
    await this.until(
      () => stranger.neighbours.channel(peer.id) !== undefined && peer.node.neighbours.channel(identity.nodeId) !== undefined,
    );
    return stranger;
  }

  find(name: string): TestNode {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  linked(one: TestNode, other: TestNode): Promise<void> {
    return this.until(
      () => one.node.neighbours.channel(other.id) !== undefined && other.node.neighbours.channel(one.id) !== undefined,
      `a link between ${one.name} and ${other.name}`,
    );
  }

  /** Lets everything go on until `happened`. */
  async until(happened: () => boolean, what = happened.toString()): Promise<void> {
    for (let turn = 0; !happened(); turn += 1) {
      if (turn === TURNS_MAX) throw new Error(`waited in vain for ${what}\n${this.#story()}`);
      await this.#turn();
    }
  }

  async while<Value>(work: Promise<Value>): Promise<Value> {
    let settled = false;
    const settle = (): void => void (settled = true);
    work.then(settle, settle);
    await this.until(() => settled, 'a promise');
    return work;
  }

  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await this.#turn();
  }

  /** Lets virtual time pass, with everything that it brings. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.monotonicMs() + ms;
    while (this.clock.monotonicMs() < untilMs) await this.#turn();
  }

  /** A program of one module, ready to be deployed at `origin`. */
  request(source: string, origin: TestNode, choices: LaunchChoices = {}): DeployParams {
    const files = createFileHost(ROOT);
    const entry = join(ROOT, 'program.ts');
    const compiled = compileProgram(entry, {
      read: (path) => (path === entry ? source : files.read(path)),
      resolve: (specifier, importer) => files.resolve(specifier, importer),
    });
    const resources = { ...DEFAULT_RESOURCES, lifetimeMs: choices.lifetimeMs ?? DEFAULT_RESOURCES.lifetimeMs };
    const bricks = compiled.bricks.map(({ hash }) => hash);
    const facts = { name: 'program', entry: compiled.entry, importMap: compiled.importMap, compiler: compiled.compilerVersion };
    const manifest = signManifest({ ...facts, bricks, resources, succeeds: [] }, this.author);
    const { args = {}, transient = false, inDoubt = transient ? 'drop' : 'wait', guard = 0 } = choices;
    const budget = { ...BUDGET, ...choices.budget };
    const request = signLaunchRequest(
      {
        network: this.author.network,
        manifest: manifest.hash,
        arguments: JSON.stringify(args),
        resources,
        budget,
        reserve: inDoubt === 'duplicate' || guard > 0 ? budget : { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
        inDoubt,
        inDoubtTimeoutMs: LIMITS.settleTimeoutMs,
        guard,
        transient,
        origin: origin.id,
        nonce: randomBytes(16).toString('hex'),
        expiresAtMs: this.clock.wallMs() + LIMITS.launchValidMs,
      },
      this.author,
    );
    return {
      manifest: Buffer.from(manifest.bytes).toString('base64'),
      bricks: compiled.bricks.map(({ code }) => code),
      request: Buffer.from(request).toString('base64'),
    };
  }

  async deploy(source: string, origin: TestNode, choices: LaunchChoices = {}): Promise<DeployResult> {
    return this.while(origin.node.launching.deploy(this.request(source, origin, choices), null));
  }

  async resultOf(family: string, origin: TestNode): Promise<FamilyResult> {
    await this.until(() => origin.result(family).outcome !== 'running', `the result of ${family}`);
    return origin.result(family);
  }

  order(operation: OrderOperation, family: string): Uint8Array {
    const requestId = randomBytes(16).toString('hex');
    return signOrder({ operation, family, requestId, expiresAtMs: this.clock.wallMs() + LIMITS.orderValidMs }, this.operator);
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    this.network.remove();
  }

  async #turn(): Promise<void> {
    for (const node of this.nodes) node.turn();
    await new Promise((resolve) => setImmediate(resolve));
    this.clock.advance(STEP_MS);
  }

  #story(): string {
    return this.nodes
      .map(
        ({ name, log }) =>
          `${name}: ${log.lines
            .slice(-12)
            .map((line) => `${line.message} ${JSON.stringify(line.fields)}`)
            .join('\n  ')}`,
      )
      .join('\n');
  }
}
