/** The attempts of a departure: a new epoch, durable before its OFFER leaves. */
import { NO_BUDGET, covers, spend } from '../../core/budget.ts';
import { RefusedError } from '../../core/errors.ts';
import type { Offer } from '../../core/messages.ts';
import type { Channel } from '../links/channel.ts';
import { type Outgoing, attemptCost, hopped, travellingReserve } from './departure.ts';
import type { Edges } from './edges.ts';
import type { Endings } from './endings.ts';
import type { Outbox } from './outbox.ts';
import type { HandoffOptions } from './types.ts';

export class Attempts {
  private readonly options: HandoffOptions;
  private readonly edges: Edges;
  private readonly outbox: Outbox;
  private readonly endings: Endings;

  constructor(options: HandoffOptions, edges: Edges, outbox: Outbox, endings: Endings) {
    this.options = options;
    this.edges = edges;
    this.outbox = outbox;
    this.endings = endings;
  }

  /** The departure is durable, and with it, when the neighbour was there, the first attempt. */
  leave(entry: Outgoing): void {
    if (entry.phase === 'writing') return this.offer(entry);
    entry.phase = 'queued';
    this.tryNow(entry);
  }

  /** Everything that must be on disk before the OFFER leaves. */
  begin(entry: Outgoing, channel: Channel): void {
    this.outbox.begin(entry);
    entry.phase = 'writing';
    entry.attempts++;
    entry.deadlineMs = Math.max(entry.deadlineMs, entry.sinceMs + this.options.limits.offerTimeoutMs);
    entry.served = 0;
    entry.bricksSent = 0;
    entry.bricksBytes = 0;
    entry.channel = channel;
    entry.offeredTo = channel.peer.incarnation;
    entry.offeredToBoot = channel.peer.boot;
    const { header } = entry.sm;
    const budget = spend(header.budget, attemptCost(entry.sm).bytes);
    entry.sm = { ...entry.sm, epoch: entry.sm.epoch + 1, header: { ...header, budget } };
  }

  /** Makes an attempt, if the neighbour is there and too many others are not open. */
  tryNow(entry: Outgoing): void {
    if (!covers(entry.sm.header.budget, { ...NO_BUDGET, hops: 1, bytes: entry.sm.state.length })) {
      const text = 'nothing is left of its budget for another attempt';
      return this.endings.stay(entry, { name: 'MigrationRefused', message: text, reason: 'budget-exhausted' });
    }
    const channel = this.outbox.channelFor(entry);
    if (channel === null) return;
    this.begin(entry, channel);
    if (!entry.durable) return this.offer(entry);
    const go = (): void => this.offer(entry);
    this.edges.write('retry', [this.outbox.record(entry)], go, (error) => {
      const text = `this node could not store the attempt: ${error.message}`;
      this.endings.stay(entry, { name: 'MigrationTimeout', message: text, reason: 'store-full' });
    });
  }

  private offer(entry: Outgoing): void {
    if (entry.phase !== 'writing') return;
    const channel = entry.channel as Channel;
    if (entry.settle !== null) this.endings.settleEarlier(entry);
    const nowMs = this.options.clock.monotonicMs();
    // Not a byte of this attempt has left, so it may simply be made again.
    if (!channel.open) {
      entry.deadlineMs = Math.min(entry.deadlineMs, nowMs + this.outbox.patienceMs(entry.target));
      return this.requeue(entry, nowMs);
    }
    entry.phase = 'offered';
    entry.offeredAtMs = nowMs;
    entry.dueMs = nowMs + this.options.limits.offerTimeoutMs;
    try {
      this.edges.send(channel, this.message(entry));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.requeue(entry, nowMs + this.options.limits.retryAfterMs);
    }
  }

  private message(entry: Outgoing): Offer {
    const { sm } = entry;
    const header = {
      ...sm.header,
      ageMs: this.outbox.ageMs(entry),
      budget: spend(sm.header.budget, attemptCost(sm).hop),
      reserve: travellingReserve(sm),
      events: hopped(entry.op),
    };
    return { type: 'offer', epoch: sm.epoch, header, manifest: sm.manifest, launch: sm.launch.bytes, state: sm.state };
  }

  /** Nothing of the latest attempt can have arrived: another one, not before the given time. */
  requeue(entry: Outgoing, notBeforeMs: number): void {
    this.outbox.finish(entry);
    entry.phase = 'queued';
    entry.channel = null;
    entry.notBeforeMs = notBeforeMs;
    entry.dueMs = Math.min(notBeforeMs, entry.deadlineMs);
  }

  mayTryAgain(entry: Outgoing, againMs: number): boolean {
    return entry.attempts < this.options.limits.offerAttempts && againMs < entry.deadlineMs;
  }

  /** Lets those begin that waited for others to finish. */
  release(): void {
    for (const entry of this.outbox.released()) this.tryNow(entry);
  }
}
