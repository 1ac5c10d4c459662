/** What the rest of the node sees of a link: authenticated neighbours and whole messages. */
import type { Incarnation, NodeId } from '../../core/ids.ts';
import type { Message, Position } from '../../core/messages.ts';

/** A neighbour as its certificate and its HELLO describe it. */
export interface Peer {
  readonly nodeId: NodeId;
  readonly name: string;
  /** Kind of link: `tcp`, `memory`, later `ble`, `mqtt`. */
  readonly link: string;
  readonly incarnation: Incarnation;
  readonly boot: string;
  readonly position: Position | null;
}

/**
 * An authenticated, ordered, reliable-while-open message channel to one neighbour.
 *
 * - Messages arrive whole, in order, at most once, until the channel closes; on close an unknown suffix of what was sent is lost.
 * - There is at most one open channel per neighbour; when both sides dial at once the same one survives on both.
 */
export interface Channel {
  readonly peer: Peer;
  readonly open: boolean;
  /** Queues one message. Throws RefusedError `queue-full` when `LIMITS.sendQueueBytes` are waiting, and does nothing on a closed channel. */
  send(message: Message): void;
  /** Resolves when everything queued was handed to the operating system, or the channel closed. */
  drained(): Promise<void>;
  close(reason: string): void;
}

/** How a node listens to its neighbours. */
export interface Neighbourhood {
  channel(node: NodeId): Channel | undefined;
  /** Open channels, in order of node id. */
  list(): readonly Channel[];
  onUp(listener: (channel: Channel) => void): void;
  onDown(listener: (channel: Channel) => void): void;
  onMessage(listener: (channel: Channel, message: Message) => void): void;
}
