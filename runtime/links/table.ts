/** The neighbours that are linked now: at most one open channel for each. */
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Hello, Message } from '../../core/messages.ts';
import type { Channel } from './channel.ts';
import type { LinkChannel } from './link-channel.ts';

export class ChannelTable {
  readonly #limits: Limits;
  readonly #failed: (channel: LinkChannel, error: unknown) => void;
  readonly #channels = new Map<NodeId, LinkChannel>();
  readonly #up: ((channel: Channel) => void)[] = [];
  readonly #down: ((channel: Channel, reason: string) => void)[] = [];
  readonly #message: ((channel: Channel, message: Message) => void)[] = [];

  /** @param failed told when a listener throws on a message; whatever a neighbour sends must not end the process. */
  constructor(limits: Limits, failed: (channel: LinkChannel, error: unknown) => void) {
    this.#limits = limits;
    this.#failed = failed;
  }

  get(node: NodeId): LinkChannel | undefined {
    return this.#channels.get(node);
  }

  list(): readonly LinkChannel[] {
    return [...this.#channels.values()].sort((one, other) => (one.peer.nodeId < other.peer.nodeId ? -1 : 1));
  }

  onUp(listener: (channel: Channel) => void): void {
    this.#up.push(listener);
  }

  onDown(listener: (channel: Channel, reason: string) => void): void {
    this.#down.push(listener);
  }

  onMessage(listener: (channel: Channel, message: Message) => void): void {
    this.#message.push(listener);
  }

  /**
   * Decides whether a new link to `peer` is taken; see greeting.ts. A link to a peer that has restarted since replaces the old one at
   * once. Else the old one is asked for a sign of life: when both dialled at once there is one, and when the peer has given up on the old
   * link there is none.
   */
  decide(peer: NodeId, hello: Hello, verdict: (refusal: string | null) => void): void {
    const existing = this.#channels.get(peer);
    if (existing === undefined) {
      const full = this.#channels.size >= this.#limits.neighbours;
      return verdict(full ? `this node has ${this.#limits.neighbours} neighbours and takes no more` : null);
    }
    if (existing.peer.boot !== hello.boot) {
      existing.close('the neighbour has restarted');
      return verdict(null);
    }
    existing.probe(this.#limits.duplicateProbeMs, (alive) => {
      if (alive) return verdict(ALREADY_LINKED);
      if (existing.open) existing.close('the neighbour dialled again and the old link does not answer');
      this.decide(peer, hello, verdict);
    });
  }

  /** Takes over an established channel, in place of an older one to the same neighbour. */
  add(channel: LinkChannel): void {
    const node = channel.peer.nodeId;
    this.#channels.get(node)?.close('replaced by a newer link');
    this.#channels.set(node, channel);
    channel.onMessage = (message) => {
      try {
        for (const listener of this.#message) listener(channel, message);
      } catch (error) {
        this.#failed(channel, error);
      }
    };
    channel.onClose = (reason) => {
      if (this.#channels.get(node) === channel) this.#channels.delete(node);
      for (const listener of this.#down) listener(channel, reason);
    };
    for (const listener of this.#up) listener(channel);
  }
}

/** Why a second link to the same neighbour is not taken. */
export const ALREADY_LINKED = 'there is a link between us already';
