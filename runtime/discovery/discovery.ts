/** Finds possible neighbours by beacons. It never holds up the start of a node, and a node without multicast only misses the hints. */
import type { Limits } from '../../core/limits.ts';
import type { Clock, Entropy, Log, Metrics, Timer } from '../../core/ports.ts';
import { formatTcpAddress } from '../links/tcp.ts';
import { decodeBeacon, encodeBeacon, type Beacon } from './beacon.ts';
import { HintTable, type Hint } from './hints.ts';
import { Multicast } from './multicast.ts';

export interface DiscoveryOptions {
  /** What this node says of itself. */
  readonly self: Beacon;
  readonly group: string;
  readonly port: number;
  /** Addresses of the interfaces to use; null for all. */
  readonly interfaces: readonly string[] | null;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  /** A node may be found at an address; nothing of this is proven. Called for every beacon. */
  readonly found: (hint: Hint) => void;
  /** That was not repeated for a while. */
  readonly lost: (hint: Hint) => void;
}

/** A start-up burst, so that a new node is found within a second although single datagrams get lost. */
const FIRST_DELAYS_MS = [50, 250, 700];

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #hints: HintTable;
  readonly #multicast: Multicast;
  readonly #beacon: Buffer;
  #timer: Timer | null = null;
  #sent = 0;
  #warned = false;

  /** Begins at once. */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#hints = new HintTable(options.limits);
    this.#beacon = encodeBeacon(options.self);
    this.#multicast = new Multicast({
      ...options,
      heard: (bytes, host) => this.#heard(bytes, host),
      failed: (error) => this.#failed(error),
    });
    this.#schedule();
  }

  /** The hints that are fresh. */
  list(): readonly Hint[] {
    return this.#hints.list();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#multicast.close();
  }

  #schedule(): void {
    const { clock, entropy, limits } = this.#options;
    // Nodes that were switched on together must not beacon together for ever.
    const jitter = 0.75 + (entropy.bytes(1)[0] ?? 0) / 512;
    const delayMs = FIRST_DELAYS_MS[this.#sent] ?? limits.beaconIntervalMs * jitter;
    this.#timer = clock.setTimer(delayMs, () => this.#beat());
  }

  #beat(): void {
    this.#sent++;
    this.#multicast.refresh();
    this.#multicast.send(this.#beacon);
    for (const hint of this.#hints.expire(this.#options.clock.monotonicMs())) this.#options.lost(hint);
    this.#schedule();
  }

  #heard(bytes: Buffer, host: string): void {
    const { clock, metrics, self, found } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#hints.allow(nowMs)) {
      metrics.count('sm_beacons_dropped_total');
      return;
    }
    const beacon = decodeBeacon(bytes, self.network);
    if (beacon === undefined || beacon.node === self.node) return;
    const hint = { address: formatTcpAddress({ host, port: beacon.port }), node: beacon.node, name: beacon.name };
    if (this.#hints.hear(hint, nowMs)) found(hint);
  }

  #failed(error: Error): void {
    this.#options.metrics.count('sm_beacon_failures_total');
    if (this.#warned) return;
    this.#warned = true;
    this.#options.log.warn(
      { group: this.#options.group, port: this.#options.port },
      `multicast does not work everywhere here (${error.message}); neighbours on such networks must be configured as peers`,
    );
  }
}
