/** Energy of all nodes, and batteries that run out. */
import type { Clock, Timer } from '../../core/ports.ts';
import type { Observer } from '../node/environment.ts';
import { requirePositive } from '../parameters.ts';
import type { RadioObserver } from '../radio/air.ts';
import { EnergyAccount, totalJ, type Energy, type PowerDraw, type PowerState } from './account.ts';

export interface MeterNode {
  readonly draw: PowerDraw;
  /** Energy of a full battery; null for a node on the mains. */
  readonly batteryJ: number | null;
}

export interface EnergyMeterOptions {
  readonly clock: Clock;
  readonly nodes: readonly MeterNode[];
  /** A battery is empty; its node is off from now on. Called once for each, never within another call. */
  readonly emptied: (node: number) => void;
}

/** A battery that is emptied faster than expected is noticed at most so much too late. */
const LATE_MAX_MS = 1000;
const MS_PER_S = 1000;
const MW_PER_W = 1000;

class Meter {
  readonly account: EnergyAccount;
  readonly batteryJ: number;
  timer: Timer | null = null;
  dueMs = Infinity;

  constructor({ draw, batteryJ }: MeterNode, nowMs: number) {
    this.account = new EnergyAccount(draw, nowMs);
    this.batteryJ = batteryJ ?? Infinity;
  }
}

export class EnergyMeter implements RadioObserver {
  readonly #options: EnergyMeterOptions;
  readonly #meters: readonly Meter[];
  readonly #empty = new Set<number>();

  /** All nodes are on from now. Throws MisuseError `bad-parameter` for a battery that holds nothing. */
  constructor(options: EnergyMeterOptions) {
    const nowMs = options.clock.monotonicMs();
    for (const [node, { batteryJ }] of options.nodes.entries()) if (batteryJ !== null) requirePositive(`nodes[${node}].batteryJ`, batteryJ);
    this.#options = options;
    this.#meters = options.nodes.map((node) => new Meter(node, nowMs));
    for (const node of this.#meters.keys()) this.#watch(node);
  }

  transmitting(node: number, durationMs: number): void {
    this.#meters[node]!.account.transmitted(durationMs);
    this.#watch(node);
  }

  receiving(node: number, durationMs: number): void {
    this.#meters[node]!.account.received(durationMs);
    this.#watch(node);
  }

  computing(node: number, durationMs: number): void {
    this.#meters[node]!.account.computed(durationMs);
    this.#watch(node);
  }

  /** Nothing happens to a node whose battery is empty. */
  setState(node: number, state: PowerState): void {
    if (this.#empty.has(node)) return;
    const meter = this.#meters[node]!;
    meter.account.setState(state, this.#options.clock.monotonicMs());
    this.#rearm(node, meter);
  }

  /** What the node has used up so far. */
  spent(node: number): Energy {
    return this.#meters[node]!.account.spentAt(this.#options.clock.monotonicMs());
  }

  /** What the battery still holds; Infinity on the mains. */
  remainingJ(node: number): number {
    return Math.max(0, this.#meters[node]!.batteryJ - totalJ(this.spent(node)));
  }

  isEmpty(node: number): boolean {
    return this.#empty.has(node);
  }

  /** Looks whether the battery ends much sooner than was expected. */
  #watch(node: number): void {
    const meter = this.#meters[node]!;
    if (meter.batteryJ === Infinity || this.#empty.has(node)) return;
    if (this.#emptyAtMs(node, meter) < meter.dueMs - LATE_MAX_MS) this.#rearm(node, meter);
  }

  #emptyAtMs(node: number, meter: Meter): number {
    const remainingMs = (this.remainingJ(node) / meter.account.restingMw) * MW_PER_W * MS_PER_S;
    return Number.isNaN(remainingMs) ? Infinity : this.#options.clock.monotonicMs() + remainingMs;
  }

  #rearm(node: number, meter: Meter): void {
    const { clock } = this.#options;
    meter.timer?.cancel();
    meter.timer = null;
    meter.dueMs = this.#emptyAtMs(node, meter);
    if (meter.dueMs === Infinity) return;
    meter.timer = clock.setTimer(meter.dueMs - clock.monotonicMs(), () => this.#die(node, meter));
  }

  #die(node: number, meter: Meter): void {
    this.#empty.add(node);
    meter.timer = null;
    meter.account.setState('off', this.#options.clock.monotonicMs());
    this.#options.emptied(node);
  }
}

/** Lets a world's nodes draw power while they have it, and pay for what their processors do. The meter may be made after the world. */
export function metered(meter: () => EnergyMeter | null): Observer {
  return {
    started: (node) => meter()?.setState(node, 'on'),
    crashed: (node) => meter()?.setState(node, 'off'),
    computed: (node, ms) => meter()?.computing(node, ms),
  };
}
