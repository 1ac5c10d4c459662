/** What breaks: RFC 3561, sections 6.2, 6.9, 6.11 and 6.12. */
import { describe, expect, it } from 'vitest';
import type { Launched } from '../../../sim/launches.ts';
import { Network } from './network.ts';

/** A way of four hops, and beside its last link a detour: d, x, e. */
const DETOUR = 'ab bc cd de dx xe';

async function withRoute(drawing: string, from = 'a', to = 'e'): Promise<Network> {
  const net = await Network.of(drawing);
  await net.visit(from, to);
  return net;
}

describe('the life of a route', () => {
  it('is ACTIVE_ROUTE_TIMEOUT after each use, on the way there and on the way back (6.2)', async () => {
    const net = await withRoute('ab bc cd de');
    for (let time = 0; time < 8; time++) {
      await net.world.run(2500);
      await net.visit('a', 'e');
    }
    expect(net.own('a').rreqId).toBe(2);
    expect(await net.visit('e', 'a')).toMatchObject({ hops: 4 });
    expect(net.own('e').rreqId).toBe(0);
  });

  it('ends without use, and DELETE_PERIOD later nothing is left of it (6.2, 6.11)', async () => {
    const net = await withRoute('ab bc cd de');
    await net.world.run(7000);
    expect(net.route('b', 'e')).toBeDefined();
    await net.visit('a', 'e');
    expect(net.own('a').rreqId).toBe(3);
    await net.world.run(6000 + 15_000 + 1000);
    expect(net.route('b', 'e')).toBeUndefined();
  });
});

describe('a link that broke', () => {
  it('is found by whoever uses a route over it, which ends there with the next sequence number (6.9, 6.11)', async () => {
    const net = await withRoute('ab bc cd de');
    const { sequenceNumber } = net.route('d', 'e')!;
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    await net.visit('a', 'e', { timeout: 1000 });
    expect(net.route('d', 'e')).toMatchObject({ isValid: false, sequenceNumber: sequenceNumber + 1 });
  });

  it('is told, when it cannot be repaired, to all who use the route, one after the other (6.11)', async () => {
    const net = await withRoute('ab bc cd de');
    const { sequenceNumber } = net.route('d', 'e')!;
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    net.send('a', 'e', { timeout: 3000 });
    await net.world.run(300);
    // While d tries to repair it, nobody is told (6.12).
    expect(net.route('c', 'e')).toMatchObject({ isValid: true });
    await net.world.run(1000);
    for (const letter of 'abc')
      expect([letter, net.route(letter, 'e')]).toMatchObject([letter, { isValid: false, sequenceNumber: sequenceNumber + 1 }]);
  });

  it('ends all routes over it, and their users hear of them too (6.11, case i)', async () => {
    const net = await withRoute('ab bc cd de ef eg');
    await net.visit('a', 'f');
    await net.visit('a', 'g');
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    net.send('a', 'e', { timeout: 3000 });
    await net.world.run(400);
    expect([net.route('c', 'e'), net.route('c', 'f'), net.route('a', 'g')]).toMatchObject([
      { isValid: true },
      { isValid: false },
      { isValid: false },
    ]);
  });

  it('does not touch routes over other links (6.11, case iii)', async () => {
    const net = await withRoute('ab bc cd de cx xy');
    await net.visit('a', 'y');
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    await net.visit('a', 'e', { timeout: 1500 });
    expect(net.route('a', 'e')).toMatchObject({ isValid: false });
    expect(net.route('a', 'y')).toMatchObject({ isValid: true });
  });

  it('is no news of routes that lead another way than to who tells it (6.11, case iii)', async () => {
    const net = await withRoute('ab be ax xz');
    // x has a route of its own, and believes that a uses it.
    await net.setRoute('x', 'e', { sequenceNumber: 7, hopCount: 2, nextHop: 'z', isValid: true, lifetimeMs: 600_000, precursors: ['a'] });
    net.cut('x', 'z');
    await net.isGone('x', 'z');
    const before = net.explorerHops;
    net.send('x', 'e', { changes: { RREQ_RATELIMIT: 0 } });
    await net.world.run(100);
    expect(net.route('x', 'e')).toMatchObject({ isValid: false, sequenceNumber: 8 });
    expect(net.explorerHops).toBe(before + 1);
    expect(net.route('a', 'e')).toMatchObject({ isValid: true, sequenceNumber: 0 });
  });

  it('is told to the sender of who came with a route that nobody here knows (6.11, case ii)', async () => {
    const net = await withRoute('ab bc cd de');
    const { sequenceNumber } = net.route('b', 'e')!;
    // c forgot all: the route, and who uses it.
    await net.setTag('c', `public:route/aodv/${net.node('e').id}`, null);
    net.send('a', 'e');
    await net.world.run(60);
    expect(net.route('b', 'e')).toMatchObject({ isValid: false, sequenceNumber: sequenceNumber + 1 });
  });

  it('sends no more than RERR_RATELIMIT errors within a second (6.11)', async () => {
    const net = await withRoute('ab bc cd de');
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    const before = net.explorerHops;
    await net.visit('a', 'e', { timeout: 400, changes: { RERR_RATELIMIT: 0, RREQ_RATELIMIT: 0 } });
    expect(net.explorerHops).toBe(before);
  });
});

