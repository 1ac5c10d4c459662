/**
 * Nodes with a hand-off each, links between them, and a hand that decides what happens next: which frame arrives, which
 * store reaches its disk, who loses power, what time it is. Nothing happens by itself.
 */
import { decodeMessage, encodeMessage } from '../../../core/message-codec.ts';
import type { Faults, Log, Metrics, Store } from '../../../core/ports.ts';
import { LIMITS, type Limits } from '../../../core/limits.ts';
import type { Message, Offer } from '../../../core/messages.ts';
import type { Budget } from '../../../core/program.ts';
import type { Launch, Resting } from '../../../core/sm.ts';
import { CodeCache } from '../../../runtime/code/code-cache.ts';
import { Handoff } from '../../../runtime/handoff/handoff.ts';
import type { HopOutcome } from '../../../runtime/handoff/types.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import type { Channel, Peer } from '../../../runtime/links/channel.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';
import { hex, programBytes, readProgram, launchOf } from './samples.ts';

/** Ends a simulated process at a fault site. */
class PowerCut extends Error {}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => SILENT };
const UNCOUNTED: Metrics = { count() {}, observe() {}, gauge() {} };

class VirtualClock {
  nowMs = 1000;
  private readonly timers = new Set<{ atMs: number; callback: () => void }>();

