/**
 * One session between two simulated nodes: what TLS over TCP gives, as a protocol over a medium that loses, repeats and reorders.
 *
 * Frames are numbered. The medium says whether the neighbour's radio acknowledged one; what was not is sent again, ever later, and when
 * that helps nothing the session is over. Now and then each end asks whether everything has come, for a medium may be wrong about that; what
 * is missing for long ends the session as well. So the promise of {@link Channel} holds whatever the medium does: in order, once, and on
 * close an unknown suffix is lost.
 */
import { DataError, RefusedError } from '../../core/errors.ts';
import { decodeMessage, encodeMessage } from '../../core/message-codec.ts';
import type { Message, MessageType } from '../../core/messages.ts';
import type { Clock, Timer } from '../../core/ports.ts';
import type { Limits } from '../../core/limits.ts';
import type { Certified } from '../../runtime/identity/certified.ts';
import type { Channel, Peer } from '../../runtime/links/channel.ts';
import type { NodeIndex } from '../medium.ts';
import type { Data, Frame, Probe } from './frames.ts';
import { Inbound } from './inbound.ts';

/** For these nobody waits; see `runtime/links/link-channel.ts`. */
const PATIENT: ReadonlySet<MessageType> = new Set(['settled', 'receipt']);

export interface SessionTimes {
  /** Pause before a frame that was not acknowledged is sent again; it doubles each time. */
  readonly retransmitMs: number;
  /** How often it is sent again before the neighbour counts as gone. */
  readonly retransmissions: number;
  /** How long a missing frame is waited for. */
  readonly gapMs: number;
}

export const SESSION_TIMES: SessionTimes = { retransmitMs: 20, retransmissions: 5, gapMs: 2_000 };

/** What all channels of a node share. */
export interface ChannelHost {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly times: SessionTimes;
  transmit(to: NodeIndex, frame: Frame, done: (acknowledged: boolean) => void): void;
  /** What leaves in place of a message, null for nothing; null when every message leaves as it is. */
  readonly tampers: ((message: Message) => Message | null) | null;
  /** A message has come. */
  received(channel: SimChannel, message: Message, bytes: number): void;
  /** A message was queued. */
  sent(to: NodeIndex, message: Message, bytes: number): void;
  closed(channel: SimChannel, reason: string): void;
}

/** Who is at the other end. */
export interface OtherEnd {
  readonly peer: Peer;
  readonly index: NodeIndex;
  readonly certified: Certified;
}

export class SimChannel implements Channel {
  peer: Peer;
  readonly peerIndex: NodeIndex;
  readonly certified: Certified;
  readonly session: string;
  readonly #host: ChannelHost;
  readonly #inbound = new Inbound();
  /** Messages of the record that is being filled. */
  #record: Uint8Array[] = [];
  #leaves: Timer | null = null;
  #leavesSoon = false;
  #sequence = 0;
  /** All frames before this number have come, the other end said. */
  #confirmed = 0;
  #queuedBytes = 0;
  #gap: Timer | null = null;
  #drained: (() => void)[] | null = null;
  #open = true;

  constructor(session: string, { peer, index, certified }: OtherEnd, host: ChannelHost) {
    this.#host = host;
    this.peer = peer;
    this.peerIndex = index;
    this.certified = certified;
    this.session = session;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Bytes that the medium has not taken or that are not acknowledged. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(given: Message): void {
    const message = this.#host.tampers === null ? given : this.#host.tampers(given);
    if (!this.#open || message === null) return;
    const { clock, limits } = this.#host;
    const bytes = encodeMessage(message);
    if (this.#queuedBytes + bytes.length > limits.sendQueueBytes) {
      const text = `${this.#queuedBytes} bytes are waiting to be sent on this link`;
      throw new RefusedError('queue-full', text, { retryAfterMs: limits.retryAfterMs });
    }
    this.#host.sent(this.peerIndex, message, bytes.length);
    this.#queuedBytes += bytes.length;
    this.#record.push(bytes);
    const patient = PATIENT.has(message.type);
    if (this.#leavesSoon || (patient && this.#leaves !== null)) return;
    this.#leaves?.cancel();
    this.#leavesSoon = !patient;
    this.#leaves = clock.setTimer(patient ? limits.patienceMs : 0, () => this.#leave());
  }

  drained(): Promise<void> {
    if (!this.#open || this.#queuedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#drained ??= []).push(resolve));
  }

  /** What is being written still leaves, and the neighbour is told that nothing follows. */
  close(reason: string): void {
    if (!this.#open) return;
    if (this.#record.length > 0) this.#leave();
    this.#say({ kind: 'reset', session: this.session, reason });
    this.end(reason);
  }

  /** Ends without a word to the neighbour. */
  end(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#leaves?.cancel();
    this.#gap?.cancel();
    this.#settle();
    this.#host.closed(this, reason);
  }

  /** To be called now and then: asks whether what was sent has come, until the answer is yes. */
  probe(): void {
    if (this.#confirmed < this.#sequence) this.#say({ kind: 'probe', session: this.session, next: this.#sequence, isAnswer: false });
  }

  /** The other end asks or answers. */
  takeProbe({ next, isAnswer, session }: Probe): void {
    if (isAnswer) this.#confirmed = Math.max(this.#confirmed, next);
    else if (this.#inbound.announce(next)) this.#say({ kind: 'probe', session, next, isAnswer: true });
    else this.#watchGap();
  }

  /** A frame of this session has come. */
  take(frame: Data): void {
    const frames = this.#inbound.take(frame);
    if (frames === null) return this.close('too many frames are missing');
    for (const { messages } of frames) {
      for (const bytes of messages) {
        if (!this.#open) return;
        this.#read(bytes);
      }
    }
    this.#watchGap();
  }

  #read(bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decodeMessage(bytes);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return this.close(error.message);
    }
    this.#host.received(this, message, bytes.length);
  }

  #watchGap(): void {
    const { clock, times } = this.#host;
    if (!this.#open || !this.#inbound.hasGap) {
      this.#gap?.cancel();
      this.#gap = null;
    } else {
      this.#gap ??= clock.setTimer(times.gapMs, () => this.close('a frame is missing'));
    }
  }

  #leave(): void {
    this.#leaves = null;
    this.#leavesSoon = false;
    const messages = this.#record;
    this.#record = [];
    const frame: Data = { kind: 'data', session: this.session, sequence: this.#sequence++, messages };
    const bytes = messages.reduce((sum, message) => sum + message.length, 0);
    this.#transmit(frame, bytes, 0);
  }

  #transmit(frame: Data, bytes: number, attempts: number): void {
    const { clock, times } = this.#host;
    this.#host.transmit(this.peerIndex, frame, (acknowledged) => {
      if (!this.#open) return;
      if (acknowledged) {
        this.#queuedBytes -= bytes;
        if (this.#queuedBytes === 0) this.#settle();
      } else if (attempts >= times.retransmissions) {
        this.end('the neighbour does not answer');
      } else {
        clock.setTimer(times.retransmitMs * 2 ** attempts, () => this.#open && this.#transmit(frame, bytes, attempts + 1));
      }
    });
  }

  #say(frame: Frame): void {
    this.#host.transmit(this.peerIndex, frame, () => {});
  }

  #settle(): void {
    const waiting = this.#drained ?? [];
    this.#drained = null;
    for (const resolve of waiting) resolve();
  }
}
