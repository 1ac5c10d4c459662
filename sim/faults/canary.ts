/**
 * Known bugs, put into nodes by way of their ports, to see that the checkers find them: a checker that has never found anything may be blind.
 */
import type { MessageType } from '../../core/messages.ts';
import type { Table } from '../../core/ports.ts';

export const CANARIES = [
  /** Disks lose what they said to senders, so a receiver takes an attempt for new that it has accepted. */
  'forgets-answers',
  /** Disks lose who is leaving: a sender forgets before it has heard ACCEPT. */
  'forgets-departures',
  /** Workers do not hear that a time has come. */
  'sleeps-on',
  /** Programs are shown every tag, whatever their rights. */
  'shows-all-tags',
  /** Nodes do not hear of copies that others keep for them: nobody who was presumed dead learns of it. */
  'hears-no-fences',
  /** Nodes do not hear what becomes of whom they keep copies of. */
  'hears-no-renewals',
] as const;

export type Canary = (typeof CANARIES)[number];

/** Messages of this type are not heard. */
export function unheardMessage(canary: Canary | null): MessageType | null {
  if (canary === 'hears-no-fences') return 'renewed';
  return canary === 'hears-no-renewals' ? 'renew' : null;
}

/** Whether a bug can only be seen in guarded programs. */
export function isOfGuards(canary: Canary | undefined): boolean {
  return unheardMessage(canary ?? null) !== null;
}

/** The table that a disk with this bug loses when the power goes. */
export function lostTable(canary: Canary | null): Table | null {
  if (canary === 'forgets-answers') return 'accepted';
  return canary === 'forgets-departures' ? 'outbox' : null;
}
