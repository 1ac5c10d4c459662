/** One Wi-Fi radio and its queue: who may send when. */
import type { Clock, Timer } from '../../core/ports.ts';
import type { TransmitOutcome } from '../medium.ts';
import type { RandomStream } from '../random.ts';
import type { Air, Listener } from './air.ts';
import type { WifiTiming } from './wifi.ts';

/** A message, cut into frames. */
export interface Outgoing {
  readonly to: number | 'broadcast';
  /** Payload of each frame in bytes, at least one. */
  readonly frames: readonly number[];
  /** A node has received the next frame; said once for each node and frame. */
  readonly arrived: (node: number) => void;
  readonly done: (outcome: TransmitOutcome) => void;
}

export interface StationOptions {
  readonly node: number;
  readonly clock: Clock;
  readonly timing: WifiTiming;
  readonly air: Air;
  readonly random: RandomStream;
  readonly queuedMax: number;
  /** Asks all that sense this node to keep silent until then. */
  readonly reserve: (node: number, untilMs: number) => void;
}

/** Time is added up in floating point; a thousandth of a slot is far above its error and far below anything that matters. */
const SLOT_TOLERANCE = 1e-3;

/**
 * The distributed coordination function (IEEE 802.11-2020, 10.3.4): wait until the channel was silent for a DIFS, count down a random number of
 * slots while it stays silent, send; double the window when no acknowledgement came. What differs from the standard: distance takes no
 * time; no RTS/CTS; whoever senses a unicast frame keeps silent until its acknowledgement is over, which is what the NAV does for those that
 * decode it and EIFS, roughly, for those that do not; a broadcast that nobody understood is not followed by an EIFS.
 */
export class Station implements Listener {
  readonly #options: StationOptions;
  #queue: Outgoing[] = [];
  #frame = 0;
  #attempt = 1;
  #window: number;
  #state: 'idle' | 'contending' | 'sending' = 'idle';
  #timer: Timer | null = null;
  /** When the timer fires. */
  #dueMs = 0;
  #backoffSlots = 0;
  /** From when on the slots count, as long as the channel stays silent. */
  #countFromMs = 0;
  #silentSinceMs = -Infinity;
  #reservedUntilMs = -Infinity;
  #frameArrived = false;
  /** Tells callbacks from before the node went down. */
  #life = 0;

  constructor(options: StationOptions) {
    this.#options = options;
    this.#window = options.timing.cwMin;
  }

