/** What links bring: neighbours that come and go, and what they say. */
import { SmError } from '../core/errors.ts';
import type { Message } from '../core/messages.ts';
import type { Log } from '../core/ports.ts';
import type { FamilyServices } from './family/services.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Channel, Neighbourhood } from './links/channel.ts';
import type { Receipts } from './receipts.ts';

export interface TrafficRooms {
  readonly neighbours: Neighbourhood;
  readonly handoff: Handoff;
  readonly families: FamilyServices;
  readonly receipts: Receipts;
  /** Who is there has changed. */
  readonly changed: () => void;
  readonly bug: (error: unknown) => void;
  readonly log: Log;
}

/** Attends to the neighbours from now on. To be called before they are let in. */
export function attend(rooms: TrafficRooms): void {
  const { neighbours, handoff, changed, log } = rooms;
  neighbours.onUp((channel) => {
    log.info({ peer: channel.peer.name, link: channel.peer.link }, 'a neighbour is here');
    changed();
    handoff.peerUp(channel);
  });
  neighbours.onDown((channel) => {
    log.info({ peer: channel.peer.name, link: channel.peer.link }, 'a neighbour is gone');
    changed();
    handoff.peerDown(channel);
  });
  neighbours.onMessage((channel, message) => receive(rooms, channel, message));
}

function receive({ handoff, families, receipts, bug, log }: TrafficRooms, channel: Channel, message: Message): void {
  try {
    if (handoff.handle(channel, message) || families.handle(channel, message)) return;
    if (message.type === 'receipt') receipts.take(channel, message);
  } catch (error) {
    // Whatever a neighbour sends, it ends no daemon.
    if (!(error instanceof SmError) || error.fault === 'bug') return bug(error);
    log.warn({ err: error, peer: channel.peer.name, message: message.type }, 'a message of a neighbour was not taken');
  }
}
