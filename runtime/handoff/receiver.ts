/**
 * The receiving half: OFFER to ACCEPT or REFUSE, and the answer to QUERY.
 *
 * An arrival is admitted, gets its code, and is written with its answer in one batch; only then ACCEPT leaves. While it is being
 * written it already runs: what its slices do is written after it. Until that
 * write is under way an arrival lives in its session: when the channel closes, it never happened. Asked about an attempt it
 * does not know, the receiver first writes durably that this attempt is refused, so that no straggler can be accepted later.
 */
import { NO_BUDGET, spend } from '../../core/budget.ts';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Bricks, Offer, Query, Refuse, Settled } from '../../core/messages.ts';
import type { Timer } from '../../core/ports.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import { attemptKey } from '../journal/journal.ts';
import type { Channel } from '../links/channel.ts';
import type { Stations } from '../guard/stations.ts';
import { Answers } from './answers.ts';
import { CodeRequest } from './code-request.ts';
import type { Edges } from './edges.ts';
import { asRefusal, judged, storeProblem } from './refusal.ts';
import type { HandoffOptions } from './types.ts';

interface Arrival {
  readonly offer: Offer;
  /** Where the answer goes; another one after a reconnect. */
  channel: Channel;
  launch: Launch | null;
  code: CodeRequest | null;
  timer: Timer | null;
  /** Set when the durable write is under way: then its outcome alone decides. */
  writing: boolean;
  /** It runs here. */
  delivered: boolean;
}

export interface ArrivalJudge {
  /** Whether the sending half holds nothing against it; see `Sender.mayArrive`. */
  readonly mayArrive: (smId: SmId, epoch: number) => boolean;
  /** Whether a later life has taken over from it here. */
  readonly isOutlived: (smId: SmId) => boolean;
}

export class Receiver {
  readonly answers: Answers;
  private readonly options: HandoffOptions;
  private readonly edges: Edges;
  private readonly stations: Stations;
  private readonly judge: ArrivalJudge;
  private readonly arrivals = new Map<string, Arrival>();
  /** First answers of this session, for repeats; the oldest goes first. */
  private readonly refusals = new Map<string, Refuse>();
  private closing = false;
  /** Whether the last arrival could be stored, so that the next one may run before it is. */
  private isStoreSound = true;

  constructor(options: HandoffOptions, edges: Edges, stations: Stations, judge: ArrivalJudge) {
    this.options = options;
    this.edges = edges;
    this.stations = stations;
    this.judge = judge;
    this.answers = new Answers(options.journal, options.limits.acceptedRecords);
  }

  get pending(): number {
    return this.arrivals.size;
  }

  /** From now on every offer is refused with `shutting-down`. */
  close(): void {
    this.closing = true;
    for (const arrival of this.arrivals.values())
      if (!arrival.writing) this.refuse(arrival, new RefusedError('shutting-down', 'this node is shutting down'));
  }

  offer(channel: Channel, offer: Offer): void {
    const { smId } = offer.header;
    const attempt = attemptKey(smId, offer.epoch);
    if (this.arrivals.has(attempt)) return;
    const refusal = this.refusals.get(attempt);
    if (refusal !== undefined) return this.edges.sendLossy(channel, refusal);
    const known = this.answers.get(smId, offer.epoch);
    if (known?.accepted === true && known.peer === channel.peer.nodeId)
      return this.edges.sendLossy(channel, { type: 'accept', smId, epoch: offer.epoch });
    const arrival: Arrival = { offer, channel, launch: null, code: null, timer: null, writing: false, delivered: false };
    const obstacle = known === undefined ? this.obstacle(offer) : new RefusedError('expired', 'this attempt was answered before');
    if (obstacle !== null) return this.refuse(arrival, obstacle);
    this.arrivals.set(attempt, arrival);
    this.admit(arrival);
  }

  bricks(channel: Channel, message: Bricks): void {
    const arrival = this.arrivals.get(attemptKey(message.smId, message.epoch));
    if (arrival?.code == null || arrival.channel !== channel || arrival.writing) return;
    const { code } = arrival;
    this.attempt(arrival, () => {
      judged(() => code.take(message));
      this.fetchCode(arrival, code);
    });
  }

  query(channel: Channel, { smId, epoch }: Query): void {
    const attempt = attemptKey(smId, epoch);
    const known = this.answers.of(channel.peer.nodeId, smId, epoch);
    if (known !== undefined) {
      return this.edges.sendLossy(channel, { type: 'answer', smId, epoch, accepted: known.accepted });
    }
    const arrival = this.arrivals.get(attempt);
    if (arrival?.writing === true) {
      arrival.channel = channel;
      return;
    }
    if (arrival !== undefined) this.drop(arrival);
    this.neverHere(channel, smId, epoch);
  }

