/** The two edges at which the hand-off touches the world, each with its fault sites: frames and durable writes. */
import type { Message } from '../../core/messages.ts';
import type { Faults, Mutation, Store, Urgency } from '../../core/ports.ts';
import type { Channel } from '../links/channel.ts';
import { FRAME_SITES, type HandoffType, type HandoffWrite, WRITE_SITES } from './sites.ts';

export class Edges {
  private readonly store: Store;
  private readonly faults: Faults;
  private readonly bug: (error: unknown) => void;

  constructor(store: Store, faults: Faults, bug: (error: unknown) => void) {
    this.store = store;
    this.faults = faults;
    this.bug = bug;
  }

  /** Sends on an open channel. Throws RefusedError `queue-full` when nothing was sent. */
  send(channel: Channel, message: Extract<Message, { type: HandoffType }>): void {
    const sites = FRAME_SITES[message.type];
    this.faults.at(sites.beforeSend);
    channel.send(message);
    this.faults.at(sites.afterSend);
  }

  /** Sends what may be lost: a full queue counts as a lost frame, and the question is asked again after a reconnect. */
  sendLossy(channel: Channel, message: Extract<Message, { type: HandoffType }>): void {
    try {
      this.send(channel, message);
    } catch (error) {
      if ((error as { code?: string }).code !== 'queue-full') throw error;
      channel.close('send queue full');
    }
  }

  received(type: HandoffType): void {
    this.faults.at(FRAME_SITES[type].received);
  }

  /** Commits one batch and continues when it is durable, or when it never will be. Returns the store's promise for it. */
  write(
    kind: HandoffWrite,
    batch: readonly Mutation[],
    durable: () => void,
    failed: (error: Error) => void,
    urgency: Urgency = 'urgent',
  ): Promise<void> {
    const sites = WRITE_SITES[kind];
    this.faults.at(sites.before);
    const done = this.store.commit(batch, urgency);
    this.faults.at(sites.committed);
    this.after(
      done,
      () => {
        this.faults.at(sites.durable);
        durable();
      },
      failed,
    );
    return done;
  }

  /** Continues after a promise; whatever a continuation throws is a defect and is reported as one. */
  after<Value>(promise: Promise<Value>, done: (value: Value) => void, failed: (error: Error) => void): void {
    promise.then(done, (error: unknown) => failed(error instanceof Error ? error : new Error(String(error)))).catch(this.bug);
  }
}
