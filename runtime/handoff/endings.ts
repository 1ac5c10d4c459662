/**
 * How a departure ends. Whatever ends it is durable before anything is made of it; when it cannot be stored, the entry goes
 * back to where the question was still open, and is looked at again.
 */
import { invariant } from '../../core/errors.ts';
import type { Urgency } from '../../core/ports.ts';
import { NOTHING_TO_DO, type Stations, type Step } from '../guard/stations.ts';
import type { Passage } from '../journal/guard-records.ts';
import { type Fates, type Outgoing, type UpCall, canLiveAgain, outlived, secondLifeOf, withUpCall } from './departure.ts';
import type { Edges } from './edges.ts';
import type { Outbox } from './outbox.ts';
import type { HandoffOptions } from './types.ts';

export class Endings {
  private readonly options: HandoffOptions;
  private readonly edges: Edges;
  private readonly outbox: Outbox;
  private readonly stations: Stations;

  constructor(options: HandoffOptions, edges: Edges, outbox: Outbox, stations: Stations) {
    this.options = options;
    this.edges = edges;
    this.outbox = outbox;
    this.stations = stations;
  }

  /**
   * The neighbour has it: forget it durably, then let the neighbour forget the attempt. Others are told at once and once, because it
   * may be back before this end has forgotten it.
   */
  handedOver(entry: Outgoing): void {
    entry.phase = 'left';
    if (!entry.isGone) {
      entry.isGone = true;
      this.outbox.report(entry, 'accepted');
      this.options.hooks.left(entry.sm, entry.target);
    }
    const sm = { ...entry.sm, header: { ...entry.sm.header, ageMs: this.outbox.ageMs(entry) } };
    this.forget(entry, this.stations.left({ sm, op: entry.op }, passageOf(entry)), () => {}, 'patient');
  }

  /** The up-call: the Smart Message goes on here. Only when the neighbour cannot have it. */
  stay(entry: Outgoing, call: UpCall): void {
    const { hooks, journal, self, clock, limits, log } = this.options;
    const { smId } = entry.sm.header;
    this.outbox.finish(entry);
    entry.phase = 'staying';
    const clones = entry.fates === null ? {} : fatesAsLists(entry.fates);
    const aged = { ...entry.sm, header: { ...entry.sm.header, ageMs: this.outbox.ageMs(entry) } };
    const staying = withUpCall(aged, entry.op, call, { start: self, reached: self, neighbour: entry.target, ...clones });
    const here = (): void => {
      this.outbox.remove(entry);
      this.settleEarlier(entry);
      hooks.resume(staying);
    };
    if (!entry.durable) return here();
    this.edges.write('stay', [journal.noDeparture(smId), journal.resident(staying)], here, (error) => {
      log.error({ smId, err: error }, 'an up-call could not be stored and is tried again');
      entry.phase = 'queued';
      entry.deadlineMs = clock.monotonicMs();
      entry.dueMs = entry.deadlineMs + limits.retryAfterMs;
    });
  }

  /** The answer did not come, or the channel closed before it could. */
  doubt(entry: Outgoing): void {
    const nowMs = this.options.clock.monotonicMs();
    this.outbox.report(entry, 'in-doubt');
    entry.phase = 'in-doubt';
    entry.inDoubtSinceMs = nowMs;
    entry.dueMs = this.nextLook(entry, nowMs);
  }

  /** When to ask again, or when the policy decides. */
  nextLook(entry: Outgoing, nowMs: number): number {
    const decideMs = entry.inDoubtSinceMs + entry.sm.launch.request.inDoubtTimeoutMs;
    const askMs = nowMs + this.options.limits.offerTimeoutMs;
    return decideMs > nowMs ? Math.min(decideMs, askMs) : askMs;
  }

  /** What the Smart Message declared for this case, once its time is over. True when it is decided: also when it was, and only could not be stored. */
  decide(entry: Outgoing, nowMs: number): boolean {
    const { request } = entry.sm.launch;
    if (entry.isGone) {
      this.handedOver(entry);
      return true;
    }
    if (this.outbox.ageMs(entry) >= request.resources.lifetimeMs) {
      return this.giveUp(entry, 'lost', 'its lifetime was over while it was in doubt');
    }
    if (nowMs < entry.inDoubtSinceMs + request.inDoubtTimeoutMs) return false;
    if (canLiveAgain(entry.sm) && this.mayLiveAgain(entry, nowMs)) return this.liveAgain(entry);
    // A transient never waits: its neighbour may have forgotten it for good, and nobody could answer any more.
    const drops = request.inDoubt === 'drop' || !entry.durable;
    return drops && this.giveUp(entry, 'dropped', `in doubt for ${request.inDoubtTimeoutMs} ms`);
  }