  settled(channel: Channel, { smId, epoch }: Settled): void {
    const answer = this.answers.of(channel.peer.nodeId, smId, epoch);
    if (answer === undefined) return;
    const mutation = this.answers.prune(answer);
    if (mutation === null) return;
    // When the deletion does not reach the disk, the answer is repeated at the next reconnect and settled then.
    const keep = (): void => this.answers.remember(smId, epoch, answer.peer, answer.accepted);
    this.edges.write('prune', [mutation], () => {}, keep, 'patient');
  }

  /** Repeats every answer that this neighbour has not settled: it may not have got it, or its settling was lost. */
  peerUp(channel: Channel): void {
    for (const { smId, epoch, accepted } of this.answers.unsettled(channel.peer.nodeId, channel.peer.boot)) {
      this.edges.sendLossy(channel, accepted ? { type: 'accept', smId, epoch } : { type: 'answer', smId, epoch, accepted: false });
    }
  }

  /** An offer is valid only in its session. */
  peerDown(channel: Channel): void {
    for (const arrival of this.arrivals.values()) if (arrival.channel === channel && !arrival.writing) this.drop(arrival);
  }

  private obstacle(offer: Offer): RefusedError | null {
    const { limits } = this.options;
    const retry = { retryAfterMs: limits.retryAfterMs };
    if (this.closing) return new RefusedError('shutting-down', 'this node is shutting down');
    if (this.arrivals.size >= limits.pendingOffers)
      return new RefusedError('queue-full', `${limits.pendingOffers} offers are pending here`, retry);
    if (this.answers.full)
      return new RefusedError('records-full', `${limits.acceptedRecords} accepted hand-offs wait to be settled here`, retry);
    if (this.judge.isOutlived(offer.header.smId)) return new RefusedError('superseded', 'it was presumed dead, and a later life goes on');
    if (!this.judge.mayArrive(offer.header.smId, offer.epoch))
      return new RefusedError('bad-message', 'this node holds a later state of this Smart Message');
    return null;
  }

  private admit(arrival: Arrival): void {
    this.attempt(arrival, () => {
      const admitted = judged(() => this.options.hooks.admit(arrival.offer, arrival.channel.peer));
      if (!(admitted instanceof Promise)) return this.admitted(arrival, admitted);
      this.edges.after(
        admitted,
        (launch) => this.admitted(arrival, launch),
        (error) => this.isCurrent(arrival) && this.refuse(arrival, error),
      );
    });
  }

  private admitted(arrival: Arrival, launch: Launch): void {
    if (!this.isCurrent(arrival)) return this.options.hooks.withdraw(arrival.offer.header.smId, launch);
    arrival.launch = launch;
    if (this.options.code.complete(arrival.offer.manifest)) return this.accept(arrival, launch, 0);
    const code = new CodeRequest(arrival.offer, this.options.code, this.options.hooks);
    arrival.code = code;
    this.attempt(arrival, () => this.fetchCode(arrival, code));
  }

  /** Asks for what is missing, or goes on when nothing is. */
  private fetchCode(arrival: Arrival, code: CodeRequest): void {
    const { hooks, limits, clock } = this.options;
    arrival.timer?.cancel();
    const need = code.next();
    if (need !== null) {
      const late = new RefusedError('unknown-code', `the code did not come within ${limits.offerTimeoutMs} ms`, {
        retryAfterMs: limits.retryAfterMs,
      });
      arrival.timer = clock.setTimer(limits.offerTimeoutMs, () => this.isCurrent(arrival) && this.refuse(arrival, late));
      return this.edges.sendLossy(arrival.channel, need);
    }
    const launch = arrival.launch as Launch;
    spend(arrival.offer.header.budget, { ...NO_BUDGET, bytes: code.receivedBytes });
    judged(() => hooks.admitCode(arrival.offer, launch, code.store()));
    this.accept(arrival, launch, code.receivedBytes);
  }

  private accept(arrival: Arrival, launch: Launch, codeBytes: number): void {
    const { offer, channel } = arrival;
    const { hooks, journal } = this.options;
    const { smId, transient } = offer.header;
    const peer = channel.peer;
    const sm = this.atRest(offer, launch, peer.nodeId, codeBytes);
    if (transient) {
      this.arrivals.delete(attemptKey(smId, offer.epoch));
      this.answers.acceptedTransient(smId, offer.epoch, peer.nodeId, peer.boot);
      hooks.deliver(sm, peer, null);
      return this.sayAccepted(channel, sm, offer.epoch);
    }
    arrival.writing = true;
    const guarded = this.stations.arrived(sm);
    const batch = [journal.resident(sm), this.answers.record(smId, offer.epoch, peer.nodeId, true), ...guarded.mutations];
    const durable = this.edges.write(
      'arrive',
      batch,
      () => {
        this.isStoreSound = true;
        this.deliver(arrival, sm, null);
        this.arrivals.delete(attemptKey(smId, offer.epoch));
        this.answers.remember(smId, offer.epoch, peer.nodeId, true);
        this.sayAccepted(arrival.channel, sm, offer.epoch);
      },
      (error) => {
        this.isStoreSound = false;
        guarded.undo();
        this.refuse(arrival, storeProblem(error, this.options.limits.retryAfterMs));
      },
    );
    // A batch that the store does not even take has been refused before this.
    if (this.isStoreSound) queueMicrotask(() => this.deliver(arrival, sm, durable));
  }

