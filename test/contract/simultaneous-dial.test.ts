/** Two nodes that dial each other at once, many times over real sockets, in whatever order the system lets things happen. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Identity } from '../../runtime/identity/identity.ts';
import { tcpTransport } from '../../runtime/links/tcp.ts';
import { LinkedNode, passTimeUntil, throwAwayNetwork } from '../support/network.ts';
import { ManualClock } from '../support/ports.ts';

const ROUNDS = 15;
let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let one: Identity;
let other: Identity;
beforeAll(async () => {
  network = await throwAwayNetwork();
  one = await network.authority.issue({ role: 'node', name: 'attic' });
  other = await network.authority.issue({ role: 'node', name: 'cellar' });
});
afterAll(() => network.remove());

const ping = (node: LinkedNode, peer: Identity, body: string): void =>
  node.neighbours.channel(peer.nodeId)?.send({
    type: 'obituary',
    family: 'aa'.repeat(16),
    smId: 'bb'.repeat(16),
    root: true,
    origin: 'cc'.repeat(16),
    node: 'dd'.repeat(16),
    outcome: 'returned',
    body,
  });

const heard = (node: LinkedNode, body: string): Promise<unknown> =>
  node.events.until((event) => event.kind === 'message' && (event.message as { body?: string }).body === body, body);

it('leaves one link, on which both can talk, each time', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const clock = new ManualClock();
    const left = new LinkedNode({ identity: one, transport: tcpTransport(), clock });
    const right = new LinkedNode({ identity: other, transport: tcpTransport(), clock });
    await Promise.all([left.neighbours.start(), right.neighbours.start()]);
    // Each knows the other twice over, once by configuration and once by a hint, as after a start-up burst of beacons.
    left.neighbours.addPeer(right.neighbours.address as string);
    right.neighbours.addPeer(left.neighbours.address as string);
    left.neighbours.hint(right.neighbours.address as string, other.nodeId);
    right.neighbours.hint((left.neighbours.address as string).replace('127.0.0.1', 'localhost'), one.nodeId);
    await passTimeUntil(clock, Promise.all([left.up('cellar'), right.up('attic')]), 5);
    ping(left, other, 'there');
    ping(right, one, 'back');
    await Promise.all([heard(right, 'there'), heard(left, 'back')]);
    // Long enough for every late attempt to have been dealt with.
    const later = clock.monotonicMs() + 4_000;
    while (clock.monotonicMs() < later) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const node of [left, right]) {
      expect(node.neighbours.list(), `round ${round}`).toHaveLength(1);
      expect(node.events.seen.filter(({ kind }) => kind === 'up')).toHaveLength(1);
      expect(node.events.seen.filter(({ kind }) => kind === 'down')).toEqual([]);
    }
    await Promise.all([left.neighbours.close('over'), right.neighbours.close('over')]);
  }
});
