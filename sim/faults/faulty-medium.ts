/** A medium in bad weather: what it is given it loses, repeats, holds up and cuts off, as the seed decides. */
import type { Clock } from '../../core/ports.ts';
import type { Medium, NodeIndex, Transmission, TransmitOutcome } from '../medium.ts';
import type { RandomStream } from '../random.ts';

/** Probabilities from 0 to 1, each asked of every transmission. */
export interface Weather {
  /** It does not arrive, and the sender knows. */
  readonly loss: number;
  /** It does not arrive, and the sender believes that it did. */
  readonly silentLoss: number;
  /** It arrives, and the sender believes that it did not: links send it again. */
  readonly lostAcknowledgement: number;
  /** It arrives a second time, some time later. */
  readonly duplication: number;
  /** It arrives late, perhaps after what was sent after it. */
  readonly delay: number;
  /** How late at most, milliseconds. */
  readonly delayMs: number;
}

export const FAIR_WEATHER: Weather = { loss: 0, silentLoss: 0, lostAcknowledgement: 0, duplication: 0, delay: 0, delayMs: 0 };

export class FaultyMedium implements Medium {
  weather: Weather = FAIR_WEATHER;
  readonly #inner: Medium;
  readonly #clock: Clock;
  readonly #random: RandomStream;
  /** Directions in which nothing passes, as `from>to`. */
  readonly #cut = new Set<string>();
  /** Until when a direction holds everything up. */
  readonly #clogged = new Map<string, number>();

  constructor(inner: Medium, clock: Clock, random: RandomStream) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
  }

  setUp(node: NodeIndex, isUp: boolean): void {
    this.#inner.setUp(node, isUp);
  }

  /** From now on nothing passes in this direction. */
  cut(from: NodeIndex, to: NodeIndex): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** Everything passes again in this direction. */
  mend(from: NodeIndex, to: NodeIndex): void {
    this.#cut.delete(`${from}>${to}`);
  }

  /** What is sent in this direction arrives when `ms` are over, all at once. */
  clog(from: NodeIndex, to: NodeIndex, ms: number): void {
    this.#clogged.set(`${from}>${to}`, this.#clock.monotonicMs() + ms);
  }

  /** All faults end. */
  clear(): void {
    this.weather = FAIR_WEATHER;
    this.#cut.clear();
    this.#clogged.clear();
  }

  transmit(message: Transmission): void {
    const random = this.#random;
    const { weather } = this;
    const lost = random.chance(weather.loss);
    const lostSilently = random.chance(weather.silentLoss);
    const unacknowledged = random.chance(weather.lostAcknowledgement);
    const extraMs = random.chance(weather.delay) ? random.between(0, weather.delayMs) : 0;
    const againMs = random.chance(weather.duplication) ? random.between(0, Math.max(1, weather.delayMs)) : null;
    const reached = new Set<NodeIndex>();
    this.#inner.transmit({
      ...message,
      deliver: (node) => {
        if (lost || this.#isCut(message.from, node)) return;
        reached.add(node);
        if (lostSilently) return;
        const heldMs = Math.max(extraMs, this.#heldMs(message.from, node));
        this.#later(heldMs, () => message.deliver(node));
        if (againMs !== null) this.#later(heldMs + againMs, () => message.deliver(node));
      },
      done: (outcome) => message.done?.(this.#outcome(message, outcome, reached, unacknowledged)),
    });
  }

  #outcome({ to }: Transmission, outcome: TransmitOutcome, reached: ReadonlySet<NodeIndex>, unacknowledged: boolean): TransmitOutcome {
    if (outcome !== 'acknowledged' || to === 'broadcast') return outcome;
    return reached.has(to) && !unacknowledged ? outcome : 'lost';
  }

  #later(ms: number, action: () => void): void {
    if (ms === 0) action();
    else this.#clock.setTimer(ms, action);
  }

  #isCut(from: NodeIndex, to: NodeIndex): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  #heldMs(from: NodeIndex, to: NodeIndex): number {
    const untilMs = this.#clogged.get(`${from}>${to}`);
    return untilMs === undefined ? 0 : Math.max(0, untilMs - this.#clock.monotonicMs());
  }
}