  /** Tells the neighbour that it may drop its record of a refused attempt: this end has moved on durably. */
  settleEarlier(entry: Outgoing): void {
    const channel = this.options.channel(entry.target);
    if (entry.settle === null || channel?.open !== true) return;
    this.edges.sendLossy(channel, { type: 'settled', smId: entry.sm.header.smId, epoch: entry.settle });
    entry.settle = null;
  }

  private giveUp(entry: Outgoing, outcome: 'dropped' | 'lost', reason: string): true {
    entry.phase = 'given-up';
    this.forget(entry, NOTHING_TO_DO, () => this.options.hooks.ended(entry.sm, outcome, reason));
    return true;
  }

  /** A later life of it has taken over: it ends, and if its neighbour has it, that one is told. */
  giveUpOutlived(entry: Outgoing): void {
    const step = entry.phase === 'in-doubt' ? this.stations.fenced(entry.sm, passageOf(entry)) : NOTHING_TO_DO;
    entry.phase = 'given-up';
    this.forget(entry, step, () => this.options.hooks.ended(outlived(entry.sm), 'lost', 'it was presumed dead, and a later life goes on'));
  }

  /** Who waits in doubt and is guarded has a copy at the best place already: here. It lives when the neighbour is as long away as one of a guard. */
  private mayLiveAgain(entry: Outgoing, nowMs: number): boolean {
    const { inDoubt } = entry.sm.launch.request;
    if (inDoubt !== 'wait') return inDoubt === 'duplicate';
    if (nowMs < entry.inDoubtSinceMs + this.options.limits.guardLeaseMs) return false;
    return this.options.channel(entry.target)?.open !== true || !this.outbox.canAnswer(entry);
  }

  private liveAgain(entry: Outgoing): true {
    const { hooks, journal, self } = this.options;
    const call: UpCall = { name: 'MigrationTimeout', message: 'the hand-off stayed in doubt; this is a duplicate', reason: 'in-doubt' };
    const second = withUpCall(secondLifeOf(entry.sm), entry.op, call, { start: self, reached: self, neighbour: entry.target });
    const { guard } = entry.sm.launch.request;
    const step = guard === 0 ? NOTHING_TO_DO : this.stations.outlived(entry.sm, passageOf(entry), second);
    entry.phase = 'given-up';
    this.forget(entry, { ...step, mutations: [journal.resident(second), ...step.mutations] }, () => {
      this.options.code.pin(second.manifest);
      hooks.ended(outlived(entry.sm), 'lost', 'in doubt; a duplicate goes on');
      hooks.resume(second);
    });
    return true;
  }

  /** Whatever the neighbour remembers of the attempt, it may forget it too, as soon as this end has forgotten durably. */
  private forget(entry: Outgoing, step: Step, done: () => void, urgency: Urgency = 'urgent'): void {
    const { smId } = entry.sm.header;
    const { epoch } = entry.sm;
    const gone = (): void => {
      step.done();
      this.outbox.remove(entry);
      const channel = this.options.channel(entry.target);
      if (channel?.open === true) this.edges.sendLossy(channel, { type: 'settled', smId, epoch });
      done();
    };
    if (!entry.durable) return gone();
    const failed = (error: Error): void => {
      step.undo();
      this.options.log.error({ smId, err: error }, 'the end of a hand-off could not be stored; it is asked about again');
      entry.phase = 'in-doubt';
      entry.dueMs = this.options.clock.monotonicMs() + this.options.limits.retryAfterMs;
    };
    this.edges.write('forget', [this.options.journal.noDeparture(smId), ...step.mutations], gone, failed, urgency);
  }
}

function passageOf({ sm, target, offeredTo }: Outgoing): Passage {
  invariant(offeredTo !== null, `${sm.header.smId} went on and was never offered`);
  return { epoch: sm.epoch, next: target, nextStore: offeredTo };
}

/** What is known of all the clones by now, as the program is told. */
function fatesAsLists(fates: Fates): Record<'accepted' | 'refused' | 'inDoubt' | 'underWay', readonly string[]> {
  const those = (wanted: string): string[] => [...fates].filter(([, fate]) => fate === wanted).map(([node]) => node);
  return { accepted: those('accepted'), refused: those('refused'), inDoubt: those('in-doubt'), underWay: those('under way') };
}
