/**
 * Which residents' states the worker holds. Main holds every state, so a second copy is worth its memory only for those that were
 * in their slice lately; the others are asked for when their time comes.
 */
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import type { Resident } from '../scheduler/resident.ts';
import type { Stalled } from './programs.ts';
import type { Seat } from './protocol.ts';

export class States {
  /** Residents whose state is held while they wait, the longest parked first. */
  readonly #parked = new Set<Resident>();
  readonly #stalled = new Map<Seat, Stalled[]>();
  readonly #most: number;
  readonly #ask: (seat: Seat) => void;

  constructor(most: number, ask: (seat: Seat) => void) {
    this.#most = most;
    this.#ask = ask;
  }

  /** A resident begins to wait. The state of the one that has waited longest may be let go for it. */
  park(resident: Resident): void {
    this.#parked.delete(resident);
    this.#parked.add(resident);
    if (this.#parked.size <= this.#most) return;
    for (const longest of this.#parked) {
      this.#parked.delete(longest);
      longest.letStateGo();
      return;
    }
  }

  /** A resident is gone. */
  forget(resident: Resident): void {
    this.#parked.delete(resident);
    this.#stalled.delete(resident.seat);
  }

  /** Sets a resident aside until its state has come. */
  stall(resident: Resident, events: readonly ResumeEvent[]): void {
    const waiting = this.#stalled.get(resident.seat);
    if (waiting !== undefined) {
      waiting.push({ resident, events });
      return;
    }
    this.#stalled.set(resident.seat, [{ resident, events }]);
    this.#ask(resident.seat);
  }

  /** The state of a seat has come. Returns what was to be done with it: nothing when its resident is gone. */
  arrived(seat: Seat): readonly Stalled[] {
    const waiting = this.#stalled.get(seat) ?? [];
    this.#stalled.delete(seat);
    return waiting;
  }
}