describe('local repair (6.12)', () => {
  it('finds a way round from where the route broke, and its origin searches for nothing', async () => {
    const net = await withRoute(DETOUR);
    const { rreqId } = net.own('a');
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    expect(await net.visit('a', 'e')).toMatchObject({ at: 'e', hops: 5 });
    expect(net.own('d').rreqId).toBe(1);
    expect(net.own('a').rreqId - rreqId).toBeLessThanOrEqual(1);
    expect(net.route('c', 'e')).toMatchObject({ isValid: true });
  });

  it('tells the origin when the way became longer, which then looks for a better one while it uses this (N flag)', async () => {
    const net = await withRoute(DETOUR);
    const before = net.own('a').rreqId;
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    await net.visit('a', 'e');
    await net.world.run(200);
    expect(net.own('a').rreqId).toBe(before + 1);
    expect(net.route('a', 'e')).toMatchObject({ isValid: true, hopCount: 5 });
  });

  it('is not tried at the origin, nor far from the destination (MAX_REPAIR_TTL)', async () => {
    const net = await withRoute(DETOUR);
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    net.send('a', 'e', { changes: { NET_DIAMETER: 3 } });
    await net.world.run(100);
    // The route over d has one hop left, more than 0.3 x 3: its users are told at once.
    expect(net.route('c', 'e')).toMatchObject({ isValid: false });
  });

  it('searches no farther than a little beyond what was lost', async () => {
    const net = await withRoute(`${DETOUR} ap pq qr rs`);
    net.cut('d', 'e');
    await net.isGone('d', 'e');
    await net.visit('a', 'e');
    // max(1, 0.5 x 3) + LOCAL_ADD_TTL = 4 hops from d.
    expect(net.reachedBy('d', 1)).not.toContain('q');
  });
});

describe('a node that loses its power', () => {
  it('is gone round by a traveller that finds it gone', async () => {
    const net = await withRoute('ab bc cd ax xy yz zd', 'a', 'd');
    net.node('b').crash();
    await net.isGone('a', 'b');
    expect(await net.visit('a', 'd')).toMatchObject({ at: 'd', hops: 4 });
  });

  it('takes along of a stream no more than was on its way to it', async () => {
    const net = await withRoute('ab bc cd ax xy yd', 'a', 'd');
    const launched: Launched[] = [];
    for (let sent = 0; sent < 40; sent++) {
      if (sent === 12) net.node('c').crash();
      launched.push(net.send('a', 'd'));
      await net.world.run(250);
    }
    await net.world.until(() => launched.every((one) => one.isOver), 60_000);
    const arrived = launched.filter((one) => one.hasReturned && (one.result()!.value as { at: string }).at === net.node('d').name);
    // A link gives up after 620 ms without an acknowledgement. Transients that were offered over it until then are in doubt, and dropped.
    expect(arrived.length).toBeGreaterThanOrEqual(37);
  });
});