  /** False when the queue is full. */
  enqueue(message: Outgoing): boolean {
    if (this.#queue.length >= this.#options.queuedMax) return false;
    this.#queue.push(message);
    if (this.#state === 'idle') this.#contend();
    return true;
  }

  /** Forgets everything, as a radio does that loses power. @returns the messages that were not done */
  reset(): readonly Outgoing[] {
    const dropped = this.#queue;
    this.#life += 1;
    this.#timer?.cancel();
    this.#timer = null;
    this.#queue = [];
    this.#state = 'idle';
    this.#frame = 0;
    this.#attempt = 1;
    this.#window = this.#options.timing.cwMin;
    this.#backoffSlots = 0;
    this.#frameArrived = false;
    return dropped;
  }

  keepSilent(untilMs: number): void {
    this.#reservedUntilMs = Math.max(this.#reservedUntilMs, untilMs);
  }

  channelBusy(): void {
    if (this.#state === 'sending') return;
    const nowMs = this.#options.clock.monotonicMs();
    // Too late to notice: the radio is already turning round to send, and both frames collide.
    if (this.#timer !== null && this.#dueMs - nowMs <= this.#options.timing.turnaroundMs) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#deductSlots(nowMs);
  }

  channelIdle(): void {
    this.#silentSinceMs = this.#options.clock.monotonicMs();
    if (this.#state === 'sending') return;
    this.#startCounting();
    if (this.#state === 'contending') this.#schedule();
  }

  #contend(): void {
    const { air, clock, node } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#state = 'contending';
    if (air.isBusy(node)) {
      if (this.#backoffSlots === 0) this.#drawSlots();
      return;
    }
    this.#deductSlots(nowMs);
    // Whoever finds the channel silent for a DIFS may send at once; everybody else has to draw.
    if (this.#backoffSlots === 0 && nowMs < this.#accessMs()) this.#drawSlots();
    this.#startCounting();
    this.#schedule();
  }

  /** When the channel will have been silent for a DIFS. */
  #accessMs(): number {
    return Math.max(this.#silentSinceMs, this.#reservedUntilMs) + this.#options.timing.difsMs;
  }

  #drawSlots(): void {
    this.#backoffSlots = this.#options.random.below(this.#window + 1);
  }

  #startCounting(): void {
    this.#countFromMs = Math.max(this.#options.clock.monotonicMs(), this.#accessMs());
  }

  /** Slots that passed in silence need not be waited for again. */
  #deductSlots(nowMs: number): void {
    const passed = Math.floor((nowMs - this.#countFromMs) / this.#options.timing.slotMs + SLOT_TOLERANCE);
    this.#backoffSlots -= Math.min(this.#backoffSlots, Math.max(0, passed));
  }

  #schedule(): void {
    const { clock, timing } = this.#options;
    this.#timer?.cancel();
    this.#dueMs = this.#countFromMs + this.#backoffSlots * timing.slotMs;
    this.#timer = clock.setTimer(this.#dueMs - clock.monotonicMs(), () => this.#send());
  }

  #send(): void {
    const { node, clock, timing, air, reserve } = this.#options;
    const message = this.#queue[0]!;
    const bytes = message.frames[this.#frame]!;
    this.#timer = null;
    this.#backoffSlots = 0;
    this.#state = 'sending';
    if (message.to === 'broadcast') {
      air.send(
        node,
        timing.broadcast(bytes),
        this.#ifAlive((receivers) => this.#broadcastSent(message, receivers)),
      );
      return;
    }
    const airing = timing.unicast(bytes);
    reserve(node, clock.monotonicMs() + airing.durationMs + timing.sifsMs + timing.acknowledgement.durationMs);
    air.send(
      node,
      airing,
      this.#ifAlive((receivers) => this.#unicastSent(message, receivers)),
    );
  }

  #broadcastSent(message: Outgoing, receivers: readonly number[]): void {
    for (const receiver of receivers) message.arrived(receiver);
    this.#frameDone(message, 'sent');
  }

  #unicastSent(message: Outgoing, receivers: readonly number[]): void {
    const { clock, timing } = this.#options;
    const to = message.to as number;
    if (!receivers.includes(to)) {
      const patienceMs = timing.sifsMs + timing.slotMs + timing.acknowledgement.durationMs;
      clock.setTimer(
        patienceMs,
        this.#ifAlive(() => this.#failed(message)),
      );
      return;
    }
    // A repetition of a frame whose acknowledgement got lost is acknowledged again and otherwise ignored.
    if (!this.#frameArrived) message.arrived(to);
    this.#frameArrived = true;
    clock.setTimer(
      timing.sifsMs,
      this.#ifAlive(() => this.#acknowledge(message, to)),
    );
  }

  #acknowledge(message: Outgoing, to: number): void {
    const { air, node, timing } = this.#options;
    if (!air.isUp(to) || air.isSending(to)) return this.#failed(message);
    air.send(
      to,
      timing.acknowledgement,
      this.#ifAlive((receivers) => (receivers.includes(node) ? this.#frameDone(message, 'acknowledged') : this.#failed(message))),
    );
  }

  #failed(message: Outgoing): void {
    const { timing } = this.#options;
    if (this.#attempt >= timing.attempts) return this.#messageDone(message, 'lost');
    this.#attempt += 1;
    this.#window = Math.min(2 * this.#window + 1, timing.cwMax);
    this.#drawSlots();
    this.#contend();
  }

  #frameDone(message: Outgoing, outcome: TransmitOutcome): void {
    if (this.#frame + 1 === message.frames.length) return this.#messageDone(message, outcome);
    this.#nextFrame(this.#frame + 1);
  }

  #messageDone(message: Outgoing, outcome: TransmitOutcome): void {
    this.#queue.shift();
    this.#nextFrame(0);
    message.done(outcome);
  }

  /** Between any two frames of a station lies a back-off, also when there is nothing to send yet. */
  #nextFrame(frame: number): void {
    this.#frame = frame;
    this.#attempt = 1;
    this.#frameArrived = false;
    this.#window = this.#options.timing.cwMin;
    this.#drawSlots();
    this.#startCounting();
    if (this.#queue.length > 0) this.#contend();
    else this.#state = 'idle';
  }

  #ifAlive<A extends readonly unknown[]>(callback: (...args: A) => void): (...args: A) => void {
    const life = this.#life;
    return (...args) => {
      if (life === this.#life) callback(...args);
    };
  }
}
