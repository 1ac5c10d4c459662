/** Virtual time: a queue of events, in order of time and, at the same time, in the order in which they were asked for. */
import { BugError } from '../../core/errors.ts';
import { Heap, type HeapItem } from '../../core/heap.ts';
import type { Clock, Timer } from '../../core/ports.ts';
import { runInTurns } from './turns.ts';

/** Wall time at the beginning of every simulation: 2024-01-01, so that certificates and logs look like any others. */
export const EPOCH_MS = Date.UTC(2024, 0, 1);

/**
 * Virtual time moves in steps of about a microsecond. All times are whole numbers of steps, so that their differences are exact, and what
 * is asked for later happens later: a timer that fires a rounding error too early is set again, for ever.
 */
const STEPS_PER_MS = 1024;

function laterBy(nowMs: number, delayMs: number): number {
  return delayMs <= 0 ? nowMs : (Math.floor((nowMs + delayMs) * STEPS_PER_MS) + 1) / STEPS_PER_MS;
}

class Event implements HeapItem, Timer {
  heapIndex = -1;
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  readonly #queue: Heap<Event>;

  constructor(queue: Heap<Event>, atMs: number, order: number, run: () => void) {
    this.#queue = queue;
    this.atMs = atMs;
    this.order = order;
    this.run = run;
  }

  cancel(): void {
    this.#queue.remove(this);
  }
}

export class Kernel implements Clock {
  readonly #events = new Heap<Event>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
  #nowMs = 0;
  #asked = 0;
  #done = 0;
  #running = false;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return EPOCH_MS + Math.floor(this.#nowMs);
  }

  /** Throws BugError `bad-delay` for a delay that is no finite number: it would stop time. */
  setTimer(delayMs: number, callback: () => void): Timer {
    if (!Number.isFinite(delayMs)) throw new BugError('bad-delay', `an event was asked for in ${delayMs} ms`);
    const event = new Event(this.#events, laterBy(this.#nowMs, delayMs), this.#asked++, callback);
    this.#events.place(event);
    return event;
  }

  /** How many events have happened. */
  get eventsDone(): number {
    return this.#done;
  }

  /** How many are still to come. */
  get eventsWaiting(): number {
    return this.#events.size;
  }

  /**
   * Lets everything happen that is due until `untilMs`, or until `isDone`, which is asked after every event. Time is `untilMs` then, or that of
   * the last event. Rejects with what an event throws.
   *
   * @returns whether `isDone` said so
   */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    if (this.#running) throw new BugError('kernel-runs', 'virtual time was told to run while it runs');
    this.#running = true;
    let finished = isDone();
    try {
      await runInTurns(() => {
        finished ||= isDone();
        const event = this.#events.peek();
        if (finished || event === undefined || event.atMs > untilMs) return false;
        this.#events.pop();
        this.#nowMs = event.atMs;
        this.#done += 1;
        event.run();
        return true;
      });
    } finally {
      this.#running = false;
    }
    if (!finished) this.#nowMs = Math.max(this.#nowMs, untilMs);
    return finished;
  }
}
