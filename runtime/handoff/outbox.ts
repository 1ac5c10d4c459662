/** The Smart Messages on their way out: the table of them, what is written of each, and what is reported. */
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Mutation } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import type { Channel } from '../links/channel.ts';
import type { Fates, Outgoing } from './departure.ts';
import type { HandoffOptions, HopOutcome, InDoubt, Leaving } from './types.ts';

export class Outbox {
  readonly entries = new Map<SmId, Outgoing>();
  private readonly options: HandoffOptions;
  /** Attempts whose outcome is open; bounded, so the others wait. */
  private open = 0;
  private waiting = false;

  constructor(options: HandoffOptions) {
    this.options = options;
  }

  /** A new entry; it is not in the table yet. */
  entry(sm: Resting, op: number, target: NodeId, fates: Fates | null): Outgoing {
    const nowMs = this.options.clock.monotonicMs();
    const deadlineMs = nowMs + this.patienceMs(target);
    return {
      sm,
      op,
      target,
      durable: !sm.header.transient,
      fates,
      isGone: false,
      sinceMs: nowMs,
      phase: 'departing',
      isOpen: false,
      attempts: 0,
      deadlineMs,
      notBeforeMs: nowMs,
      dueMs: deadlineMs,
      channel: null,
      offeredTo: null,
      offeredToBoot: null,
      offeredAtMs: nowMs,
      inDoubtSinceMs: nowMs,
      served: 0,
      bricksSent: 0,
      bricksBytes: 0,
      settle: null,
    };
  }

  /** For a departure of which nothing was sent: a neighbour without a link may be about to come back, or gone for good. */
  patienceMs(target: NodeId): number {
    const { offerTimeoutMs, reconnectGraceMs } = this.options.limits;
    return this.options.channel(target)?.open === true ? offerTimeoutMs : Math.min(offerTimeoutMs, reconnectGraceMs);
  }

  add(entry: Outgoing): void {
    this.entries.set(entry.sm.header.smId, entry);
  }

  /** Takes an entry out. The same Smart Message may be back and leaving again: then its new entry stays. */
  remove(entry: Outgoing): void {
    this.finish(entry);
    const { smId } = entry.sm.header;
    if (this.entries.get(smId) === entry) this.entries.delete(smId);
  }

  /** The entry whose latest attempt a neighbour speaks of. */
  match(channel: Channel, { smId, epoch }: { readonly smId: SmId; readonly epoch: number }): Outgoing | null {
    const entry = this.entries.get(smId);
    return entry !== undefined && entry.sm.epoch === epoch && entry.target === channel.peer.nodeId ? entry : null;
  }

  /** The channel for a new attempt, or null when the neighbour is away or too many attempts are open. */
  channelFor(entry: Outgoing): Channel | null {
    if (this.open >= this.options.limits.inDoubt) {
      this.waiting = true;
      return null;
    }
    const channel = this.options.channel(entry.target);
    return channel?.open === true ? channel : null;
  }

  begin(entry: Outgoing): void {
    if (!entry.isOpen) this.open++;
    entry.isOpen = true;
  }

  finish(entry: Outgoing): void {
    if (entry.isOpen) this.open--;
    entry.isOpen = false;
  }

  /** Entries that waited for others to finish and may begin now. */
  *released(): Generator<Outgoing> {
    if (!this.waiting) return;
    this.waiting = false;
    for (const entry of this.entries.values()) {
      if (this.open >= this.options.limits.inDoubt) {
        this.waiting = true;
        return;
      }
      if (entry.phase === 'queued' && entry.attempts === 0) yield entry;
    }
  }

  /** Time lived until now. */
  ageMs(entry: Outgoing): number {
    return entry.sm.header.ageMs + this.options.clock.monotonicMs() - entry.sinceMs;
  }

  record(entry: Outgoing): Mutation {
    const { sm, op, target, offeredTo } = entry;
    const inDoubtMs = entry.phase === 'in-doubt' ? this.options.clock.monotonicMs() - entry.inDoubtSinceMs : 0;
    const aged = { ...sm, header: { ...sm.header, ageMs: this.ageMs(entry) } };
    return this.options.journal.departure({ sm: aged, op, target, offeredTo, inDoubtMs });
  }

  /** Whether the neighbour, as it is now, can know what became of the attempt. */
  canAnswer(entry: Outgoing): boolean {
    const peer = this.options.channel(entry.target)?.peer;
    if (peer === undefined) return true;
    return entry.durable ? peer.incarnation === entry.offeredTo : peer.boot === entry.offeredToBoot;
  }

  inDoubt(): InDoubt[] {
    const nowMs = this.options.clock.monotonicMs();
    return [...this.entries.values()]
      .filter((entry) => entry.phase === 'in-doubt')
      .map((entry) => ({
        smId: entry.sm.header.smId,
        family: entry.sm.launch.request.nonce,
        target: entry.target,
        epoch: entry.sm.epoch,
        forMs: nowMs - entry.inDoubtSinceMs,
        unanswerable: !this.canAnswer(entry),
      }));
  }

  leaving(): Leaving[] {
    return [...this.entries.values()].map(({ sm, target, phase }) => ({ sm, target, inDoubt: phase === 'in-doubt' }));
  }

  /** Counts and tells the outcome of the latest attempt. */
  report(entry: Outgoing, outcome: HopOutcome['outcome']): void {
    const { metrics, clock, hooks } = this.options;
    metrics.count('sm_handoffs_total', OUTCOME_LABELS[outcome]);
    if (outcome !== 'not-accepted') entry.fates?.set(entry.target, outcome);
    hooks.hop({
      family: entry.sm.launch.request.nonce,
      smId: entry.sm.header.smId,
      hops: entry.sm.header.hops,
      root: entry.sm.header.root,
      to: entry.target,
      link: entry.channel?.peer.link ?? '',
      epoch: entry.sm.epoch,
      outcome,
      ms: clock.monotonicMs() - entry.offeredAtMs,
      stateBytes: entry.sm.state.length,
      bricksSent: entry.bricksSent,
    });
  }
}

const OUTCOME_LABELS = {
  accepted: { direction: 'out', outcome: 'accepted' },
  refused: { direction: 'out', outcome: 'refused' },
  'in-doubt': { direction: 'out', outcome: 'in-doubt' },
  'not-accepted': { direction: 'out', outcome: 'not-accepted' },
} as const;
