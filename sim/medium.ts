/** What carries bytes between simulated nodes: the border between links, which know messages and sessions, and radios, which know metres and airtime. */

/** Nodes are numbered from 0. */
export type NodeIndex = number;

/** What became of a message, as far as its sender can know. `sent` is said of broadcasts, which nobody acknowledges. */
export type TransmitOutcome = 'acknowledged' | 'sent' | 'lost' | 'queue-full' | 'down';

export interface Transmission {
  readonly from: NodeIndex;
  readonly to: NodeIndex | 'broadcast';
  /** Payload, without what the medium adds. */
  readonly bytes: number;
  /** Called for each receiver, at the virtual time at which the whole message has arrived. */
  readonly deliver: (node: NodeIndex) => void;
  /** Called once, when the sender is done with it. */
  readonly done?: (outcome: TransmitOutcome) => void;
}

export interface Medium {
  /** Never calls back within the call. */
  transmit(message: Transmission): void;
  /** A node that is down neither sends, receives nor occupies the medium; what it had queued is lost. */
  setUp(node: NodeIndex, isUp: boolean): void;
}
