/**
 * The sending half: from a Smart Message that asks to leave to the neighbour that has it, or to the up-call.
 *
 * Each attempt has an epoch of its own, durable before its OFFER leaves. Once an OFFER has left, only four things end the
 * attempt: ACCEPT, REFUSE, a believed answer to QUERY, or, when those fail to come, the Smart Message's own policy.
 */
import { spend } from '../../core/budget.ts';
import { RefusedError } from '../../core/errors.ts';
import type { Hash, NodeId, SmId } from '../../core/ids.ts';
import type { Accept, Answer, Need, Refuse } from '../../core/messages.ts';
import type { Mutation } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import { NOTHING_TO_DO, type Stations } from '../guard/stations.ts';
import type { Channel } from '../links/channel.ts';
import { type Fates, type Outgoing, type UpCall, attemptCost, travellers, withUpCall } from './departure.ts';
import { Attempts } from './attempts.ts';
import { beginning } from './code-request.ts';
import type { Edges } from './edges.ts';
import { Endings } from './endings.ts';
import { Outbox } from './outbox.ts';
import { Sweep } from './sweep.ts';
import type { DepartureRequest, HandoffOptions } from './types.ts';

/** Questions for code that one attempt answers: for the manifest with its bricks, and for bricks that are still missing. */
const SERVES_PER_ATTEMPT = 2;
const RETRYABLE: ReadonlySet<string> = new Set(['queue-full', 'rate-limited', 'records-full', 'store-full', 'unknown-code']);

export class Sender {
  readonly outbox: Outbox;
  private readonly options: HandoffOptions;
  private readonly edges: Edges;
  private readonly stations: Stations;
  private readonly endings: Endings;
  private readonly attempts: Attempts;
  private readonly sweep: Sweep;

  constructor(options: HandoffOptions, edges: Edges, stations: Stations) {
    this.options = options;
    this.edges = edges;
    this.outbox = new Outbox(options);
    this.stations = stations;
    this.endings = new Endings(options, edges, this.outbox, stations);
    this.attempts = new Attempts(options, edges, this.outbox, this.endings);
    this.sweep = new Sweep(options.clock, this.outbox.entries, (entry, nowMs) => this.due(entry, nowMs));
  }

  /** See `Handoff.depart`. */
  depart(request: DepartureRequest): Promise<void> | null {
    const { sm, targets } = request;
    let leaving: Resting[];
    try {
      leaving = travellers(sm, targets, this.options.limits);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const { message, reason, retryAfterMs } = error;
      return this.stayInstead(request, { name: 'MigrationRefused', message, reason, retryAfterMs });
    }
    const fates: Fates | null = leaving.length > 1 ? new Map(targets.map((target) => [target, 'under way'])) : null;
    const entries = leaving.map((traveller, index) => this.outbox.entry(traveller, request.op, targets[index] as NodeId, fates));
    for (const entry of entries) this.outbox.add(entry);
    this.sweep.start();
    return sm.header.transient ? this.departTransient(request, entries) : this.departDurable(request, entries);
  }

  accept(channel: Channel, message: Accept): void {
    const entry = this.outbox.match(channel, message);
    if (entry === null || !isUndecided(entry)) return this.settleOld(channel, message, entry);
    this.endings.handedOver(entry);
    this.attempts.release();
  }

  refuse(channel: Channel, message: Refuse): void {
    const entry = this.outbox.match(channel, message);
    if (entry === null || entry.phase !== 'offered' || entry.channel !== channel) return;
    const { reason, detail, retryAfterMs } = message;
    this.outbox.report(entry, 'refused');
    if (reason === 'superseded') return this.endings.giveUpOutlived(entry);
    const againMs = this.options.clock.monotonicMs() + (retryAfterMs ?? 0);
    if (RETRYABLE.has(reason) && retryAfterMs !== null && this.attempts.mayTryAgain(entry, againMs)) {
      this.options.metrics.count('sm_handoff_retries_total', { reason });
      this.attempts.requeue(entry, againMs);
    } else {
      this.endings.stay(entry, {
        name: 'MigrationRefused',
        message: `${channel.peer.name} refused: ${reason}: ${detail}`,
        reason,
        retryAfterMs,
      });
    }
    this.attempts.release();
  }

  /** Code is sent only when asked for, in the session of the offer. Without it the neighbour cannot accept, so until then the Smart Message may stay. */
  need(channel: Channel, message: Need): void {
    const entry = this.outbox.match(channel, message);
    if (entry === null || entry.phase !== 'offered' || entry.channel !== channel || entry.served >= SERVES_PER_ATTEMPT) return;
    const { code } = this.options;
    const manifest = message.manifest ? code.signedManifest(entry.sm.manifest) : null;
    const bricks = this.wanted(entry, message).map((hash) => code.brick(hash));
    if (manifest === undefined || !bricks.every((brick) => brick !== undefined)) {
      return this.endings.stay(entry, { name: 'MigrationRefused', message: 'its code is no longer on this node', reason: 'unknown-code' });
    }
    entry.bricksBytes += bricks.reduce((sum, brick) => sum + brick.length, manifest?.length ?? 0);
    const carried = spend(entry.sm.header.budget, attemptCost(entry.sm).hop);
    if (carried.bytes < entry.bricksBytes) {
      const text = `its code takes ${entry.bricksBytes} bytes and its budget has ${carried.bytes} left`;
      return this.endings.stay(entry, { name: 'MigrationRefused', message: text, reason: 'budget-exhausted' });
    }
    entry.served++;
    entry.bricksSent += bricks.length;
    this.edges.sendLossy(channel, { type: 'bricks', smId: message.smId, epoch: message.epoch, manifest, bricks });
  }

