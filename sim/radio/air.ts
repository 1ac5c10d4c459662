/** The shared channel: what is being sent, who hears it, and what is spoiled on the way. */
import type { Clock } from '../../core/ports.ts';
import type { RandomStream } from '../random.ts';
import type { Neighbourhood, Signal } from './neighbourhood.ts';
import type { Propagation } from './propagation.ts';
import type { Airing } from './wifi.ts';

/** Told what the radios do, for energy and statistics. */
export interface RadioObserver {
  transmitting(node: number, durationMs: number): void;
  /** The node's receiver followed a frame, for it or for others, intact or not. */
  receiving(node: number, durationMs: number): void;
}

/** Told when its node's surroundings begin and cease to be silent. */
export interface Listener {
  channelBusy(): void;
  channelIdle(): void;
}

export interface AirOptions {
  readonly clock: Clock;
  readonly nodes: number;
  readonly neighbourhood: Neighbourhood;
  readonly propagation: Propagation;
  /** Probability that a receiver loses a frame for no other reason. */
  readonly lossRate?: number;
  readonly random: RandomStream;
  readonly observer?: RadioObserver;
}

export interface AirCounters {
  frames: number;
  airtimeMs: number;
  /** Decodable frames that a receiver lost to another transmission: one count for each receiver. */
  collisions: number;
  /** Decodable frames that a receiver lost by {@link AirOptions.lossRate}. */
  losses: number;
}

/** A frame on its way to one of those that sense it. */
interface Reception {
  readonly frame: Frame;
  readonly milliwatts: number;
  readonly isDecodable: boolean;
  /** The receiver was free to follow this frame from its beginning. */
  readonly isFollowed: boolean;
  isSpoiled: boolean;
}

interface Frame {
  readonly from: number;
  readonly durationMs: number;
  /** As a ratio of powers. */
  readonly capture: number;
  readonly hearers: readonly Signal[];
  isCut: boolean;
}

export class Air {
  readonly counters: AirCounters = { frames: 0, airtimeMs: 0, collisions: 0, losses: 0 };
  readonly #options: AirOptions;
  readonly #receptions: Reception[][];
  readonly #sending: (Frame | null)[];
  readonly #isUp: boolean[];
  readonly #listeners: (Listener | undefined)[] = [];

  constructor(options: AirOptions) {
    this.#options = options;
    this.#receptions = Array.from({ length: options.nodes }, () => []);
    this.#sending = Array.from({ length: options.nodes }, () => null);
    this.#isUp = Array.from({ length: options.nodes }, () => true);
  }

  listen(node: number, listener: Listener): void {
    this.#listeners[node] = listener;
  }

  isUp(node: number): boolean {
    return this.#isUp[node]!;
  }

  /** A node that goes down cuts its frame short and hears no more; one that comes up begins with the next frame. */
  setUp(node: number, isUp: boolean): void {
    this.#isUp[node] = isUp;
    const frame = this.#sending[node];
    if (!isUp && frame) frame.isCut = true;
    for (const reception of this.#receptions[node]!) reception.isSpoiled = true;
  }

  isSending(node: number): boolean {
    return this.#sending[node] !== null;
  }

  /** Whether the node sends or senses anything. */
  isBusy(node: number): boolean {
    return this.#sending[node] !== null || this.#receptions[node]!.length > 0;
  }

  /**
   * Sends a frame now, whatever else is on the air. `ended` gets those that received it intact, when it is over, after all listeners have been told.
   * A node sends one frame at a time.
   *
   * @param captureDb by so much the frame must exceed the sum of all others at a receiver
   */
  send(from: number, { durationMs, captureDb }: Airing, ended: (receivers: readonly number[]) => void): void {
    const { clock, neighbourhood, observer } = this.#options;
    const capture = 10 ** (captureDb / 10);
    const frame: Frame = { from, durationMs, capture, hearers: neighbourhood.hearersOf(from, clock.monotonicMs()), isCut: false };
    this.#sending[from] = frame;
    this.counters.frames += 1;
    this.counters.airtimeMs += durationMs;
    observer?.transmitting(from, durationMs);
    for (const reception of this.#receptions[from]!) reception.isSpoiled = true;
    for (const hearer of frame.hearers) this.#arrive(frame, hearer);
    clock.setTimer(durationMs, () => this.#end(frame, ended));
  }

  #arrive(frame: Frame, { node, dbm }: Signal): void {
    const others = this.#receptions[node]!;
    const isFree = this.#isUp[node]! && this.#sending[node] === null;
    const isDecodable = dbm >= this.#options.propagation.decodeDbm;
    // A receiver that follows an intact frame does not look for the beginning of another.
    const isFollowed = isFree && isDecodable && !others.some((other) => other.isFollowed && !other.isSpoiled);
    others.push({ frame, milliwatts: 10 ** (dbm / 10), isDecodable, isFollowed, isSpoiled: !isFree });
    this.#spoilWeak(others);
    if (others.length === 1 && this.#sending[node] === null) this.#listeners[node]?.channelBusy();
  }

  /** Spoils each signal that the sum of the others comes too near to. */
  #spoilWeak(receptions: readonly Reception[]): void {
    if (receptions.length < 2) return;
    const total = receptions.reduce((sum, { milliwatts }) => sum + milliwatts, 0);
    for (const reception of receptions) {
      if (reception.milliwatts < reception.frame.capture * (total - reception.milliwatts)) reception.isSpoiled = true;
    }
  }

  #end(frame: Frame, ended: (receivers: readonly number[]) => void): void {
    this.#sending[frame.from] = null;
    const receivers: number[] = [];
    for (const { node } of frame.hearers) {
      const receptions = this.#receptions[node]!;
      const at = receptions.findIndex((reception) => reception.frame === frame);
      const [reception] = receptions.splice(at, 1);
      if (this.#isReceived(node, reception!)) receivers.push(node);
      if (receptions.length === 0 && this.#sending[node] === null) this.#listeners[node]?.channelIdle();
    }
    if (this.#receptions[frame.from]!.length === 0) this.#listeners[frame.from]?.channelIdle();
    ended(receivers);
  }

  #isReceived(node: number, reception: Reception): boolean {
    const { frame, isDecodable, isFollowed, isSpoiled } = reception;
    if (isFollowed && this.#isUp[node]) this.#options.observer?.receiving(node, frame.durationMs);
    if (!isDecodable || !this.#isUp[node] || frame.isCut) return false;
    if (isSpoiled || !isFollowed) {
      this.counters.collisions += 1;
      return false;
    }
    const { lossRate = 0, random } = this.#options;
    if (lossRate === 0 || !random.chance(lossRate)) return true;
    this.counters.losses += 1;
    return false;
  }
}
