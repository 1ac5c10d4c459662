/**
 * All links of a simulated node. Neighbours are found by beacons and greeted; a neighbour is gone when it was silent for some beacons, when
 * it does not acknowledge, when it restarted, or when its certificate is no longer good.
 *
 * It stands for `runtime/links/neighbours.ts`. What differs is how a session is made: one greeting each way, with the credential in
 * it, takes the place of dialling, TLS and HELLO.
 */
import { RefusedError, SmError } from '../../core/errors.ts';
import type { Hello, Message } from '../../core/messages.ts';
import type { Clock, Log, Metrics, Timer } from '../../core/ports.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Certified } from '../../runtime/identity/certified.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import type { TrustStore } from '../../runtime/identity/trust.ts';
import type { Channel } from '../../runtime/links/channel.ts';
import type { OwnFacts } from '../../runtime/links/connector.ts';
import type { Links, NeighbourView } from '../../runtime/links/links.ts';
import type { NodeIndex } from '../medium.ts';
import type { RandomStream } from '../random.ts';
import { SimChannel, type ChannelHost, type SessionTimes } from './channel.ts';
import type { Beacon, Ether, Frame } from './frames.ts';
import { Greetings } from './greetings.ts';

export interface BeaconTimes {
  /** Mean time between two beacons of one node. */
  readonly beaconIntervalMs: number;
  /** So many beacons may be missed before the neighbour counts as gone. */
  readonly beaconMissed: number;
}

export interface SimLinksOptions {
  readonly index: NodeIndex;
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly facts: () => OwnFacts;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: RandomStream;
  readonly ether: Ether;
  readonly times: SessionTimes & BeaconTimes;
  /** What a node's work on a message of so many bytes delays it by, milliseconds; 0 for none. */
  readonly workMs: (bytes: number) => number;
  /** A beacon of a neighbour that has moved since its last. */
  readonly moved: () => void;
  readonly sent: (to: NodeIndex, message: Message, bytes: number) => void;
  /** See {@link ChannelHost.tampers}. */
  readonly tampers: ChannelHost['tampers'];
}

/** The earliest beacons after a start, so that a network stands within a second. */
const FIRST_BEACON_MS = 500;

export class SimLinks implements Links {
  readonly #options: SimLinksOptions;
  readonly #host: ChannelHost;
  readonly #channels = new Map<NodeId, SimChannel>();
  readonly #bySession = new Map<string, SimChannel>();
  readonly #heardMs = new Map<NodeId, number>();
  readonly #greetings: Greetings;
  readonly #up: ((channel: Channel) => void)[] = [];
  readonly #down: ((channel: Channel, reason: string) => void)[] = [];
  readonly #message: ((channel: Channel, message: Message) => void)[] = [];
  #beat: Timer | null = null;
  #closed = false;