  /** The bricks that a NEED asks for: by name, or those of the program that the neighbour does not know. */
  private wanted({ sm }: Outgoing, { manifest, bricks, known }: Need): readonly Hash[] {
    if (!manifest) return bricks;
    const not = new Set(known);
    return [...new Set(this.options.code.manifest(sm.manifest)?.bricks)].filter((hash) => !not.has(beginning(hash)));
  }

  answer(channel: Channel, message: Answer): void {
    const entry = this.outbox.match(channel, message);
    if (entry === null || !isUndecided(entry)) return this.settleOld(channel, message, entry);
    if (message.accepted) {
      this.endings.handedOver(entry);
      return this.attempts.release();
    }
    // A neighbour that lost its memory does not know what it accepted before.
    if (!this.outbox.canAnswer(entry)) return;
    this.outbox.report(entry, 'not-accepted');
    entry.settle = entry.sm.epoch;
    const nowMs = this.options.clock.monotonicMs();
    if (this.attempts.mayTryAgain(entry, nowMs)) {
      this.options.metrics.count('sm_handoff_retries_total', { reason: 'not-accepted' });
      this.attempts.requeue(entry, nowMs);
      this.attempts.tryNow(entry);
    } else {
      this.endings.stay(entry, {
        name: 'MigrationTimeout',
        message: `${channel.peer.name} did not get it in time`,
        reason: 'not-accepted',
      });
    }
    this.attempts.release();
  }

