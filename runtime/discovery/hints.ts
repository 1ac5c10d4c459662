/** The bounded table of what beacons said lately. */
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';

export interface Hint {
  readonly address: string;
  readonly node: NodeId;
  readonly name: string;
}

export class HintTable {
  readonly #limits: Limits;
  /** By address, the one not heard for longest first. */
  readonly #hints = new Map<string, { readonly hint: Hint; readonly heardMs: number }>();
  #secondStartMs = Number.NEGATIVE_INFINITY;
  #heardThisSecond = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a datagram against the rate limit; false when it is one too many. Asked before it is even parsed. */
  allow(nowMs: number): boolean {
    if (nowMs - this.#secondStartMs >= 1000) {
      this.#secondStartMs = nowMs;
      this.#heardThisSecond = 0;
    }
    return ++this.#heardThisSecond <= this.#limits.beaconsPerSecond;
  }

  /**
   * Notes a hint. False when the table is full and the hint is new: whoever floods the network with made-up beacons does not push
   * out those that are real.
   */
  hear(hint: Hint, nowMs: number): boolean {
    if (!this.#hints.has(hint.address) && this.#hints.size >= this.#limits.beaconHints) return false;
    this.#hints.delete(hint.address);
    this.#hints.set(hint.address, { hint, heardMs: nowMs });
    return true;
  }

  /** Removes and returns the hints that were not repeated for `LIMITS.beaconMissed` intervals. */
  expire(nowMs: number): readonly Hint[] {
    const expired: Hint[] = [];
    for (const [address, { hint, heardMs }] of this.#hints) {
      if (nowMs - heardMs < this.#limits.beaconIntervalMs * this.#limits.beaconMissed) break;
      this.#hints.delete(address);
      expired.push(hint);
    }
    return expired;
  }

  list(): readonly Hint[] {
    return [...this.#hints.values()].map(({ hint }) => hint);
  }
}
