/** Hops that this node offered to its neighbours, for `sm trace`. */
import type { FamilyId } from '../../core/ids.ts';
import type { Metrics } from '../../core/ports.ts';
import type { HopInfo } from '../control/protocol.ts';
import { Feed } from './feed.ts';

/** One offer and what became of it. */
export type HopEvent = HopInfo;

export class HopEvents {
  readonly #feed: Feed<HopEvent>;

  readonly #metrics: Metrics;

  constructor(options: { readonly capacity: number; readonly metrics: Metrics }) {
    this.#feed = new Feed(options.capacity);
    this.#metrics = options.metrics;
  }

  record(hop: HopEvent): void {
    this.#feed.record(hop);
    if (hop.bricksSent > 0) this.#metrics.count('sm_bricks_sent_total', undefined, hop.bricksSent);
    if (hop.outcome !== 'accepted') return;
    this.#metrics.observe('sm_hop_seconds', hop.ms / 1000, { link: hop.link });
    this.#metrics.observe('sm_hop_state_bytes', hop.stateBytes);
  }

  /** Hops of one application that are remembered, oldest first. */
  ofFamily(family: FamilyId): readonly HopEvent[] {
    return this.#feed.recent((hop) => hop.family === family);
  }

  /** @returns how to stop. */
  follow(family: FamilyId, follower: (hop: HopEvent) => void): () => void {
    return this.#feed.follow((hop) => hop.family === family, follower);
  }
}
