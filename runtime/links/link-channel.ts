/** A {@link Channel} over one established stream: messages in frames, keepalive, an orderly end. */
import { DataError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import { decodeMessage, encodeMessage } from '../../core/message-codec.ts';
import type { Message, MessageType } from '../../core/messages.ts';
import type { Clock, Metrics, Timer } from '../../core/ports.ts';
import type { Certified } from '../identity/certified.ts';
import { byeBecause } from './bye.ts';
import type { Channel, Peer } from './channel.ts';
import type { FramedStream } from './framed-stream.ts';

/** For these nobody waits: a record is kept a little longer, a proof comes a little later. */
const PATIENT: ReadonlySet<MessageType> = new Set(['settled', 'receipt']);

export interface LinkChannelOptions {
  readonly peer: Peer;
  readonly certified: Certified;
  /** Where the peer can be dialled; null when it dialled this node, because the port that it came from is no door. */
  readonly address: string | null;
  readonly stream: FramedStream;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: Metrics;
}

export class LinkChannel implements Channel {
  readonly peer: Peer;
  readonly certified: Certified;
  readonly address: string | null;
  /** Gets every message but those that keep the link itself. */
  onMessage: (message: Message) => void = () => {};
  /** Called once, in the turn in which the channel closes. */
  onClose: (reason: string) => void = () => {};
  readonly #stream: FramedStream;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #metrics: Metrics;
  readonly #probes = new Set<(alive: boolean) => void>();
  #pings = 0;

  constructor(options: LinkChannelOptions) {
    this.peer = options.peer;
    this.certified = options.certified;
    this.address = options.address;
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#metrics = options.metrics;
    this.#stream.onFrame = (body) => this.#receive(body);
    this.#stream.onEnd = (reason) => {
      // Those who probed may look for a channel that takes the place of this one, so it must be gone by then.
      this.onClose(reason);
      this.#settleProbes(false);
    };
  }

  get open(): boolean {
    return !this.#stream.ended;
  }

  send(message: Message): void {
    if (!this.open) return;
    const { type } = message;
    this.#stream.send(encodeMessage(message), PATIENT.has(type));
    this.#metrics.count('sm_messages_sent_total', { type });
  }

  drained(): Promise<void> {
    return this.#stream.drained();
  }

  close(reason: string): void {
    void this.finish(reason);
  }

  /** Like {@link close}; resolves when the connection is closed. */
  finish(reason: string): Promise<void> {
    return this.#stream.finish(byeBecause(reason), reason);
  }

  /** To be called every `LIMITS.keepaliveIntervalMs`: pings a silent peer and gives up on one that stays silent. */
  keepAlive(): void {
    const silentMs = this.#clock.monotonicMs() - this.#stream.lastReceivedMs;
    const { keepaliveIntervalMs, keepaliveMissed } = this.#limits;
    if (silentMs >= keepaliveIntervalMs * keepaliveMissed) this.#stream.destroy(`no answer for ${Math.round(silentMs)} ms`);
    else if (silentMs >= keepaliveIntervalMs / 2) this.#ping();
  }

  /** Asks the peer for a sign of life and tells `answered` whether it came within `withinMs`. */
  probe(withinMs: number, answered: (alive: boolean) => void): void {
    if (!this.open) return answered(false);
    let timer: Timer | undefined = undefined;
    const settle = (alive: boolean): void => {
      timer?.cancel();
      if (this.#probes.delete(settle)) answered(alive);
    };
    this.#probes.add(settle);
    timer = this.#clock.setTimer(withinMs, () => settle(false));
    this.#ping();
  }

  #ping(): void {
    // A full queue means that the peer does not read: silence will tell.
    try {
      this.send({ type: 'ping', token: this.#pings++ });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'RefusedError')) throw error;
    }
  }

  #receive(body: Uint8Array): void {
    if (this.#probes.size > 0) this.#settleProbes(true);
    let message: Message;
    try {
      message = decodeMessage(body);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return this.close(error.message);
    }
    if (message.type === 'ping') this.#answer(message.token);
    else if (message.type === 'bye') this.#stream.destroy(`the neighbour closed the link: ${message.reason}`);
    else if (message.type === 'hello') this.close('a second HELLO on one link');
    else if (message.type !== 'pong') this.onMessage(message);
  }

  /** A peer that sends pings and never reads would fill the queue; then it is not a peer that can be kept. */
  #answer(token: number): void {
    try {
      this.send({ type: 'pong', token });
    } catch {
      this.#stream.destroy('the neighbour does not read');
    }
  }

  #settleProbes(alive: boolean): void {
    for (const settle of this.#probes) settle(alive);
  }
}
