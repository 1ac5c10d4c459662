/**
 * Datagrams over the routes that AODV has left at the nodes: what a data plane beside the Smart Messages would send. They have the headers of UDP
 * and IP and nothing else: no signature, no encryption, no acknowledgement but the radio's. Forwarding costs a node's processor nothing.
 */
import type { NodeId } from '../../../core/ids.ts';
import type { World } from '../../world.ts';

const UDP_IP_BYTES = 8 + 20;
/** What fits into one frame of the radio. */
export const DATAGRAM_MOST_BYTES = 1500 - UDP_IP_BYTES;
const ROUTES = 'public:route/aodv/';

export class Datagrams {
  /** Transmissions from node to node, with headers. */
  readonly sent = { messages: 0, bytes: 0 };
  readonly #world: World;

  /** @param world its nodes have had power from the beginning */
  constructor(world: World) {
    this.#world = world;
  }

  /** Sends so much on its way. `arrived` is called when it comes there; nobody is told when it does not. */
  send(from: number, to: number, payloadBytes: number, arrived: () => void): void {
    const next = this.#nextHop(from, to);
    if (next === null) return;
    const bytes = payloadBytes + UDP_IP_BYTES;
    this.sent.messages += 1;
    this.sent.bytes += bytes;
    const deliver = (node: number): void => (node === to ? arrived() : this.send(node, to, payloadBytes, arrived));
    this.#world.medium.transmit({ from, to: next, bytes, deliver });
  }

  /** Whether the first step on the way is known. */
  hasRoute(from: number, to: number): boolean {
    return this.#nextHop(from, to) !== null;
  }

  /** A neighbour itself, or what a route that can be used says (RFC 3561, 6.2); null for neither. */
  #nextHop(at: number, to: number): number | null {
    const { node, links } = this.#world.nodes[at]!;
    const { nowMs } = this.#world;
    const neighbours = new Map(links.list().map(({ peer, peerIndex }) => [peer.nodeId, peerIndex]));
    const destination = this.#world.nodes[to]!.id;
    if (neighbours.has(destination)) return to;
    const route = node.engine.tags.read(ROUTES + destination, nowMs);
    if (route === undefined) return null;
    const { nextHop, isValid, lifetimeMs } = route.value as {
      readonly nextHop: NodeId;
      readonly isValid: boolean;
      readonly lifetimeMs: number;
    };
    return isValid && nowMs < route.writtenAtMs + lifetimeMs ? (neighbours.get(nextHop) ?? null) : null;
  }
}
