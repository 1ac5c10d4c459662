/** What travels between simulated nodes, and how many bytes a radio needs for it. */
import type { NodeId } from '../../core/ids.ts';
import type { Location } from '../../sandbox/guest/boundary.ts';
import type { NodeIndex } from '../medium.ts';

/** What a node says to everybody now and then. */
export interface Beacon {
  readonly kind: 'beacon';
  readonly node: NodeId;
  readonly boot: string;
  readonly position: Location | null;
}

/** The first word on a session, from the node with the lower id, and its answer. */
export interface Greeting {
  readonly kind: 'greeting';
  readonly session: string;
  readonly isAnswer: boolean;
  /** Says who the sender is, as a certificate would. */
  readonly credential: Uint8Array;
  /** A HELLO. */
  readonly hello: Uint8Array;
}

/** Messages in order; those of one record leave together. */
export interface Data {
  readonly kind: 'data';
  readonly session: string;
  readonly sequence: number;
  readonly messages: readonly Uint8Array[];
}

/** There is no such session, or it is over. */
export interface Reset {
  readonly kind: 'reset';
  /** Null: there is none between the two at all. */
  readonly session: string | null;
  readonly reason: string;
}

/** Whether everything has come that was sent, and the answer that it has: what TCP's acknowledgements say. */
export interface Probe {
  readonly kind: 'probe';
  readonly session: string;
  /** Number of the next data frame that its sender will send. */
  readonly next: number;
  readonly isAnswer: boolean;
}

export type Frame = Beacon | Greeting | Data | Probe | Reset;

/** Bytes that a daemon's link adds; the same things that TCP over IPv4 with TLS 1.3 adds there. */
export interface LinkOverheads {
  /** A beacon: UDP, IP, and what `runtime/discovery/beacon.ts` writes, with a position. */
  readonly beaconBytes: number;
  /** Both directions of a handshake, in each greeting half of it. */
  readonly handshakeBytes: number;
  /** A record: TCP and IP headers (40), TLS record header, type and tag (22). */
  readonly recordBytes: number;
  /** A message in a record: its length. */
  readonly messageBytes: number;
}

/** The handshake of two nodes with Ed25519 certificates was measured at 2.8 kB, that of a resumed session at 1.1 kB. */
export const TCP_TLS_OVERHEADS: LinkOverheads = { beaconBytes: 28 + 30 + 8 + 12, handshakeBytes: 2800, recordBytes: 62, messageBytes: 4 };

/** Over a Bluetooth LE channel: the same without TCP, UDP and IP; the beacon is an advertisement of manufacturer data (4). */
export const L2CAP_TLS_OVERHEADS: LinkOverheads = { beaconBytes: 4 + 30 + 8 + 12, handshakeBytes: 2800, recordBytes: 22, messageBytes: 4 };

export function frameBytes(frame: Frame, overheads: LinkOverheads): number {
  switch (frame.kind) {
    case 'beacon':
      return overheads.beaconBytes;
    case 'greeting':
      return overheads.handshakeBytes / 2 + overheads.recordBytes + frame.hello.length;
    case 'data':
      return frame.messages.reduce((sum, message) => sum + overheads.messageBytes + message.length, overheads.recordBytes);
    case 'probe':
      return overheads.recordBytes;
    case 'reset':
      return overheads.recordBytes + frame.reason.length;
  }
}

/** How frames get from node to node. */
export interface Ether {
  /** @param done told whether the frame was acknowledged, as far as the medium can say */
  send(from: NodeIndex, to: NodeIndex | 'broadcast', frame: Frame, done?: (acknowledged: boolean) => void): void;
}
