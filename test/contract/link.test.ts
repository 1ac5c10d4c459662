/** What every kind of link promises; see runtime/links/channel.ts. */
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { RefusedError } from '../../core/errors.ts';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Message } from '../../core/messages.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import type { Channel } from '../../runtime/links/channel.ts';
import { MemoryNetwork } from '../../runtime/links/memory.ts';
import { tcpTransport } from '../../runtime/links/tcp.ts';
import type { Transport } from '../../runtime/links/transport.ts';
import { LinkedNode, passTimeUntil, throwAwayNetwork } from '../support/network.ts';
import { ManualClock } from '../support/ports.ts';

/** `low` has the lower node id, so it decides which of two links is kept. */
let low: Identity;
let high: Identity;
let network: Awaited<ReturnType<typeof throwAwayNetwork>>;

beforeAll(async () => {
  network = await throwAwayNetwork();
  const pair = [
    await network.authority.issue({ role: 'node', name: 'attic' }),
    await network.authority.issue({ role: 'node', name: 'cellar' }),
  ];
  pair.sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1));
  [low, high] = pair as [Identity, Identity];
});
afterAll(() => network.remove());

const kinds: { readonly kind: string; readonly make: () => (name: string) => Transport }[] = [
  { kind: 'tcp', make: () => () => tcpTransport() },
  {
    kind: 'memory',
    make: () => {
      const places = new MemoryNetwork();
      return (name) => places.transport(name);
    },
  },
];

const obituary = (body: string): Message => ({
  type: 'obituary',
  family: 'aa'.repeat(16),
  smId: 'bb'.repeat(16),
  root: true,
  origin: 'cc'.repeat(16),
  node: 'dd'.repeat(16),
  outcome: 'returned',
  body,
});

const bodies = (node: LinkedNode): string[] =>
  node.messages().map((message) => (message.type === 'obituary' ? message.body : message.type));

