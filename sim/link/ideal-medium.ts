/** A medium without radio: whoever is connected hears everything, one message of a sender after the other, each after a delay and the time that its bytes take. */
import type { Clock } from '../../core/ports.ts';
import type { Medium, NodeIndex, Transmission, TransmitOutcome } from '../medium.ts';

export interface IdealMediumOptions {
  readonly clock: Clock;
  /** For each node, those that hear it, in ascending order. May change while it runs. */
  readonly hearers: (node: NodeIndex) => readonly NodeIndex[];
  readonly delayMs: number;
  /** Bits per millisecond, the same as kilobits per second; Infinity for bytes that take no time. */
  readonly kilobitsPerSecond: number;
}

const BITS = 8;

export class IdealMedium implements Medium {
  readonly #options: IdealMediumOptions;
  readonly #down = new Set<NodeIndex>();
  /** When each sender has sent what it was given. */
  readonly #freeAtMs = new Map<NodeIndex, number>();

  constructor(options: IdealMediumOptions) {
    this.#options = options;
  }

  setUp(node: NodeIndex, isUp: boolean): void {
    if (isUp) this.#down.delete(node);
    else this.#down.add(node);
  }

  transmit({ from, to, bytes, deliver, done }: Transmission): void {
    const { clock, delayMs, kilobitsPerSecond, hearers } = this.#options;
    const nowMs = clock.monotonicMs();
    const sentAtMs = Math.max(this.#freeAtMs.get(from) ?? 0, nowMs) + (bytes * BITS) / kilobitsPerSecond;
    this.#freeAtMs.set(from, sentAtMs);
    clock.setTimer(sentAtMs - nowMs + delayMs, () => {
      if (this.#down.has(from)) return done?.('down');
      const receivers = to === 'broadcast' ? hearers(from) : hearers(from).filter((node) => node === to);
      let heard = 0;
      for (const node of receivers) {
        if (this.#down.has(node)) continue;
        heard += 1;
        deliver(node);
      }
      done?.(outcomeOf(to, heard));
    });
  }
}

function outcomeOf(to: NodeIndex | 'broadcast', heard: number): TransmitOutcome {
  if (to === 'broadcast') return 'sent';
  return heard > 0 ? 'acknowledged' : 'lost';
}
