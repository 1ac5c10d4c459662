/**
 * Known bugs, put into nodes by way of their ports, to see that the checkers find them: a checker that has never found anything may be blind.
 */
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
] as const;

export type Canary = (typeof CANARIES)[number];

/** The table that a disk with this bug loses when the power goes. */
export function lostTable(canary: Canary | null): Table | null {
  if (canary === 'forgets-answers') return 'accepted';
  return canary === 'forgets-departures' ? 'outbox' : null;
}
