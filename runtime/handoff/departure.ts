/** From a Smart Message that asks to leave to the departures that are made of it: itself, or one clone per target. */
import { NO_BUDGET, spend, splitEqually } from '../../core/budget.ts';
import { RefusedError } from '../../core/errors.ts';
import type { Incarnation, NodeId, SmId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import { descendantId } from '../../core/lineage.ts';
import type { Budget } from '../../core/program.ts';
import type { Resting } from '../../core/sm.ts';
import type { Channel } from '../links/channel.ts';

/** Stands for the second life among the descendants of an attempt; clones are numbered from 0. */
const SECOND_LIFE_INDEX = 0xffff_ffff;

/**
 * Of what is left of the reserve, one part in so many stays behind with every offer, for a second life: a duplicate should the offer end
 * in doubt, or one that a guard revives. Guarding must last for long journeys, so its parts are smaller.
 */
const DUPLICATE_SHARE = 4;
const GUARD_SHARE = 16;

/**
 * - `departing`: the slice that asked for it is not durable yet; nothing may leave.
 * - `queued`: nothing of the latest attempt was sent.
 * - `writing`: its epoch is on the way to the disk; nothing was sent.
 * - `offered`: OFFER was sent and everything asked for.
 * - `in-doubt`: the answer did not come in time or the channel closed; only an answer to QUERY or the policy ends this.
 * - `left`, `staying`, `given-up`: the outcome is known and on its way to the disk.
 */
type Phase = 'departing' | 'queued' | 'writing' | 'offered' | 'in-doubt' | 'left' | 'staying' | 'given-up';

/** The clones of one `sysMigrate` to several neighbours. */
export type Fates = Map<NodeId, 'under way' | 'accepted' | 'refused' | 'in-doubt'>;

/** One Smart Message on its way out. */
export interface Outgoing {
  /** Its budget is what stays with it if it stays; its epoch that of the latest attempt. */
  sm: Resting;
  readonly op: number;
  readonly target: NodeId;
  readonly durable: boolean;
  readonly fates: Fates | null;
  /** The neighbour has it, and that was told. */
  isGone: boolean;
  /** When it asked to leave, and with what age. */
  readonly sinceMs: number;
  phase: Phase;
  /** Counts among the attempts whose outcome is open. */
  isOpen: boolean;
  attempts: number;
  /** No new attempt after this; monotonic. */
  deadlineMs: number;
  /** No new attempt before this; monotonic. */
  notBeforeMs: number;
  /** When the sweep looks at it next. */
  dueMs: number;
  /** The session of the latest attempt. */
  channel: Channel | null;
  offeredTo: Incarnation | null;
  offeredToBoot: string | null;
  offeredAtMs: number;
  inDoubtSinceMs: number;
  /** Questions for code that this attempt has answered. */
  served: number;
  bricksSent: number;
  /** Bytes of code that this attempt has sent; the receiver charges them. */
  bricksBytes: number;
  /** Epoch of an attempt that was not accepted, whose record the neighbour may drop as soon as this end has moved on durably. */
  settle: number | null;
}

/** What one attempt costs: the hop if it is accepted, the bytes in any case. */
export function attemptCost(sm: Resting): { readonly hop: Budget; readonly bytes: Budget } {
  return { hop: { ...NO_BUDGET, hops: 1 }, bytes: { ...NO_BUDGET, bytes: sm.state.length } };
}

/**
 * The Smart Messages that leave: the one itself for one target, else one clone for each, among which the budget is split.
 * The first clone goes on as the root, if the original was it.
 *
 * @throws RefusedError when it may not leave: `budget-exhausted`, `state-too-large`
 */
export function travellers(sm: Resting, targets: readonly NodeId[], limits: Limits): Resting[] {
  const maxBytes = Math.min(limits.stateBytes, sm.launch.request.resources.bytesPerHop);
  if (sm.state.length > maxBytes)
    throw new RefusedError('state-too-large', `its state has ${sm.state.length} bytes of at most ${maxBytes}`);
  const leaving = targets.length === 1 ? [sm] : clones(sm, targets.length);
  for (const traveller of leaving) {
    const cost = attemptCost(traveller);
    spend(spend(traveller.header.budget, cost.bytes), cost.hop);
  }
  return leaving;
}

function clones(sm: Resting, count: number): Resting[] {
  const epoch = sm.epoch + 1;
  const budgets = splitEqually(spend(sm.header.budget, { ...NO_BUDGET, children: count }), count);
  const reserves = splitEqually(sm.header.reserve, count);
  return budgets.map((budget, index) => ({
    ...sm,
    epoch,
    header: {
      ...sm.header,
      smId: descendantId(sm.header.smId, epoch, index),
      parent: sm.header.smId,
      root: sm.header.root && index === 0,
      budget,
      reserve: reserves[index] as Budget,
    },
  }));
}

/** What of the reserve travels with an offer; the rest stays behind for a second life, and is burned when it is certain that there will be none. */
export function travellingReserve(sm: Resting): Budget {
  const { reserve } = sm.header;
  const { inDoubt, guard } = sm.launch.request;
  if (inDoubt !== 'duplicate' && guard === 0) return reserve;
  return spend(reserve, keptReserve(sm));
}

function keptReserve(sm: Resting): Budget {
  const { reserve } = sm.header;
  const share = sm.launch.request.guard > 0 ? GUARD_SHARE : DUPLICATE_SHARE;
  const part = (quantity: number): number => Math.ceil(quantity / share);
  return { hops: part(reserve.hops), cpuMs: part(reserve.cpuMs), bytes: part(reserve.bytes), children: part(reserve.children) };
}

/** Whether a second life could run at all on the part of the reserve that stayed behind. */
export function canLiveAgain(sm: Resting): boolean {
  const { inDoubt, guard } = sm.launch.request;
  return (inDoubt === 'duplicate' || guard > 0) && keptReserve(sm).cpuMs > 0;
}

/**
 * A second life for a Smart Message that left and is in doubt or presumed dead, under a name of its own: the first one may be alive. Both are
 * the root if the first was: the origin keeps the result that comes first. One that is guarded keeps half for guards of its own.
 */
export function secondLifeOf(sm: Resting): Resting {
  const smId: SmId = descendantId(sm.header.smId, sm.epoch, SECOND_LIFE_INDEX);
  const kept = keptReserve(sm);
  const [budget, reserve] = sm.launch.request.guard > 0 ? (splitEqually(kept, 2) as [Budget, Budget]) : [kept, NO_BUDGET];
  const header = { ...sm.header, smId, parent: sm.header.smId, budget, reserve };
  return { ...sm, header };
}

/** The first life as it is spoken of when a second one goes on: its end is no result. */
export function outlived(sm: Resting): Resting {
  return { ...sm, header: { ...sm.header, root: false } };
}

/** JSON text of the events with which the program continues after an accepted hop. */
export function hopped(op: number): string {
  return JSON.stringify([{ op, value: null }]);
}

/** What an up-call tells the program. */
export interface UpCall {
  readonly name: 'MigrationTimeout' | 'MigrationRefused';
  readonly message: string;
  readonly reason: string;
  readonly retryAfterMs?: number | null;
}

/** The same Smart Message, continuing here with an error thrown at the awaited operation. */
export function withUpCall(sm: Resting, op: number, call: UpCall, data: Readonly<Record<string, unknown>>): Resting {
  const { name, message, ...details } = call;
  const events = JSON.stringify([{ op, error: { name, message, data: { ...details, ...data } } }]);
  return { ...sm, waits: '[]', header: { ...sm.header, events } };
}
