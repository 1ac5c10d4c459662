/** Who uses how much of this node right now: live accounting per author, per code and per Smart Message. */
import type { Clock } from '../../core/ports.ts';
import type { Quota } from '../policy/types.ts';
import { TokenBucket } from './bucket.ts';

const MINUTE_MS = 60_000;

/** What one author, or one code, uses. */
export class Account {
  residents = 0;
  bytes = 0;
  #quota: Quota;
  #cpu: TokenBucket;
  #launches: TokenBucket;

  constructor(quota: Quota, nowMs: number) {
    this.#quota = quota;
    this.#cpu = perMinute(quota.cpuMsPerMinute, nowMs);
    this.#launches = perMinute(quota.launchesPerMinute, nowMs);
  }

  get quota(): Quota {
    return this.#quota;
  }

  /** Rates begin anew under a changed quota; what is resident stays counted. */
  setQuota(quota: Quota, nowMs: number): void {
    if (quota === this.#quota) return;
    if (quota.cpuMsPerMinute !== this.#quota.cpuMsPerMinute) this.#cpu = perMinute(quota.cpuMsPerMinute, nowMs);
    if (quota.launchesPerMinute !== this.#quota.launchesPerMinute) this.#launches = perMinute(quota.launchesPerMinute, nowMs);
    this.#quota = quota;
  }

  charge(cpuMs: number, nowMs: number): void {
    this.#cpu.take(cpuMs, nowMs);
  }

  /** Milliseconds until CPU time is left again; 0 when some is. */
  cpuWaitMs(nowMs: number): number {
    return this.#cpu.waitMs(nowMs);
  }

  launchWaitMs(nowMs: number): number {
    return this.#launches.waitMs(nowMs);
  }

  countLaunch(nowMs: number): void {
    this.#launches.take(1, nowMs);
  }

  uncountLaunch(): void {
    this.#launches.giveBack(1);
  }

  /** True when forgetting this account changes nothing. */
  idle(nowMs: number): boolean {
    return this.residents === 0 && this.#cpu.full(nowMs) && this.#launches.full(nowMs);
  }
}

function perMinute(amount: number, nowMs: number): TokenBucket {
  return new TokenBucket(amount / MINUTE_MS, amount, nowMs);
}

/** Accounts by key, in bounded number: idle ones are forgotten. */
export class Accounts {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();
  #sweepAt: number;

  constructor(clock: Clock, sweepAt: number) {
    this.#clock = clock;
    this.#sweepAt = sweepAt;
  }

  open(key: string, quota: Quota): Account {
    const nowMs = this.#clock.monotonicMs();
    let account = this.#accounts.get(key);
    if (account === undefined) {
      if (this.#accounts.size >= this.#sweepAt) this.#forgetIdle(nowMs);
      account = new Account(quota, nowMs);
      this.#accounts.set(key, account);
    } else {
      account.setQuota(quota, nowMs);
    }
    return account;
  }

  get size(): number {
    return this.#accounts.size;
  }

  #forgetIdle(nowMs: number): void {
    const before = this.#accounts.size;
    for (const [key, account] of this.#accounts) if (account.idle(nowMs)) this.#accounts.delete(key);
    // When nothing could be forgotten, the residents bound the number; do not look again at every call.
    this.#sweepAt = Math.max(this.#sweepAt, before === this.#accounts.size ? before * 2 : 0);
  }
}