  constructor(options: SimLinksOptions) {
    this.#options = options;
    const { clock, limits, times, ether, index, sent, tampers } = options;
    this.#host = {
      clock,
      limits,
      times,
      tampers,
      transmit: (to, frame, done) => ether.send(index, to, frame, done),
      received: (channel, message, bytes) => this.#received(channel, message, bytes),
      sent,
      closed: (channel, reason) => this.#ended(channel, reason),
    };
    this.#greetings = new Greetings({
      ...options,
      channel: (node) => this.#channels.get(node),
      isFull: () => this.#channels.size >= limits.neighbours,
      open: (from, session, certified, hello) => this.#open(from, session, certified, hello),
    });
    options.trust.onChange(() => this.#reconsider());
  }

  start(): Promise<void> {
    const { clock, random, times } = this.#options;
    this.#beat = clock.setTimer(random.unit() * Math.min(FIRST_BEACON_MS, times.beaconIntervalMs), () => this.#tick());
    return Promise.resolve();
  }

  /** A simulated node has no address but its number, and finds its neighbours itself. */
  get address(): string {
    return `sim:${this.#options.index}`;
  }

  addPeer(): void {}

  channel(node: NodeId): SimChannel | undefined {
    return this.#channels.get(node);
  }

  list(): readonly SimChannel[] {
    return [...this.#channels.values()].sort((one, other) => (one.peer.nodeId < other.peer.nodeId ? -1 : 1));
  }

  view(): readonly NeighbourView[] {
    return this.list().map(({ peer: { nodeId, name, link }, peerIndex }) => ({ nodeId, name, link, address: `sim:${peerIndex}` }));
  }

  keyOf(channel: Channel): Uint8Array {
    return (channel as SimChannel).certified.rawKey;
  }

  indexOf(channel: Channel): NodeIndex {
    return (channel as SimChannel).peerIndex;
  }

  onUp(listener: (channel: Channel) => void): void {
    this.#up.push(listener);
  }

  onDown(listener: (channel: Channel) => void): void {
    this.#down.push(listener);
  }

  onMessage(listener: (channel: Channel, message: Message) => void): void {
    this.#message.push(listener);
  }

  close(reason: string): Promise<void> {
    this.#closed = true;
    this.#beat?.cancel();
    for (const channel of this.list()) channel.close(reason);
    return Promise.resolve();
  }

  /** A frame has arrived, whole, from the node with this number. */
  take(from: NodeIndex, frame: Frame): void {
    if (this.#closed) return;
    switch (frame.kind) {
      case 'beacon':
        return this.#hear(from, frame);
      case 'greeting':
        return this.#greetings.take(from, frame);
      case 'data': {
        const channel = this.#bySession.get(frame.session);
        if (channel === undefined || channel.peerIndex !== from) return this.#greetings.early(from, frame);
        this.#heardMs.set(channel.peer.nodeId, this.#options.clock.monotonicMs());
        return channel.take(frame);
      }
      case 'probe': {
        const channel = this.#bySession.get(frame.session);
        if (channel?.peerIndex !== from) return this.#greetings.reset(from, frame.session);
        return channel.takeProbe(frame);
      }
      case 'reset':
        for (const channel of this.list())
          if (channel.peerIndex === from && (frame.session ?? channel.session) === channel.session)
            channel.end(`the neighbour closed the link: ${frame.reason}`);
    }
  }

  /** Says that this node is here, and finds out who is not here any more. */
  #tick(): void {
    const { clock, ether, identity, index, facts, random, times } = this.#options;
    const { boot, position } = facts();
    const beacon: Beacon = { kind: 'beacon', node: identity.nodeId, boot, position };
    ether.send(index, 'broadcast', beacon);
    const nowMs = clock.monotonicMs();
    const silentMs = times.beaconIntervalMs * (times.beaconMissed + 0.5);
    for (const channel of this.#channels.values()) {
      channel.probe();
      if (nowMs - (this.#heardMs.get(channel.peer.nodeId) ?? 0) > silentMs) channel.end(`silent for ${Math.round(silentMs)} ms`);
    }
    // Nodes that were switched on together must not beacon together for ever.
    this.#beat = clock.setTimer(times.beaconIntervalMs * random.between(0.75, 1.25), () => this.#tick());
  }

  #hear(from: NodeIndex, beacon: Beacon): void {
    const channel = this.#channels.get(beacon.node);
    if (channel?.peer.boot !== beacon.boot) return this.#greetings.stranger(from, beacon);
    this.#heardMs.set(beacon.node, this.#options.clock.monotonicMs());
    this.#follow(channel, beacon);
  }

  #follow(channel: SimChannel, { position }: Beacon): void {
    const before = channel.peer.position;
    if (before?.latitude === position?.latitude && before?.longitude === position?.longitude) return;
    channel.peer = { ...channel.peer, position };
    this.#options.moved();
  }

  #open(from: NodeIndex, session: string, certified: Certified, { incarnation, boot, position }: Hello): SimChannel {
    const node = certified.keyId;
    this.#channels.get(node)?.end('replaced by a newer link');
    const peer = { nodeId: node, name: certified.name, link: 'sim', incarnation, boot, position };
    const channel = new SimChannel(session, { peer, index: from, certified }, this.#host);
    this.#channels.set(node, channel);
    this.#bySession.set(session, channel);
    this.#heardMs.set(node, this.#options.clock.monotonicMs());
    this.#options.metrics.count('sm_link_up_total', SIM);
    for (const listener of this.#up) listener(channel);
    return channel;
  }

  #received(channel: SimChannel, message: Message, bytes: number): void {
    const { clock, workMs } = this.#options;
    const delayMs = workMs(bytes);
    if (delayMs === 0) return this.#tell(channel, message);
    clock.setTimer(delayMs, () => channel.open && this.#tell(channel, message));
  }

  #tell(channel: SimChannel, message: Message): void {
    try {
      for (const listener of this.#message) listener(channel, message);
    } catch (error) {
      if (!(error instanceof SmError) || error.fault === 'bug') throw error;
      // The state that the two sides share may be out of step now, so the link begins anew.
      this.#options.log.warn({ peer: channel.peer.name }, `a message could not be dealt with: ${error.message}`);
      channel.close(error.message);
    }
  }

  #ended(channel: SimChannel, reason: string): void {
    const { nodeId } = channel.peer;
    this.#bySession.delete(channel.session);
    if (this.#channels.get(nodeId) === channel) this.#channels.delete(nodeId);
    this.#heardMs.delete(nodeId);
    this.#options.metrics.count('sm_link_down_total', SIM);
    for (const listener of this.#down) listener(channel, reason);
  }

  #reconsider(): void {
    const { trust } = this.#options;
    for (const channel of this.list()) {
      try {
        trust.check(channel.certified, ['node']);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        channel.close(error.message);
      }
    }
  }
}

const SIM = { link: 'sim' };
