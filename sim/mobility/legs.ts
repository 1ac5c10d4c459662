/** Paths made of straight legs, which are worked out as far as anybody asks. */
import { along, type Position } from '../geometry.ts';
import type { Trajectory } from './trajectory.ts';

/** From one point to another at constant speed; a stay when they are the same. */
export interface Leg {
  readonly startMs: number;
  /** Infinity for a stay that never ends. */
  readonly endMs: number;
  readonly from: Position;
  readonly to: Position;
}

/** Legs follow each other without gaps. Before the first, the node waits where it begins. */
export class LegPath implements Trajectory {
  readonly isStill = false;
  readonly #legs: Leg[];
  readonly #next: (last: Leg) => Leg;

  constructor(first: Leg, next: (last: Leg) => Leg) {
    this.#legs = [first];
    this.#next = next;
  }

  positionAt(timeMs: number): Position {
    const { startMs, endMs, from, to } = this.#legAt(timeMs);
    if (timeMs <= startMs || endMs === Infinity) return from;
    return along(from, to, (timeMs - startMs) / (endMs - startMs));
  }

  /** Of two legs that meet at this time, the later one. */
  #legAt(timeMs: number): Leg {
    let last = this.#legs[this.#legs.length - 1]!;
    while (last.endMs <= timeMs) {
      last = this.#next(last);
      this.#legs.push(last);
    }
    let low = 0;
    let high = this.#legs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#legs[middle]!.startMs <= timeMs) low = middle;
      else high = middle - 1;
    }
    return this.#legs[low]!;
  }
}

/** The path of given legs, the last of which never ends. */
export function pathOf(legs: readonly Leg[]): Trajectory {
  let taken = 0;
  return new LegPath(legs[0]!, () => legs[(taken += 1)]!);
}