describe.each(kinds)('$kind link', ({ make }) => {
  const running: LinkedNode[] = [];
  let transportOf = make();

  afterEach(async () => {
    await Promise.all(running.splice(0).map((node) => node.neighbours.close('the test is over')));
    transportOf = make();
  });

  const start = async (
    identity: Identity,
    options: { clock?: ManualClock; boot?: string; limits?: Partial<Limits> } = {},
  ): Promise<LinkedNode> => {
    const node = new LinkedNode({ identity, transport: transportOf(identity.name), ...options });
    running.push(node);
    await node.neighbours.start();
    return node;
  };

  /** Both nodes on one clock, linked; `dialler` has dialled. */
  const pair = async (
    dialler: 'low' | 'high',
    limits: Partial<Limits> = {},
  ): Promise<{ one: LinkedNode; other: LinkedNode; clock: ManualClock }> => {
    const clock = new ManualClock();
    const [from, to] = dialler === 'low' ? [low, high] : [high, low];
    const one = await start(from, { clock, limits });
    const other = await start(to, { clock, limits });
    one.neighbours.addPeer(other.neighbours.address as string);
    clock.advance(1);
    await Promise.all([one.up(to.name), other.up(from.name)]);
    return { one, other, clock };
  };

  const channel = (node: LinkedNode, peer: Identity): Channel => node.neighbours.channel(peer.nodeId) as Channel;

  it.each(['low', 'high'] as const)('links two nodes whoever dials (%s), and each knows the other by its certificate', async (dialler) => {
    const { one, other } = await pair(dialler);
    const [from, to] = dialler === 'low' ? [low, high] : [high, low];
    expect(channel(one, to).peer).toMatchObject({ nodeId: to.nodeId, name: to.name, incarnation: '11'.repeat(16) });
    expect(channel(other, from).peer).toMatchObject({ nodeId: from.nodeId, name: from.name });
    expect(one.neighbours.publicKey(to.nodeId)?.asymmetricKeyType).toBe('ed25519');
  });

  it('delivers messages whole, in order, once, in both directions, of every size up to the limit', async () => {
    const { one, other } = await pair('low');
    const sizes = [1, 3, 100, 16_384, 70_000, LIMITS.resultBytes - 100, 5, 17];
    const sent = sizes.map((size, index) => `${index}:${'x'.repeat(size)}`);
    for (const text of sent) {
      channel(one, high).send(obituary(text));
      channel(other, low).send(obituary(text));
    }
    const last = sent.at(-1) as string;
    const arrived = (node: LinkedNode): Promise<unknown> =>
      node.events.until(
        (event) => event.kind === 'message' && event.message.type === 'obituary' && event.message.body === last,
        'the last message',
      );
    await Promise.all([arrived(one), arrived(other)]);
    expect(bodies(one)).toEqual(sent);
    expect(bodies(other)).toEqual(sent);
  });

  it('counts by type what was queued, at the sender, and nothing that was refused', async () => {
    const { one, other } = await pair('low', { sendQueueBytes: 1000 });
    const settled: Message = { type: 'settled', smId: 'bb'.repeat(16), epoch: 1 };
    for (const message of [obituary('1'), settled, obituary('2')]) channel(one, high).send(message);
    expect(() => channel(one, high).send(obituary('x'.repeat(1000)))).toThrow(RefusedError);
    const sent = (node: LinkedNode, type: string): number | undefined => node.metrics.counts.get(`sm_messages_sent_total ${type}`);
    expect([sent(one, 'obituary'), sent(one, 'settled'), sent(other, 'obituary')]).toEqual([2, 1, undefined]);
  });

  it('refuses to queue more than the limit, drains, and takes messages again', async () => {
    const { one, other } = await pair('low', { sendQueueBytes: 1_000_000 });
    const text = 'x'.repeat(200_000);
    let accepted = 0;
    expect(() => {
      for (;;) {
        channel(one, high).send(obituary(text));
        accepted++;
      }
    }).toThrow(RefusedError);
    expect(accepted).toBe(4);
    await channel(one, high).drained();
    channel(one, high).send(obituary('after'));
    await other.events.until(
      (event) => event.kind === 'message' && (event.message as { body?: string }).body === 'after',
      'the message after',
    );
    expect(bodies(other)).toHaveLength(accepted + 1);
  });

  it('drains at once when nothing is queued, and when the channel closes', async () => {
    const { one } = await pair('low');
    const link = channel(one, high);
    await link.drained();
    link.send(obituary('x'.repeat(200_000)));
    const drained = link.drained();
    link.close('enough');
    await drained;
    await link.drained();
  });

  it('delivers what was sent before an orderly close, then says that the link is down on both sides, once', async () => {
    const { one, other } = await pair('low');
    const link = channel(one, high);
    link.send(obituary('last words'));
    link.close('going home');
    expect(link.open).toBe(false);
    expect(one.neighbours.list()).toEqual([]);
    link.send(obituary('too late'));
    link.close('again');
    await other.down(low.name);
    expect(bodies(other)).toEqual(['last words']);
    expect(one.events.seen.filter(({ kind }) => kind === 'down')).toHaveLength(1);
    expect(other.log.events.seen.join()).toContain('going home');
  });

  it('begins anew, and lives on, when dealing with a message fails', async () => {
    const { one, other, clock } = await pair('low');
    other.neighbours.onMessage((_channel, message) => {
      if (message.type === 'obituary' && message.body === 'poison') throw new TypeError('unforeseen');
    });
    channel(one, high).send(obituary('poison'));
    await Promise.all([one.down(high.name), other.down(low.name), other.logged('dealing with a message failed')]);
    const again = other.events.until(() => other.events.seen.filter(({ kind }) => kind === 'up').length === 2, 'a new link');
    await passTimeUntil(clock, again);
  });

  it('dials again after a link went down, until the peer is back', async () => {
    const { one, other, clock } = await pair('low');
    const address = other.neighbours.address as string;
    await other.neighbours.close('restarting');
    await one.down(high.name);
    await passTimeUntil(clock, one.logged('no link'));
    const bound = address.includes(':') ? tcpTransport({ host: '127.0.0.1', port: Number(address.split(':')[1]) }) : transportOf(high.name);
    const again = new LinkedNode({ identity: high, transport: bound, clock, boot: '33'.repeat(16) });
    running.push(again);
    await again.neighbours.start();
    await passTimeUntil(clock, again.up(low.name));
    await one.events.until((event) => event.kind === 'up' && event.channel.peer.boot === '33'.repeat(16), 'a link to the restarted node');
  });

  it('keeps exactly one link, the same on both sides, when both dial at once', async () => {
    const clock = new ManualClock();
    const one = await start(low, { clock });
    const other = await start(high, { clock });
    one.neighbours.addPeer(other.neighbours.address as string);
    other.neighbours.addPeer(one.neighbours.address as string);
    clock.advance(1);
    await Promise.all([one.up(high.name), other.up(low.name)]);
    // The kept link carries messages both ways; were they on different links, closing the spare one would lose them.
    channel(one, high).send(obituary('ping'));
    await other.events.until(({ kind }) => kind === 'message', 'ping');
    channel(other, low).send(obituary('pong'));
    await one.events.until(({ kind }) => kind === 'message', 'pong');
    clock.advance(LIMITS.keepaliveIntervalMs);
    expect(one.neighbours.list()).toHaveLength(1);
    expect(other.neighbours.list()).toHaveLength(1);
    expect(one.events.seen.filter(({ kind }) => kind === 'up')).toHaveLength(1);
    expect(other.events.seen.filter(({ kind }) => kind === 'up')).toHaveLength(1);
  });

  it('replaces the link to a peer that restarted without saying so', async () => {
    const { one: before, other, clock } = await pair('high');
    // The old process is gone but its connection still looks open: nothing ever comes from it again.
    const restarted = new LinkedNode({ identity: high, transport: transportOf(`${high.name}-again`), clock, boot: '44'.repeat(16) });
    running.push(restarted);
    restarted.neighbours.addPeer(other.neighbours.address as string);
    clock.advance(1);
    await restarted.up(low.name);
    await other.events.until((event) => event.kind === 'up' && event.channel.peer.boot === '44'.repeat(16), 'the link to the new process');
    expect(other.neighbours.list()).toHaveLength(1);
    expect(channel(other, high).peer.boot).toBe('44'.repeat(16));
    await before.down(low.name);
  });

  it('takes no second link from a peer whose first one is alive', async () => {
    const { one, other, clock } = await pair('high');
    const twin = new LinkedNode({ identity: high, transport: transportOf(`${high.name}-twin`), clock });
    running.push(twin);
    twin.neighbours.addPeer(other.neighbours.address as string);
    clock.advance(1);
    await twin.logged('there is a link between us already');
    expect(one.neighbours.list()).toHaveLength(1);
    expect(channel(other, high).open).toBe(true);
  });

  it('takes no more neighbours than the limit', async () => {
    const clock = new ManualClock();
    const one = await start(low, { clock, limits: { neighbours: 0 } });
    const other = await start(high, { clock });
    other.neighbours.addPeer(one.neighbours.address as string);
    clock.advance(1);
    await other.logged('takes no more');
    expect(one.neighbours.list()).toEqual([]);
  });

  it('refuses to link with itself', async () => {
    const clock = new ManualClock();
    const one = await start(low, { clock });
    one.neighbours.addPeer(one.neighbours.address as string);
    clock.advance(1);
    await one.logged('an address of this node itself');
    expect(one.neighbours.list()).toEqual([]);
  });

  it('answers keepalives, so an idle link stays up', async () => {
    const { one, other, clock } = await pair('low');
    for (let round = 0; round < LIMITS.keepaliveMissed * 3; round++) {
      clock.advance(LIMITS.keepaliveIntervalMs);
      // A message each way shows that the pings and pongs before it have arrived.
      channel(one, high).send(obituary(`${round}`));
      channel(other, low).send(obituary(`${round}`));
      const has = (node: LinkedNode): Promise<unknown> =>
        node.events.until(
          (event) => event.kind === 'message' && (event.message as { body?: string }).body === `${round}`,
          `round ${round}`,
        );
      await Promise.all([has(one), has(other)]);
    }
    expect(one.events.seen.filter(({ kind }) => kind === 'down')).toEqual([]);
  });
});

