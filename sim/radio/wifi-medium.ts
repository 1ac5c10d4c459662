/** The medium of nodes with Wi-Fi in ad hoc mode: everybody on one channel. */
import { LIMITS } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Medium, NodeIndex, Transmission, TransmitOutcome } from '../medium.ts';
import type { Trajectory } from '../mobility/trajectory.ts';
import type { RandomStream } from '../random.ts';
import { Air, type AirCounters, type AirOptions, type RadioObserver } from './air.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { Propagation } from './propagation.ts';
import { Station } from './station.ts';
import type { WifiTiming } from './wifi.ts';

export interface WifiMediumOptions extends Pick<AirOptions, 'lossRate'> {
  readonly clock: Clock;
  /** One for each node. */
  readonly trajectories: readonly Trajectory[];
  readonly propagation: Propagation;
  readonly timing: WifiTiming;
  readonly random: RandomStream;
  readonly observer?: RadioObserver;
  /** Messages that wait at a node; further ones end as `queue-full`. */
  readonly queuedMax?: number;
}

export class WifiMedium implements Medium {
  readonly neighbourhood: Neighbourhood;
  readonly #options: WifiMediumOptions;
  readonly #air: Air;
  readonly #stations: readonly Station[];

  constructor(options: WifiMediumOptions) {
    const { clock, trajectories, propagation, timing, random, queuedMax = LIMITS.simQueuedMessages } = options;
    this.#options = options;
    this.neighbourhood = new Neighbourhood(trajectories, propagation);
    this.#air = new Air({ ...options, nodes: trajectories.length, neighbourhood: this.neighbourhood });
    const reserve = (node: number, untilMs: number): void => {
      for (const hearer of this.neighbourhood.hearersOf(node, clock.monotonicMs())) this.#stations[hearer.node]!.keepSilent(untilMs);
    };
    this.#stations = trajectories.map((_, node) => new Station({ node, clock, timing, air: this.#air, random, queuedMax, reserve }));
    for (const [node, station] of this.#stations.entries()) this.#air.listen(node, station);
  }

  /** What happened on the air so far. */
  get counters(): Readonly<AirCounters> {
    return this.#air.counters;
  }

  transmit(message: Transmission): void {
    const { clock, timing } = this.#options;
    const { from, to, done } = message;
    const later = (outcome: 'queue-full' | 'down'): void => void clock.setTimer(0, () => done?.(outcome));
    if (!this.#air.isUp(from)) return later('down');
    const frames = timing.packets(message.bytes);
    const whole = new Assembly(frames.length, message.deliver);
    const outgoing = { to, frames, arrived: (node: NodeIndex) => whole.arrived(node), done: (outcome: TransmitOutcome) => done?.(outcome) };
    if (!this.#stations[from]!.enqueue(outgoing)) later('queue-full');
  }

  setUp(node: NodeIndex, isUp: boolean): void {
    if (this.#air.isUp(node) === isUp) return;
    this.#air.setUp(node, isUp);
    if (isUp) return;
    const dropped = this.#stations[node]!.reset();
    this.#options.clock.setTimer(0, () => {
      for (const message of dropped) message.done('down');
    });
  }
}

/** Notices when a receiver has all frames of a message. */
class Assembly {
  readonly #frames: number;
  readonly #deliver: (node: NodeIndex) => void;
  readonly #have = new Map<NodeIndex, number>();

  constructor(frames: number, deliver: (node: NodeIndex) => void) {
    this.#frames = frames;
    this.#deliver = deliver;
  }

  arrived(node: NodeIndex): void {
    const have = (this.#have.get(node) ?? 0) + 1;
    this.#have.set(node, have);
    if (have === this.#frames) this.#deliver(node);
  }
}
