/** Looks at every departure whose time has come. One timer for all: a hop that goes well never needs one of its own. */
import type { SmId } from '../../core/ids.ts';
import type { Clock, Timer } from '../../core/ports.ts';
import type { Outgoing } from './departure.ts';

/** How late a timeout may be noticed. */
const SWEEP_INTERVAL_MS = 50;

export class Sweep {
  private readonly clock: Clock;
  private readonly entries: ReadonlyMap<SmId, Outgoing>;
  private readonly due: (entry: Outgoing, nowMs: number) => void;
  private timer: Timer | null = null;
  private stopped = false;

  constructor(clock: Clock, entries: ReadonlyMap<SmId, Outgoing>, due: (entry: Outgoing, nowMs: number) => void) {
    this.clock = clock;
    this.entries = entries;
    this.due = due;
  }

  /** Begins, unless it runs already; it ends by itself when nothing is on its way. */
  start(): void {
    if (this.timer === null && !this.stopped) this.timer = this.clock.setTimer(SWEEP_INTERVAL_MS, () => this.run());
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.timer = null;
  }

  private run(): void {
    this.timer = null;
    const nowMs = this.clock.monotonicMs();
    for (const entry of this.entries.values()) if (entry.dueMs <= nowMs) this.due(entry, nowMs);
    if (this.entries.size > 0) this.start();
  }
}
