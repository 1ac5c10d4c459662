/** The radios of all nodes: who is up, who is at work, and whether a packet comes through. */
import type { Clock } from '../../core/ports.ts';
import type { RandomStream } from '../random.ts';
import type { RadioObserver } from './air.ts';
import type { BleTiming } from './ble.ts';
import type { Neighbourhood } from './neighbourhood.ts';

export interface BleRadiosOptions {
  readonly clock: Clock;
  readonly nodes: number;
  readonly neighbourhood: Neighbourhood;
  readonly timing: BleTiming;
  readonly lossRate?: number;
  readonly random: RandomStream;
  readonly observer?: RadioObserver;
}

/** Channels that connections hop over, and those of primary advertisements (1.4.1). */
const DATA_CHANNELS = 37;
const ADVERTISING_CHANNELS = 3;

export class BleRadios {
  readonly #options: BleRadiosOptions;
  readonly #busyUntilMs: number[];
  readonly #isUp: boolean[];
  /** Counts losses of power, so that what began before one can be told. */
  readonly #lives: number[];

  constructor(options: BleRadiosOptions) {
    this.#options = options;
    this.#busyUntilMs = Array.from({ length: options.nodes }, () => 0);
    this.#isUp = Array.from({ length: options.nodes }, () => true);
    this.#lives = Array.from({ length: options.nodes }, () => 0);
  }

  isUp(node: number): boolean {
    return this.#isUp[node]!;
  }

  lifeOf(node: number): number {
    return this.#lives[node]!;
  }

  setUp(node: number, isUp: boolean): void {
    this.#isUp[node] = isUp;
    if (isUp) return;
    this.#lives[node]! += 1;
    this.#busyUntilMs[node] = 0;
  }

  /** How long the node's radio is still at work; 0 when it is free. */
  busyForMs(node: number): number {
    return Math.max(0, this.#busyUntilMs[node]! - this.#options.clock.monotonicMs());
  }

  /** Whether each can decode the other, and both are up. */
  areInRange(a: number, b: number): boolean {
    const { neighbourhood, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const hears = (from: number, to: number): boolean => neighbourhood.decodersOf(from, nowMs).includes(to);
    return this.isUp(a) && this.isUp(b) && hears(a, b) && hears(b, a);
  }

  /** A data packet with this airtime and its acknowledgement, from now on. `ended` is told whether both came through. */
  exchange(from: number, to: number, dataMs: number, ended: (isThrough: boolean) => void): void {
    const { clock, timing, observer } = this.#options;
    const { gapMs, acknowledgementMs } = timing;
    const durationMs = dataMs + gapMs + acknowledgementMs + gapMs;
    const lives = this.lifeOf(from) + this.lifeOf(to);
    const isThrough = this.#survives(from, to, DATA_CHANNELS) && this.#survives(to, from, DATA_CHANNELS);
    this.#occupy(from, durationMs);
    this.#occupy(to, durationMs);
    observer?.transmitting(from, dataMs);
    observer?.receiving(to, dataMs);
    observer?.transmitting(to, acknowledgementMs);
    observer?.receiving(from, acknowledgementMs);
    clock.setTimer(durationMs, () => ended(isThrough && lives === this.lifeOf(from) + this.lifeOf(to) && this.areInRange(from, to)));
  }

  /** One advertising event. `ended` gets those that heard all of it: they scanned, were free, and no packet met another. */
  advertise(from: number, packetsMs: readonly number[], ended: (receivers: readonly number[]) => void): void {
    const { clock, neighbourhood, observer, timing, random } = this.#options;
    const durationMs = packetsMs.reduce((sum, packetMs) => sum + packetMs, 0);
    const life = this.lifeOf(from);
    const scanning = neighbourhood
      .decodersOf(from, clock.monotonicMs())
      .filter((node) => this.isUp(node) && this.busyForMs(node) === 0 && random.chance(timing.scanShare));
    const receivers = scanning.filter((node) => this.#survives(from, node, ADVERTISING_CHANNELS));
    this.#occupy(from, durationMs);
    observer?.transmitting(from, durationMs);
    for (const node of scanning) observer?.receiving(node, durationMs);
    clock.setTimer(durationMs, () => ended(life === this.lifeOf(from) ? receivers.filter((node) => this.isUp(node)) : []));
  }

  #occupy(node: number, durationMs: number): void {
    this.#busyUntilMs[node] = this.#options.clock.monotonicMs() + durationMs;
  }

  /** Each other radio at work within earshot is on the same channel with a probability of one in so many. */
  #survives(from: number, to: number, channels: number): boolean {
    const { neighbourhood, clock, random, lossRate = 0 } = this.#options;
    const others = neighbourhood
      .hearersOf(to, clock.monotonicMs())
      .filter(({ node }) => node !== from && this.isUp(node) && this.busyForMs(node) > 0).length;
    return random.chance((1 - lossRate) * (1 - 1 / channels) ** others);
  }
}
