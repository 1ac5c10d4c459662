/** One token bucket per client of some kind, in bounded number. */
import { RefusedError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { TokenBucket } from './bucket.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #what: string;
  readonly #maxBuckets: number;
  readonly #buckets = new Map<string, TokenBucket>();
  #rate: Rate;

  /** @param what names the limited thing in refusals: `offers from a neighbour`. */
  constructor(options: { readonly clock: Clock; readonly what: string; readonly rate: Rate; readonly maxBuckets: number }) {
    this.#clock = options.clock;
    this.#what = options.what;
    this.#rate = options.rate;
    this.#maxBuckets = options.maxBuckets;
  }

  /** Every bucket starts anew with the new rate. */
  setRate(rate: Rate): void {
    if (rate.perSecond === this.#rate.perSecond && rate.burst === this.#rate.burst) return;
    this.#rate = rate;
    this.#buckets.clear();
  }

  /**
   * Takes one token of `client`.
   * @throws RefusedError `rate-limited`, which says when to ask again.
   */
  take(client: string): void {
    const nowMs = this.#clock.monotonicMs();
    let bucket = this.#buckets.get(client);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#maxBuckets) this.#forgetFull(nowMs);
      bucket = new TokenBucket(this.#rate.perSecond / 1000, this.#rate.burst, nowMs);
      this.#buckets.set(client, bucket);
    }
    const waitMs = bucket.waitMs(nowMs);
    if (waitMs > 0) {
      const { perSecond, burst } = this.#rate;
      throw new RefusedError('rate-limited', `${this.#what}: more than ${perSecond} per second (${burst} at once)`, {
        retryAfterMs: waitMs,
      });
    }
    bucket.take(1, nowMs);
  }

  #forgetFull(nowMs: number): void {
    for (const [client, bucket] of this.#buckets) if (bucket.full(nowMs)) this.#buckets.delete(client);
    if (this.#buckets.size < this.#maxBuckets) return;
    throw new RefusedError('rate-limited', `${this.#what}: ${this.#maxBuckets} clients are being limited already`, { retryAfterMs: 1000 });
  }
}
