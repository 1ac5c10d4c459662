/** Who runs where, as the workers are told: for checkers that need to know whose slice a change set is. */
import type { NodeIndex } from '../medium.ts';
import type { Observer } from '../node/environment.ts';
import type { Boarding, Charter } from '../../runtime/worker/protocol.ts';

/** A resident, with the charter under which it runs. */
export interface Seen {
  readonly smId: string;
  readonly hops: number;
  readonly charter: Charter;
}

interface Residents {
  readonly charters: Map<number, Charter>;
  readonly seats: Map<number, Seen>;
  readonly bySmId: Map<string, Seen>;
}

export class Residence {
  readonly #nodes = new Map<NodeIndex, Residents>();
  /** The family of everybody who ever ran or was offered. */
  readonly families = new Map<string, string>();
  /** The most hops with which each was seen to run. */
  readonly stations = new Map<string, number>();

  readonly observer: Observer = {
    crashed: (node) => void this.#nodes.delete(node),
    // A clone may end before it has run anywhere.
    sent: (_from, _to, message) => {
      if (message.type !== 'offer' || this.families.has(message.header.smId)) return;
      const family = this.families.get(message.header.parent ?? '');
      if (family !== undefined) this.families.set(message.header.smId, family);
    },
    toWorker: (node, message) => {
      if (message.type === 'seed') this.#nodes.delete(node);
      else if (message.type === 'charter') this.#node(node).charters.set(message.charter.id, message.charter);
      else if (message.type === 'board') this.#board(node, message.boarding, message.charter);
    },
  };

  /** Who has this seat at a node. */
  at(node: NodeIndex, seat: number): Seen | undefined {
    return this.#nodes.get(node)?.seats.get(seat);
  }

  /** The seat is free: its resident left or ended. */
  left(node: NodeIndex, seat: number): void {
    const residents = this.#nodes.get(node);
    const seen = residents?.seats.get(seat);
    if (residents === undefined || seen === undefined) return;
    residents.seats.delete(seat);
    if (residents.bySmId.get(seen.smId) === seen) residents.bySmId.delete(seen.smId);
  }

  /** Who a Smart Message is to the tags of a node on which it runs. */
  principalOf(node: NodeIndex, smId: string): Charter['principal'] | undefined {
    return this.#nodes.get(node)?.bySmId.get(smId)?.charter.principal;
  }

  #board(node: NodeIndex, { seat, smId, hops, charter: id }: Boarding, given: Charter | null): void {
    const { charters, seats, bySmId } = this.#node(node);
    if (given !== null) charters.set(given.id, given);
    const charter = charters.get(id);
    if (charter === undefined) return;
    const seen = { smId, hops, charter };
    seats.set(seat, seen);
    bySmId.set(smId, seen);
    this.families.set(smId, charter.principal.family);
    this.stations.set(smId, Math.max(hops, this.stations.get(smId) ?? 0));
  }

  #node(node: NodeIndex): Residents {
    let known = this.#nodes.get(node);
    if (known === undefined) this.#nodes.set(node, (known = { charters: new Map(), seats: new Map(), bySmId: new Map() }));
    return known;
  }
}
