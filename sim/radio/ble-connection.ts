/** One Bluetooth LE connection: when its two nodes meet, and what they say. */
import type { Clock, Timer } from '../../core/ports.ts';
import type { TransmitOutcome } from '../medium.ts';
import type { RandomStream } from '../random.ts';
import type { BleRadios } from './ble-radios.ts';
import type { BleTiming } from './ble.ts';

export interface BleMessage {
  readonly from: number;
  readonly segments: readonly number[];
  readonly delivered: () => void;
  readonly done: (outcome: TransmitOutcome) => void;
}

export interface BleConnectionOptions {
  readonly clock: Clock;
  readonly timing: BleTiming;
  readonly radios: BleRadios;
  readonly random: RandomStream;
  readonly nodes: readonly [number, number];
}

interface Pending {
  readonly message: BleMessage;
  /** Segments that came through. */
  sent: number;
}

/** An event ends after so many packets in a row that did not come through (volume 6, part B, 4.5.6). */
const FAILURES_MAX = 2;

/**
 * Exists while there is something to send. The anchors of its events follow from the seed and the pair, so a connection that is opened again
 * goes on as if it had never been closed.
 */
export class BleConnection {
  readonly #options: BleConnectionOptions;
  readonly #closed: () => void;
  readonly #anchorMs: number;
  #pending: Pending[] = [];
  #eventNumber = -1;
  #timer: Timer | null = null;
  #lastHeardMs: number;
  #isTalking = false;

  /** @param closed called when there is nothing left to send */
  constructor(options: BleConnectionOptions, closed: () => void) {
    this.#options = options;
    this.#closed = closed;
    this.#anchorMs = options.random.keyed(...options.nodes).between(0, options.timing.connectionIntervalMs);
    this.#lastHeardMs = options.clock.monotonicMs();
  }

  enqueue(message: BleMessage): void {
    this.#pending.push({ message, sent: 0 });
    if (this.#timer === null && !this.#isTalking) this.#awaitEvent();
  }

  /** One of the nodes may have gone down: what it wanted to say is over, what the other wants to say waits for the supervision timeout. */
  drop(node: number): void {
    const dropped = this.#pending.filter(({ message }) => message.from === node);
    if (dropped.length === 0) return;
    this.#pending = this.#pending.filter(({ message }) => message.from !== node);
    this.#options.clock.setTimer(0, () => {
      for (const { message } of dropped) message.done('down');
    });
  }

  #awaitEvent(): void {
    const { clock, timing } = this.#options;
    if (this.#pending.length === 0) return this.#close();
    const nowMs = clock.monotonicMs();
    // The quotient may round to the event that has just begun, which must not begin again.
    this.#eventNumber = Math.max(this.#eventNumber + 1, Math.ceil((nowMs - this.#anchorMs) / timing.connectionIntervalMs));
    const atMs = this.#anchorMs + this.#eventNumber * timing.connectionIntervalMs;
    this.#timer = clock.setTimer(atMs - nowMs, () => this.#event());
  }

  #event(): void {
    const { clock, timing, radios, nodes } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#timer = null;
    if (nowMs - this.#lastHeardMs > timing.supervisionTimeoutMs) return this.#lose();
    const isPossible = nodes.every((node) => radios.busyForMs(node) === 0) && radios.areInRange(...nodes);
    if (isPossible) this.#exchange(nowMs + timing.eventMs, 0);
    else this.#awaitEvent();
  }

  /** Sends the next segment, and goes on with the following until the event is over. */
  #exchange(endMs: number, failures: number): void {
    const { clock, timing, radios, nodes } = this.#options;
    const next = this.#pending[0];
    this.#isTalking = false;
    if (next === undefined || failures === FAILURES_MAX) return this.#awaitEvent();
    const { from, segments } = next.message;
    const dataMs = timing.dataMs(segments[next.sent]!);
    if (clock.monotonicMs() + dataMs + timing.acknowledgementMs + 2 * timing.gapMs > endMs) return this.#awaitEvent();
    this.#isTalking = true;
    radios.exchange(from, from === nodes[0] ? nodes[1] : nodes[0], dataMs, (isThrough) => {
      if (isThrough) this.#came(next);
      this.#exchange(endMs, isThrough ? 0 : failures + 1);
    });
  }

  #came(pending: Pending): void {
    this.#lastHeardMs = this.#options.clock.monotonicMs();
    pending.sent += 1;
    if (pending.sent < pending.message.segments.length || this.#pending[0] !== pending) return;
    this.#pending.shift();
    pending.message.delivered();
    pending.message.done('acknowledged');
  }

  #lose(): void {
    const lost = this.#pending;
    this.#pending = [];
    this.#close();
    for (const { message } of lost) message.done('lost');
  }

  #close(): void {
    this.#closed();
  }
}
