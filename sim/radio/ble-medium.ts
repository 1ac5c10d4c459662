/** The medium of nodes with Bluetooth Low Energy: connections between neighbours, advertisements to all. */
import { LIMITS } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Medium, NodeIndex, Transmission, TransmitOutcome } from '../medium.ts';
import type { Trajectory } from '../mobility/trajectory.ts';
import type { RandomStream } from '../random.ts';
import type { RadioObserver } from './air.ts';
import { BleConnection } from './ble-connection.ts';
import { BleRadios } from './ble-radios.ts';
import type { BleTiming } from './ble.ts';
import { Neighbourhood } from './neighbourhood.ts';
import type { Propagation } from './propagation.ts';

export interface BleMediumOptions {
  readonly clock: Clock;
  /** One for each node. */
  readonly trajectories: readonly Trajectory[];
  readonly propagation: Propagation;
  readonly timing: BleTiming;
  /** Probability that a receiver loses a packet for no other reason than chance. */
  readonly lossRate?: number;
  readonly random: RandomStream;
  readonly observer?: RadioObserver;
  /** Messages that wait at a node; further ones end as `queue-full`. */
  readonly queuedMax?: number;
}

/** advDelay: up to so much is added to each advertising interval (4.4.2.2). */
const ADVERTISING_DELAY_MS = 10;

/**
 * What is modelled: connection events at fixed intervals, in which two nodes exchange packets that are acknowledged and repeated by the link layer;
 * one radio a node, so that it is at one event at a time; packets that meet on the same of 37 (advertising: 3) channels; advertisements that are
 * repeated and heard by those that scan. What is not: the making of a connection, its empty events, L2CAP credits.
 */
export class BleMedium implements Medium {
  readonly neighbourhood: Neighbourhood;
  readonly #options: BleMediumOptions;
  readonly #radios: BleRadios;
  readonly #connections = new Map<string, BleConnection>();
  readonly #queued: number[];

  constructor(options: BleMediumOptions) {
    this.#options = options;
    this.neighbourhood = new Neighbourhood(options.trajectories, options.propagation);
    this.#radios = new BleRadios({ ...options, neighbourhood: this.neighbourhood, nodes: options.trajectories.length });
    this.#queued = options.trajectories.map(() => 0);
  }

  /** Throws MisuseError `too-long` for a broadcast that no advertisement can hold. */
  transmit(message: Transmission): void {
    const { clock, timing, queuedMax = LIMITS.simQueuedMessages } = this.#options;
    const { from, to } = message;
    const later = (outcome: TransmitOutcome): void => void clock.setTimer(0, () => message.done?.(outcome));
    if (!this.#radios.isUp(from)) return later('down');
    if (this.#queued[from]! >= queuedMax) return later('queue-full');
    this.#queued[from]! += 1;
    const done = (outcome: TransmitOutcome): void => {
      this.#queued[from]! -= 1;
      message.done?.(outcome);
    };
    if (to === 'broadcast') this.#advertise(message, timing.advertisementMs(message.bytes), done);
    else this.#connection(from, to).enqueue({ from, segments: timing.segments(message.bytes), delivered: () => message.deliver(to), done });
  }

  setUp(node: NodeIndex, isUp: boolean): void {
    if (this.#radios.isUp(node) === isUp) return;
    this.#radios.setUp(node, isUp);
    if (isUp) return;
    for (const connection of this.#connections.values()) connection.drop(node);
  }

  #connection(a: NodeIndex, b: NodeIndex): BleConnection {
    const key = `${Math.min(a, b)},${Math.max(a, b)}`;
    const open = this.#connections.get(key);
    if (open !== undefined) return open;
    const made = new BleConnection({ ...this.#options, radios: this.#radios, nodes: [Math.min(a, b), Math.max(a, b)] }, () =>
      this.#connections.delete(key),
    );
    this.#connections.set(key, made);
    return made;
  }

  /** Repeats a broadcast; whoever has heard it once ignores the rest. */
  #advertise(message: Transmission, packetsMs: readonly number[], done: (outcome: TransmitOutcome) => void): void {
    const { clock, timing, random } = this.#options;
    const life = this.#radios.lifeOf(message.from);
    const heard = new Set<NodeIndex>();
    const event = (left: number): void => {
      if (this.#radios.lifeOf(message.from) !== life) return done('down');
      if (left === 0) return done('sent');
      const next = (): void =>
        void clock.setTimer(timing.advertisingIntervalMs + random.between(0, ADVERTISING_DELAY_MS), () => event(left - 1));
      const waitMs = this.#radios.busyForMs(message.from);
      if (waitMs > 0) return void clock.setTimer(waitMs, () => event(left));
      this.#radios.advertise(message.from, packetsMs, (receivers) => {
        for (const node of receivers) {
          if (heard.has(node)) continue;
          heard.add(node);
          message.deliver(node);
        }
        next();
      });
    };
    clock.setTimer(random.between(0, ADVERTISING_DELAY_MS), () => event(timing.advertisements));
  }
}