  /** Asks about everything in doubt at this neighbour and offers what waited for it. */
  peerUp(channel: Channel): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const entry of this.outbox.entries.values()) {
      if (entry.target !== channel.peer.nodeId) continue;
      if (entry.phase === 'in-doubt') this.ask(entry, channel);
      else if (entry.phase === 'queued' && entry.notBeforeMs <= nowMs && nowMs < entry.deadlineMs) this.attempts.tryNow(entry);
    }
  }

  peerDown(channel: Channel): void {
    for (const entry of this.outbox.entries.values()) if (entry.channel === channel && entry.phase === 'offered') this.endings.doubt(entry);
  }

  /**
   * An attempt arrives of a Smart Message that is in the outbox. Only its holder can count up, so a later attempt proves that
   * the neighbour had accepted it and it has travelled on.
   *
   * @returns false when the arriving attempt is not later, so stale or forged
   */
  mayArrive(smId: SmId, epoch: number): boolean {
    const entry = this.outbox.entries.get(smId);
    if (entry === undefined || (entry.phase === 'left' && epoch > entry.sm.epoch)) return true;
    if (epoch <= entry.sm.epoch || !isUndecided(entry)) return false;
    this.endings.handedOver(entry);
    return true;
  }

  /** Whether the outcome of this attempt is open. */
  isOpen(smId: SmId, epoch: number): boolean {
    const entry = this.outbox.entries.get(smId);
    return entry?.sm.epoch === epoch && isUndecided(entry);
  }

  /** A later life has taken over from a Smart Message. False when it is not here; where it cannot be given up now, this is asked again. */
  supersede(smId: SmId): boolean {
    const entry = this.outbox.entries.get(smId);
    if (entry === undefined) return false;
    if (entry.phase === 'queued' || entry.phase === 'in-doubt') this.endings.giveUpOutlived(entry);
    return true;
  }

  /** Takes up the outbox after a restart. What may have been offered is in doubt; the rest stays here with an up-call. */
  recover(): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const { sm, op, target, offeredTo, inDoubtMs } of this.options.journal.departures()) {
      const entry = this.outbox.entry(sm, op, target, null);
      this.outbox.add(entry);
      this.options.code.pin(sm.manifest);
      entry.deadlineMs = nowMs;
      if (offeredTo === null) {
        this.endings.stay(entry, { name: 'MigrationTimeout', message: 'the node restarted before it could leave', reason: 'restart' });
        continue;
      }
      this.outbox.begin(entry);
      entry.offeredTo = offeredTo;
      entry.phase = 'in-doubt';
      entry.inDoubtSinceMs = nowMs - inDoubtMs;
      entry.dueMs = this.endings.nextLook(entry, nowMs);
    }
    this.sweep.start();
  }

  /** How long everything has been in doubt, for a planned stop. */
  checkpoint(): Mutation[] {
    const inDoubt = [...this.outbox.entries.values()].filter((entry) => entry.durable && entry.phase === 'in-doubt');
    return inDoubt.map((entry) => this.outbox.record(entry));
  }

  stop(): void {
    this.sweep.stop();
  }

  private departTransient({ sm, alsoCommit, gate }: DepartureRequest, entries: readonly Outgoing[]): Promise<void> | null {
    const durable = alsoCommit.length === 0 ? gate : this.options.store.commit(alsoCommit);
    const leave = (): void => this.leave(sm, entries);
    if (durable === null) leave();
    else this.edges.after(durable, leave, () => entries.forEach((entry) => this.outbox.remove(entry)));
    return durable;
  }

  /** One batch: the slice's mutations, the resident gone, every traveller in the outbox, with its first epoch when it can be offered at once. */
  private departDurable({ sm, alsoCommit }: DepartureRequest, entries: readonly Outgoing[]): Promise<void> {
    const step = entries.length > 1 ? this.stations.cloned(sm, (entries[0] as Outgoing).sm) : NOTHING_TO_DO;
    const batch = [...alsoCommit, ...step.mutations, ...this.departures(sm, entries)];
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        resolve();
        this.leave(sm, entries);
      };
      this.edges.write('depart', batch, leave, (error) => {
        step.undo();
        for (const entry of entries) this.outbox.remove(entry);
        reject(error);
      });
    });
  }

  /** Mutations that make residents leaving ones. Should one be impossible to encode, nothing is on its way. */
  private departures(sm: Resting, entries: readonly Outgoing[]): readonly Mutation[] {
    try {
      for (const entry of entries) {
        const channel = this.outbox.channelFor(entry);
        if (channel !== null) this.attempts.begin(entry, channel);
      }
      return [this.options.journal.noResident(sm.header.smId), ...entries.map((entry) => this.outbox.record(entry))];
    } catch (error) {
      for (const entry of entries) this.outbox.remove(entry);
      throw error;
    }
  }

  /** The departure is certain. */
  private leave(sm: Resting, entries: readonly Outgoing[]): void {
    if (entries.length > 1)
      this.options.hooks.cloned(
        sm,
        entries.map((entry) => entry.sm),
      );
    for (const entry of entries) this.attempts.leave(entry);
  }

  private stayInstead({ sm, op, alsoCommit, gate }: DepartureRequest, call: UpCall): Promise<void> | null {
    const { self, journal, hooks } = this.options;
    const staying = withUpCall(sm, op, call, { start: self, reached: self });
    if (sm.header.transient) {
      const durable = alsoCommit.length === 0 ? gate : this.options.store.commit(alsoCommit);
      if (durable === null) hooks.resume(staying);
      else
        this.edges.after(
          durable,
          () => hooks.resume(staying),
          () => {},
        );
      return durable;
    }
    return new Promise((resolve, reject) => {
      const here = (): void => {
        resolve();
        hooks.resume(staying);
      };
      this.edges.write('stay', [...alsoCommit, journal.resident(staying)], here, reject);
    });
  }

  private ask(entry: Outgoing, channel: Channel): void {
    entry.channel = channel;
    this.edges.sendLossy(channel, { type: 'query', smId: entry.sm.header.smId, epoch: entry.sm.epoch });
  }

  /**
   * An answer about an attempt that is over: whoever remembers it may forget it, when this end has forgotten it durably. That is
   * so when nothing of it is known, or when it names the attempt before the one that is still to come.
   */
  private settleOld(channel: Channel, { smId, epoch }: Accept | Answer, entry: Outgoing | null): void {
    if (entry?.phase === 'staying') entry.settle = epoch;
    else if (entry === null || isIdle(entry)) this.edges.sendLossy(channel, { type: 'settled', smId, epoch });
  }

  /** The time of an entry has come. */
  private due(entry: Outgoing, nowMs: number): void {
    if (entry.phase === 'queued') return this.dueInQueue(entry, nowMs);
    if (entry.phase === 'offered') this.endings.doubt(entry);
    else if (entry.phase !== 'in-doubt') return;
    if (this.endings.decide(entry, nowMs)) return this.attempts.release();
    entry.dueMs = this.endings.nextLook(entry, nowMs);
    const channel = this.options.channel(entry.target);
    if (channel?.open === true) this.ask(entry, channel);
  }

  private dueInQueue(entry: Outgoing, nowMs: number): void {
    if (nowMs >= entry.deadlineMs) {
      const text = `no hand-off within ${Math.round(nowMs - entry.sinceMs)} ms`;
      return this.endings.stay(entry, { name: 'MigrationTimeout', message: text, reason: 'timeout' });
    }
    entry.dueMs = entry.deadlineMs;
    this.attempts.tryNow(entry);
  }
}

/** No attempt is under way: the one that the entry's epoch names is an earlier one, and over. */
function isIdle(entry: Outgoing): boolean {
  return entry.phase === 'departing' || entry.phase === 'queued';
}

/** An OFFER has left and its outcome is not known. */
function isUndecided(entry: Outgoing): boolean {
  return entry.phase === 'offered' || entry.phase === 'in-doubt';
}