describe('half-open links', () => {
  const start = async (
    dialler: 'low' | 'high',
  ): Promise<{ places: MemoryNetwork; clock: ManualClock; one: LinkedNode; other: LinkedNode }> => {
    const places = new MemoryNetwork();
    const clock = new ManualClock();
    const one = new LinkedNode({ identity: low, transport: places.transport('low'), clock });
    const other = new LinkedNode({ identity: high, transport: places.transport('high'), clock });
    await Promise.all([one.neighbours.start(), other.neighbours.start()]);
    if (dialler === 'low') one.neighbours.addPeer('high');
    else other.neighbours.addPeer('low');
    clock.advance(1);
    await Promise.all([one.up(high.name), other.up(low.name)]);
    places.silence('low', 'high');
    return { places, clock, one, other };
  };
  const secondLink = (node: LinkedNode): Promise<unknown> =>
    node.events.until(() => node.events.seen.filter(({ kind }) => kind === 'up').length === 2, 'a second link');

  it('are noticed by keepalive and dialled again', async () => {
    const { clock, one, other } = await start('low');
    const beginMs = clock.monotonicMs();
    await passTimeUntil(clock, Promise.all([one.down(high.name), other.down(low.name)]));
    expect(clock.monotonicMs() - beginMs).toBeLessThanOrEqual(LIMITS.keepaliveIntervalMs * (LIMITS.keepaliveMissed + 2));
    expect(one.log.events.seen.join()).toContain('no answer for');
    await passTimeUntil(clock, Promise.all([secondLink(one), secondLink(other)]));
    await Promise.all([one.neighbours.close('over'), other.neighbours.close('over')]);
  });

  it('give way, before keepalive notices, to a new link of a peer that has given up on the old one', async () => {
    const { clock, one, other } = await start('high');
    other.neighbours.list()[0]?.close('given up');
    expect(one.neighbours.list()).toHaveLength(1);
    const beginMs = clock.monotonicMs();
    await passTimeUntil(clock, Promise.all([secondLink(one), secondLink(other)]));
    expect(clock.monotonicMs() - beginMs).toBeLessThan(LIMITS.keepaliveIntervalMs);
    expect(one.log.events.seen.join()).toContain('does not answer');
    await Promise.all([one.neighbours.close('over'), other.neighbours.close('over')]);
  });
});
