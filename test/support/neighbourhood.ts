/** Nodes in one process whose channels hand messages over at once, through the real codec, when `deliver` is called. */
import { decodeMessage, encodeMessage } from '../../core/message-codec.ts';
import type { Message } from '../../core/messages.ts';
import type { Channel, Neighbourhood, Peer } from '../../runtime/links/channel.ts';

type MessageListener = (channel: Channel, message: Message) => void;

export class TestNetwork {
  readonly #queue: (() => void)[] = [];
  readonly nodes = new Map<string, TestNeighbourhood>();

  node(nodeId: string): TestNeighbourhood {
    let node = this.nodes.get(nodeId);
    if (node === undefined) this.nodes.set(nodeId, (node = new TestNeighbourhood(nodeId)));
    return node;
  }

  connect(a: string, b: string): void {
    this.node(a).attach(b, (message) => this.#post(a, b, message));
    this.node(b).attach(a, (message) => this.#post(b, a, message));
  }

  disconnect(a: string, b: string): void {
    this.node(a).detach(b);
    this.node(b).detach(a);
  }

  /** Delivers everything in flight, and what that causes. Returns how many messages were delivered. */
  deliver(): number {
    let delivered = 0;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      next();
      delivered++;
      if (delivered > 100_000) throw new Error('messages without end');
    }
    return delivered;
  }

  #post(from: string, to: string, message: Message): void {
    const bytes = encodeMessage(message);
    this.#queue.push(() => this.node(to).receive(from, decodeMessage(bytes)));
  }
}

export class TestNeighbourhood implements Neighbourhood {
  readonly nodeId: string;
  readonly #channels = new Map<string, Channel>();
  readonly #up: ((channel: Channel) => void)[] = [];
  readonly #down: ((channel: Channel) => void)[] = [];
  readonly #message: MessageListener[] = [];

  constructor(nodeId: string) {
    this.nodeId = nodeId;
  }

  channel(node: string): Channel | undefined {
    return this.#channels.get(node);
  }
  list(): readonly Channel[] {
    return [...this.#channels.values()].sort((a, b) => a.peer.nodeId.localeCompare(b.peer.nodeId));
  }
  onUp(listener: (channel: Channel) => void): void {
    this.#up.push(listener);
  }
  onDown(listener: (channel: Channel) => void): void {
    this.#down.push(listener);
  }
  onMessage(listener: MessageListener): void {
    this.#message.push(listener);
  }

  attach(other: string, send: (message: Message) => void): void {
    const peer: Peer = {
      nodeId: other,
      name: other.slice(0, 4),
      link: 'memory',
      incarnation: '00'.repeat(16),
      boot: '00'.repeat(16),
      position: null,
    };
    const channel: Channel = { peer, open: true, send, drained: () => Promise.resolve(), close: () => this.detach(other) };
    this.#channels.set(other, channel);
    for (const listener of this.#up) listener(channel);
  }

  detach(other: string): void {
    const channel = this.#channels.get(other);
    if (channel === undefined) return;
    this.#channels.delete(other);
    for (const listener of this.#down) listener(channel);
  }

  receive(from: string, message: Message): void {
    const channel = this.#channels.get(from);
    if (channel !== undefined) for (const listener of this.#message) listener(channel, message);
  }
}

/** A node id made of one letter, for readable tests. */
export function nodeId(letter: string): string {
  return Buffer.from(letter.padEnd(16, '.')).toString('hex');
}