  monotonicMs(): number {
    return this.nowMs;
  }
  wallMs(): number {
    return this.nowMs;
  }
  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }
  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of [...this.timers].sort((a, b) => a.atMs - b.atMs)) {
      if (timer.atMs > this.nowMs || !this.timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

export interface Behaviour {
  readonly limits?: Partial<Limits>;
  readonly admit?: (offer: Offer, peer: Peer) => Launch | Promise<Launch>;
  /** Breaks the protocol on purpose, to see that the checker notices. */
  readonly sabotage?: { readonly journal?: typeof Journal; readonly store?: (store: MemoryStore) => Store };
}

export class SimulatedNode {
  readonly name: string;
  readonly id: string;
  readonly world: World;
  store = new MemoryStore({ maxBytes: LIMITS.storeBytes, flush: 'manual' });
  incarnation: string;
  boot = '';
  starts = 0;
  up = false;
  behaviour: Behaviour = {};
  handoff!: Handoff;
  code!: CodeCache;
  /** What runs here: the memory of the process. */
  residents = new Map<string, Resting>();
  /** Arrivals that were refused after they had begun to run. */
  readonly takenBack = new WeakSet<Resting>();
  readonly ended: { readonly smId: string; readonly outcome: string; readonly budget: Budget; readonly root: boolean }[] = [];
  readonly hops: HopOutcome[] = [];
  /** Every SM that was delivered or resumed here, in order, over all starts. */
  readonly log: { readonly what: 'delivered' | 'resumed' | 'left'; readonly sm: Resting }[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.id = hex(`node ${name}`, 16);
    this.incarnation = hex(`incarnation ${name}`, 16);
    this.start();
  }

  start(): void {
    this.starts++;
    const start = this.starts;
    this.boot = hex(`boot ${this.name} ${start}`, 16);
    this.up = true;
    const alive = (): boolean => this.up && this.starts === start;
    const { limits = {}, sabotage = {} } = this.behaviour;
    const store = sabotage.store?.(this.store) ?? this.store;
    const allLimits = { ...LIMITS, ...limits };
    this.code = new CodeCache({ store, limits: allLimits, read: (signed) => readProgram(signed) });
    const faults: Faults = { at: (site) => this.world.reached(this, site, alive()) };
    this.handoff = new Handoff({
      self: this.id,
      store,
      journal: new (sabotage.journal ?? Journal)(store, (bytes) => launchOf(bytes)),
      code: this.code,
      channel: (node) => this.world.channelTo(this, node),
      clock: this.world.clockFor(alive),
      faults,
      log: SILENT,
      metrics: UNCOUNTED,
      limits: allLimits,
      hooks: {
        admit: (offer, peer) => this.behaviour.admit?.(offer, peer) ?? launchOf(offer.launch),
        verifyManifest: (signed) => readProgram(signed),
        admitCode() {},
        withdraw() {},
        extendPath: (path, hop) => hex(`${path} ${hop.smId} ${hop.epoch} ${hop.from} ${hop.to}`, 32),
        deliver: (sm, _from, durable) => {
          if (!alive()) return;
          this.board('delivered', sm);
          durable?.catch(() => alive() && this.takeBack(sm));
        },
        accepted() {},
        resume: (sm) => alive() && this.board('resumed', sm),
        cloned: () => {},
        left: (sm) => alive() && this.log.push({ what: 'left', sm }),
        supersede: (smId) => alive() && this.end(smId, 'superseded'),
        ended: (sm, outcome) =>
          alive() &&
          this.ended.push({ smId: sm.header.smId, outcome, budget: sm.header.budget, root: sm.header.root }) &&
          this.forget(sm.header.smId, alive),
        hop: (event) => alive() && this.hops.push(event),
        bug: (error) => {
          if (!(error instanceof PowerCut)) this.world.bugs.push(error);
        },
      },
    });
    this.residents = new Map();
    this.world.guarded(this, () => {
      for (const sm of this.handoff.recover()) this.residents.set(sm.header.smId, sm);
    });
  }

  powerCut(survivors = 0): void {
    if (!this.up) return;
    this.up = false;
    this.store = this.store.crash(survivors);
    this.residents = new Map();
    this.world.disconnect(this);
  }

  /** What the rest of a node does when a Smart Message that lives here is over. */
  end(smId: string, outcome = 'returned'): void {
    const sm = this.residents.get(smId);
    if (sm === undefined) return;
    const start = this.starts;
    this.residents.delete(smId);
    this.ended.push({ smId, outcome, budget: sm.header.budget, root: sm.header.root });
    this.forget(smId, () => this.up && this.starts === start);
  }

  private forget(smId: string, alive: () => boolean): void {
    const { stations } = this.handoff.guards;
    const removal = { table: 'residents', key: smId, value: null } as const;
    const gone = (): void => void (alive() && stations.ended(smId));
    // It has ended also when that cannot be stored.
    this.store.commit([removal, ...stations.endMutations(smId)]).then(gone, gone);
  }

  /** An arrival that never became durable: whatever was made of it. */
  private takeBack(sm: Resting): void {
    this.takenBack.add(sm);
    if (this.residents.get(sm.header.smId) === sm) this.residents.delete(sm.header.smId);
  }

  private board(what: 'delivered' | 'resumed', sm: Resting): void {
    this.log.push({ what, sm });
    if (this.residents.has(sm.header.smId)) this.world.bugs.push(`${sm.header.smId} was ${what} at ${this.name} where it runs already`);
    this.residents.set(sm.header.smId, sm);
  }
}

interface Link {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  readonly queue: Uint8Array[];
  readonly channel: Channel & { open: boolean };
}

export class World {
  readonly clock = new VirtualClock();
  readonly nodes: SimulatedNode[];
  readonly bugs: unknown[] = [];
  private links: Link[] = [];
  /** Whether the planned power cut came. */
  struck = false;
  /** Where the next power cut strikes. */
  plan: { readonly site: string; readonly node: string; readonly survivors: number } | null = null;

  constructor(names: readonly string[], behaviour: Behaviour = {}) {
    this.nodes = [];
    for (const name of names) {
      const node = new SimulatedNode(this, name);
      this.nodes.push(node);
      if (Object.keys(behaviour).length > 0) {
        node.behaviour = behaviour;
        node.start();
      }
    }
  }

  node(name: string): SimulatedNode {
    return this.nodes.find((node) => node.name === name) as SimulatedNode;
  }

  clockFor(alive: () => boolean): {
    monotonicMs(): number;
    wallMs(): number;
    setTimer(ms: number, callback: () => void): { cancel(): void };
  } {
    return {
      monotonicMs: () => this.clock.monotonicMs(),
      wallMs: () => this.clock.wallMs(),
      setTimer: (ms, callback) => this.clock.setTimer(ms, () => alive() && this.swallowingPowerCut(callback)),
    };
  }

  reached(node: SimulatedNode, site: string, alive: boolean): void {
    if (!alive) throw new PowerCut(site);
    if (this.plan?.site !== site || this.plan.node !== node.name) return;
    const { survivors } = this.plan;
    this.plan = null;
    this.struck = true;
    node.powerCut(survivors);
    throw new PowerCut(site);
  }

  guarded(node: SimulatedNode, action: () => void): void {
    if (node.up) this.swallowingPowerCut(action);
  }

  private swallowingPowerCut(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
  }

  connect(one: SimulatedNode, other: SimulatedNode): void {
    if (!one.up || !other.up || this.link(one, other) !== undefined) return;
    const links = [this.makeLink(one, other), this.makeLink(other, one)];
    this.links.push(...links);
    for (const link of links) this.guarded(link.from, () => link.from.handoff.peerUp(link.channel));
  }

  /** Closes the channels of one node, or those between two. What is in flight is lost. */
  disconnect(one: SimulatedNode, other?: SimulatedNode): void {
    const touches = (link: Link): boolean =>
      (link.from === one || link.to === one) && (other === undefined || link.from === other || link.to === other);
    const closed = this.links.filter(touches);
    this.links = this.links.filter((link) => !touches(link));
    for (const link of closed) link.channel.open = false;
    for (const link of closed) this.guarded(link.from, () => link.from.handoff.peerDown(link.channel));
  }

  channelTo(from: SimulatedNode, node: string): Channel | undefined {
    return this.links.find((link) => link.from === from && link.to.id === node)?.channel;
  }

  inFlight(): readonly Link[] {
    return this.links.filter((link) => link.queue.length > 0);
  }

  /** Lets the first frame of a link arrive. */
  async deliver(link: Link | undefined): Promise<Message | undefined> {
    const bytes = link?.queue.shift();
    if (link === undefined || bytes === undefined) return undefined;
    const message = decodeMessage(bytes);
    this.receive(link.from, link.to, message);
    await settleMicrotasks();
    return message;
  }

  receive(from: SimulatedNode, to: SimulatedNode, message: Message): void {
    const back = this.channelTo(to, from.id);
    if (back !== undefined) this.guarded(to, () => to.handoff.handle(back, message));
  }

  link(from: SimulatedNode, to: SimulatedNode): Link | undefined {
    return this.links.find((link) => link.from === from && link.to === to);
  }

  depart(node: SimulatedNode, smId: string, targets: readonly string[]): void {
    const sm = node.residents.get(smId);
    if (sm === undefined) return;
    node.residents.delete(smId);
    this.guarded(node, () => {
      const request = { sm, op: 1, targets: targets.map((name) => this.node(name).id), alsoCommit: [], gate: null };
      node.handoff.depart(request)?.catch(() => node.up && !node.takenBack.has(sm) && node.residents.set(smId, sm));
    });
  }

  async flush(node: SimulatedNode, batches?: number): Promise<void> {
    if (node.up) node.store.flush(batches);
    await settleMicrotasks();
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settleMicrotasks();
  }

  /** Delivers and flushes everything until nothing happens any more. Disks are slow: they are flushed only when no frame is under way. */
  async settle(): Promise<void> {
    await settleMicrotasks();
    for (let round = 0; round < 10_000; round++) {
      const [link] = this.inFlight();
      const pending = this.nodes.filter((node) => node.up && node.store.pending);
      if (link === undefined && pending.length === 0) return;
      if (link !== undefined) await this.deliver(link);
      else for (const node of pending) await this.flush(node);
    }
    throw new Error('the nodes never come to rest');
  }

  /** Everybody gets power and neighbours again, and time to find out what happened. */
  async heal(rounds = 8, stepMs = 15_000): Promise<void> {
    this.plan = null;
    for (const node of this.nodes) this.disconnect(node);
    for (let round = 0; round < rounds; round++) {
      for (const node of this.nodes) if (!node.up) node.start();
      for (const one of this.nodes) for (const other of this.nodes) if (one !== other) this.connect(one, other);
      await this.settle();
      await this.advance(stepMs);
      await this.settle();
    }
  }

  private makeLink(from: SimulatedNode, to: SimulatedNode): Link {
    const queue: Uint8Array[] = [];
    const peer: Peer = { nodeId: to.id, name: to.name, link: 'memory', incarnation: to.incarnation, boot: to.boot, position: null };
    const channel = {
      peer,
      open: true,
      send: (message: Message) => {
        if (channel.open) queue.push(encodeMessage(message).slice());
      },
      drained: () => Promise.resolve(),
      close: () => this.disconnect(from, to),
    };
    return { from, to, queue, channel };
  }
}

/** Promise continuations run before the next event does. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Puts a Smart Message with its code on a node, durably. */
export async function place(world: World, name: string, sm: Resting, program: ReturnType<typeof programBytes>): Promise<void> {
  const node = world.node(name);
  node.code.add(program.signed, program.bricks);
  node.residents.set(sm.header.smId, sm);
  if (!sm.header.transient) {
    void node.store.commit([new Journal(node.store, launchOf).resident(sm)]);
  }
  await world.flush(node);
}
