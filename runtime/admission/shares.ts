/** What admission asks of quotas and of the node's capacity. Each question throws a RefusedError, or says nothing. */
import { RefusedError, type RefusalReason } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Account } from './ledger.ts';
import type { Shares } from './residents.ts';

interface Share {
  readonly residents: number;
  readonly bytes: number;
}

interface ShareMax {
  readonly residents: number;
  readonly residentBytes: number;
}

/** Is there room for one more Smart Message with `moreBytes` of state? */
export function checkShare(reason: RefusalReason, who: string, share: Share, max: ShareMax, moreBytes: number, retryAfterMs: number): void {
  if (share.residents >= max.residents) {
    throw new RefusedError(reason, `${who}: ${share.residents} Smart Messages here, the quota`, { retryAfterMs });
  }
  if (share.bytes + moreBytes > max.residentBytes) {
    throw new RefusedError(reason, `${who}: ${share.bytes} bytes here; ${moreBytes} more exceed the quota of ${max.residentBytes}`, {
      retryAfterMs,
    });
  }
}

function checkCpu(reason: RefusalReason, who: string, account: Account, nowMs: number): void {
  const waitMs = account.cpuWaitMs(nowMs);
  if (waitMs === 0) return;
  throw new RefusedError(reason, `${who}: the quota of ${account.quota.cpuMsPerMinute} ms CPU time per minute is used up`, {
    retryAfterMs: waitMs,
  });
}

export function checkLaunchRate(reason: RefusalReason, who: string, account: Account, nowMs: number): void {
  const waitMs = account.launchWaitMs(nowMs);
  if (waitMs === 0) return;
  throw new RefusedError(reason, `${who}: the quota of ${account.quota.launchesPerMinute} launches per minute is used up`, {
    retryAfterMs: waitMs,
  });
}

/** Is there room in the quotas of the author, whom `whose` names, and of the program? */
export function checkQuotas(whose: string, { author, code }: Shares, stateBytes: number, nowMs: number, retryAfterMs: number): void {
  checkShare('quota-author', whose, author, author.quota, stateBytes, retryAfterMs);
  checkShare('quota-code', 'this program', code, code.quota, stateBytes, retryAfterMs);
  checkCpu('quota-author', whose, author, nowMs);
  checkCpu('quota-code', 'this program', code, nowMs);
}

/** Is there room on the node? */
export function checkCapacity(held: { readonly count: number; readonly bytes: number }, stateBytes: number, limits: Limits): void {
  const { residents, residentBytes, retryAfterMs } = limits;
  if (held.count >= residents)
    throw new RefusedError('queue-full', `the node holds ${held.count} Smart Messages, its limit`, { retryAfterMs });
  if (held.bytes + stateBytes <= residentBytes) return;
  throw new RefusedError('queue-full', `the node holds ${held.bytes} bytes of Smart Messages; its limit is ${residentBytes}`, {
    retryAfterMs,
  });
}