  /** Once; not when the arrival was refused in the meantime. */
  private deliver(arrival: Arrival, sm: Resting, durable: Promise<void> | null): void {
    if (arrival.delivered || !this.isCurrent(arrival)) return;
    arrival.delivered = true;
    try {
      this.options.hooks.deliver(sm, arrival.channel.peer, durable);
    } catch (error) {
      this.options.hooks.bug(error);
    }
  }

  private sayAccepted(channel: Channel, sm: Resting, epoch: number): void {
    this.options.metrics.count('sm_handoffs_total', ACCEPTED);
    this.edges.sendLossy(this.reach(channel), { type: 'accept', smId: sm.header.smId, epoch });
    this.options.hooks.accepted(sm, channel);
  }

  private atRest(offer: Offer, launch: Launch, from: NodeId, codeBytes: number): Resting {
    const { header, epoch, manifest } = offer;
    const path = this.options.hooks.extendPath(header.path, { smId: header.smId, epoch, from, to: this.options.self, manifest });
    const budget = codeBytes === 0 ? header.budget : spend(header.budget, { ...NO_BUDGET, bytes: codeBytes });
    // The state is copied: as a view it would keep the whole frame in memory, and take it along to the other thread.
    return {
      header: { ...header, hops: header.hops + 1, path, budget },
      epoch,
      manifest,
      launch,
      state: new Uint8Array(offer.state),
      start: null,
      waits: '[]',
      previous: from,
    };
  }

  /** Durably refuses an attempt of which nothing is known, then says so. */
  private neverHere(channel: Channel, smId: SmId, epoch: number): void {
    if (this.answers.full) {
      this.options.log.warn({ smId, peer: channel.peer.name }, 'too many unsettled hand-offs to answer a query; the sender will ask again');
      return;
    }
    const peer = channel.peer.nodeId;
    this.edges.write(
      'tombstone',
      [this.answers.record(smId, epoch, peer, false)],
      () => {
        this.answers.remember(smId, epoch, peer, false);
        this.edges.sendLossy(this.reach(channel), { type: 'answer', smId, epoch, accepted: false });
      },
      (error) => this.options.log.warn({ smId, err: error }, 'a query could not be answered; the sender will ask again'),
    );
  }

  /** Runs one step of an arrival; whatever it throws is the reason for the refusal. What is thrown at the edges is not its own. */
  private attempt(arrival: Arrival, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof DataError)) throw error;
      if (this.isCurrent(arrival)) this.refuse(arrival, error);
    }
  }

  /** The neighbour may have come back on another channel while something was written. */
  private reach(channel: Channel): Channel {
    return channel.open ? channel : (this.options.channel(channel.peer.nodeId) ?? channel);
  }

  private isCurrent(arrival: Arrival): boolean {
    return this.arrivals.get(attemptKey(arrival.offer.header.smId, arrival.offer.epoch)) === arrival;
  }

  private drop(arrival: Arrival): void {
    const { smId } = arrival.offer.header;
    this.arrivals.delete(attemptKey(smId, arrival.offer.epoch));
    arrival.timer?.cancel();
    if (arrival.launch !== null) this.options.hooks.withdraw(smId, arrival.launch);
  }

  private refuse(arrival: Arrival, error: Error): void {
    const { smId } = arrival.offer.header;
    const { epoch } = arrival.offer;
    if (this.isCurrent(arrival)) this.drop(arrival);
    const refusal = asRefusal(smId, epoch, error, this.options.limits.detailBytes);
    if (refusal.reason === 'internal') this.options.log.error({ smId, err: error.cause ?? error }, 'an offer could not be judged');
    const [oldest] = this.refusals.keys();
    if (this.refusals.size >= this.options.limits.pendingOffers && oldest !== undefined) this.refusals.delete(oldest);
    this.refusals.set(attemptKey(smId, epoch), refusal);
    this.options.metrics.count('sm_handoffs_total', REFUSED);
    this.edges.sendLossy(arrival.channel, refusal);
  }
}

const ACCEPTED = { direction: 'in', outcome: 'accepted' };
const REFUSED = { direction: 'in', outcome: 'refused' };
