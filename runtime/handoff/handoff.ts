/**
 * The acknowledged, crash-safe transfer of one Smart Message over one link. Among crash-faulty nodes whose disks survive, every
 * durable Smart Message is exactly once; otherwise it ends in a state that can be asked for.
 *
 * ```
 *   sender                                   receiver
 *   [outbox, new epoch durable]
 *   OFFER  ------------------------------->  admission
 *          <-------------------------------  NEED        only when code is missing
 *   BRICKS ------------------------------->
 *                                            [resident and answer durable]
 *          <-------------------------------  ACCEPT | REFUSE
 *   [forgotten durably]
 *   SETTLED ------------------------------>  [answer pruned]
 * ```
 *
 * After a reconnect the sender asks QUERY about what is open and gets ANSWER, before which a receiver that knows nothing writes
 * durably that the attempt is refused. The receiver repeats unsettled answers by itself; a sender that knows nothing of them says
 * SETTLED. Transients take the same way without the disk. What stays of guarded Smart Messages is in `runtime/guard`.
 */
import type { SmId } from '../../core/ids.ts';
import type { Message } from '../../core/messages.ts';
import type { Resting } from '../../core/sm.ts';
import type { Channel } from '../links/channel.ts';
import { Guards } from '../guard/guards.ts';
import { Edges } from './edges.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import type { DepartureRequest, HandoffOptions, InDoubt, Leaving } from './types.ts';

export interface HandoffStatistics {
  /** Smart Messages on their way out, those in doubt included. */
  readonly outgoing: number;
  /** Offers that are being judged, fetch code or are written. */
  readonly arriving: number;
  /** Answers that their senders have not settled. */
  readonly unsettled: number;
}

export class Handoff {
  private readonly options: HandoffOptions;
  private readonly edges: Edges;
  private readonly sender: Sender;
  private readonly receiver: Receiver;
  readonly guards: Guards;

  constructor(options: HandoffOptions) {
    this.options = options;
    this.edges = new Edges(options.store, options.faults, options.hooks.bug);
    this.guards = new Guards(options, this.edges, {
      isOpen: (smId, epoch) => this.sender.isOpen(smId, epoch),
      supersede: (smId) => {
        if (!this.sender.supersede(smId)) options.hooks.supersede(smId);
      },
    });
    const { stations } = this.guards;
    const sender = new Sender(options, this.edges, stations);
    this.sender = sender;
    const judge = {
      mayArrive: (smId: SmId, epoch: number) => sender.mayArrive(smId, epoch),
      isOutlived: (smId: SmId) => this.guards.isOutlived(smId),
    };
    this.receiver = new Receiver(options, this.edges, stations, judge);
  }

  /**
   * Reads the journal. Call once, before any channel is handed over.
   *
   * @returns the durable residents, to be run on; those that wanted to leave and stay follow through `hooks.resume`
   * @throws DataError `store-corrupt`
   */
  recover(): Resting[] {
    const residents = [...this.options.journal.residents()];
    this.receiver.answers.load();
    this.sender.recover();
    this.guards.recover(new Set([...residents.map((sm) => sm.header.smId), ...this.sender.outbox.entries.keys()]));
    return residents;
  }

  /**
   * Sends a Smart Message on. The outcome is told through `hooks.left`, `hooks.resume` or `hooks.ended`.
   *
   * @returns a promise for the batch that makes the departure (and `alsoCommit`) durable; it rejects when that never happens, and
   *   then nothing of it did. Null when there was nothing to wait for.
   */
  depart(request: DepartureRequest): Promise<void> | null {
    return this.sender.depart(request);
  }

  /** Takes one message from a neighbour; false when it is not the hand-off's. */
  handle(channel: Channel, message: Message): boolean {
    switch (message.type) {
      case 'offer':
        this.edges.received('offer');
        this.receiver.offer(channel, message);
        return true;
      case 'need':
        this.edges.received('need');
        this.sender.need(channel, message);
        return true;
      case 'bricks':
        this.edges.received('bricks');
        this.receiver.bricks(channel, message);
        return true;
      case 'accept':
        this.edges.received('accept');
        this.sender.accept(channel, message);
        return true;
      case 'refuse':
        this.edges.received('refuse');
        this.sender.refuse(channel, message);
        return true;
      case 'settled':
        this.edges.received('settled');
        this.receiver.settled(channel, message);
        return true;
      case 'query':
        this.edges.received('query');
        this.receiver.query(channel, message);
        return true;
      case 'answer':
        this.edges.received('answer');
        this.sender.answer(channel, message);
        return true;
      default:
        return this.guards.handle(channel, message);
    }
  }

  /** A channel to a neighbour has opened. */
  peerUp(channel: Channel): void {
    this.receiver.peerUp(channel);
    this.sender.peerUp(channel);
    // After the answers: what is said of a copy must not come before the acceptance by which it became one.
    this.guards.peerUp(channel);
  }

  /** The channel has closed; an unknown part of what was sent last is lost. */
  peerDown(channel: Channel): void {
    this.sender.peerDown(channel);
    this.receiver.peerDown(channel);
    this.guards.peerDown(channel);
  }

  /** What is in doubt, and at whom. */
  inDoubt(): InDoubt[] {
    return this.sender.outbox.inDoubt();
  }

  /** Everything on its way out, what is in doubt included. */
  leaving(): Leaving[] {
    return this.sender.outbox.leaving();
  }

  get statistics(): HandoffStatistics {
    return { outgoing: this.sender.outbox.entries.size, arriving: this.receiver.pending, unsettled: this.receiver.answers.size };
  }

  /** Refuses offers from now on. Resolves when what is in doubt has written for how long. */
  async close(): Promise<void> {
    this.receiver.close();
    this.sender.stop();
    this.guards.stop();
    const checkpoint = this.sender.checkpoint();
    if (checkpoint.length > 0) await this.options.store.commit(checkpoint);
    await this.options.store.flushed();
  }
}
