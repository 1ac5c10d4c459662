/** Searching: RFC 3561, sections 6.1, 6.3, 6.4 and 6.5. */
import { describe, expect, it } from 'vitest';
import { Network } from './network.ts';

const LINE = 'ab bc cd de ef fg gh hi';
/** A grid of four by four. */
const GRID = 'ab bc cd ef fg gh ij jk kl mn no op ae ei im bf fj jn cg gk ko dh hl lp';
const NET_TRAVERSAL_TIME = 2 * 40 * 35;
const DELETE_PERIOD = 5 * 3000;

describe('a request', () => {
  it('has a new RREQ ID and raises the sequence number of its originator (6.1, 6.3)', async () => {
    const net = await Network.of('ab bc cd');
    await net.visit('a', 'c');
    expect(net.own('a')).toEqual({ sequenceNumber: 1, rreqId: 1 });
    await net.visit('a', 'd');
    expect(net.own('a').rreqId).toBeGreaterThan(1);
    expect(net.own('a').sequenceNumber).toBe(net.own('a').rreqId);
    expect(net.route('c', 'a')).toMatchObject({ sequenceNumber: net.own('a').sequenceNumber, hopCount: 2, nextHop: 'b' });
  });

  it('keeps its numbers when the node loses its power (6.1, 6.13)', async () => {
    const net = await Network.of('ab bc');
    await net.visit('a', 'c');
    const before = net.own('a');
    net.node('a').crash();
    await net.world.run(1000);
    await net.world.settle(net.node('a').start(), 10_000);
    expect(net.own('a')).toEqual(before);
  });

  it('leaves at every node the way back to its originator (6.5)', async () => {
    const net = await Network.of(`${LINE} z`);
    await net.visit('a', 'z', { changes: { TTL_START: 35, RREQ_RETRIES: 0 } });
    for (const [hops, letter] of [...'bcdefgh'].entries())
      expect([letter, net.route(letter, 'a')]).toMatchObject([letter, { hopCount: hops + 1, nextHop: 'abcdefgh'[hops], isValid: true }]);
  });

  it('is dropped where it was before, so each node passes it on once (6.5)', async () => {
    const net = await Network.of(`${GRID} z`);
    await net.visit('a', 'z', { changes: { TTL_START: 35, RREQ_RETRIES: 0 } });
    expect(net.reachedBy('a', 1)).toBe('abcdefghijklmnop');
    // From each node over all its links but the one it came by, and for each of these hops a word back. One that went round would take far more.
    const links = GRID.split(' ').length;
    expect(net.explorerHops).toBeLessThanOrEqual(2 * (2 * links - 15));
  });

  it('carries the freshest sequence number that is known on its way (6.5)', async () => {
    const net = await Network.of('ab bc cd');
    await net.setRoute('b', 'd', { sequenceNumber: 41, hopCount: 2, nextHop: 'c', isValid: false, lifetimeMs: 0 });
    await net.visit('a', 'd');
    expect(net.route('a', 'd')).toMatchObject({ sequenceNumber: 41, hopCount: 3 });
    expect(net.own('d').sequenceNumber).toBe(41);
  });
});

describe('the expanding ring (6.4)', () => {
  it('searches no farther than it must', async () => {
    const net = await Network.of(LINE);
    // A ring of one hop sees the neighbours of neighbours, a ring of three sees four hops far.
    expect(await net.visit('a', 'e')).toMatchObject({ at: 'e', hops: 4 });
    expect(net.own('a').rreqId).toBe(2);
    expect([net.reachedBy('a', 1), net.reachedBy('a', 2)]).toEqual(['ab', 'abcde']);
  });

  it('grows by TTL_INCREMENT up to TTL_THRESHOLD, then over the whole network', async () => {
    const net = await Network.of(`${LINE} ij jk kl`);
    await net.visit('a', 'l');
    expect([1, 2, 3, 4, 5].map((id) => net.reachedBy('a', id))).toEqual(['ab', 'abcd', 'abcdef', 'abcdefgh', 'abcdefghijkl']);
  });

  it('waits RING_TRAVERSAL_TIME for each ring', async () => {
    const net = await Network.of('ab bc cd de');
    const { ageMs } = await net.visit('a', 'e');
    const first = 2 * 40 * (1 + 2);
    expect(ageMs).toBeGreaterThan(first);
    expect(ageMs).toBeLessThan(2 * first);
  });

  it('begins a little beyond the last known distance', async () => {
    const net = await Network.of(LINE);
    await net.visit('a', 'e');
    // After ACTIVE_ROUTE_TIMEOUT the route is no longer used, but its length is remembered for DELETE_PERIOD.
    await net.world.run(7000);
    await net.visit('a', 'e');
    expect(net.own('a').rreqId).toBe(3);
    expect(net.reachedBy('a', 3)).toContain('e');
  });
});

describe('a destination that is not there', () => {
  it('is searched for again with twice the patience each time, RREQ_RETRIES times (6.3)', async () => {
    const net = await Network.of('ab bc z');
    const launched = net.send('a', 'z', { changes: { TTL_START: 35 } });
    const startedMs: number[] = [];
    for (let id = 1; id <= 3; id++) {
      await net.world.until(() => net.own('a').rreqId === id, 60_000);
      startedMs.push(net.world.nowMs);
    }
    const visit = await net.end(launched);
    expect(visit).toMatchObject({ gaveUp: 'destination unreachable', at: 'a' });
    expect(net.own('a').rreqId).toBe(3);
    expect(startedMs[1]! - startedMs[0]!).toBeCloseTo(NET_TRAVERSAL_TIME, -2);
    expect(startedMs[2]! - startedMs[1]!).toBeCloseTo(2 * NET_TRAVERSAL_TIME, -2);
    expect(visit.ageMs).toBeCloseTo(7 * NET_TRAVERSAL_TIME, -2);
  });

  it('is not searched for at once by the next traveller, but after the back-off (6.3)', async () => {
    const net = await Network.of('ab bc z');
    const changes = { TTL_START: 35, RREQ_RETRIES: 0 };
    await net.visit('a', 'z', { changes });
    const next = await net.visit('a', 'z', { changes });
    expect(next).toMatchObject({ gaveUp: 'destination unreachable' });
    expect(next.ageMs).toBeLessThan(100);
    await net.world.run(2 * NET_TRAVERSAL_TIME);
    await net.visit('a', 'z', { changes });
    expect(net.own('a').rreqId).toBe(2);
  });

  it('is looked for by one search at a time from then on, not by rings again (6.3)', async () => {
    const net = await Network.of('ab bc z');
    const changes = { RREQ_RETRIES: 0 };
    await net.visit('a', 'z', { changes });
    const first = net.own('a').rreqId;
    for (const further of [1, 2]) {
      await net.world.run(2 * NET_TRAVERSAL_TIME);
      const both = [net.send('a', 'z', { changes }), net.send('a', 'z', { changes })];
      for (const one of both) {
        const { gaveUp, ageMs } = await net.end(one);
        expect(gaveUp).toBe('destination unreachable');
        expect(ageMs).toBeCloseTo(NET_TRAVERSAL_TIME, -2);
      }
      expect(net.own('a').rreqId).toBe(first + further);
      expect((await net.visit('a', 'z', { changes })).ageMs).toBeLessThan(100);
    }
  });

  it('is searched for as if for the first time when nobody asked for DELETE_PERIOD after the back-off', async () => {
    const net = await Network.of('ab bc z');
    const changes = { RREQ_RETRIES: 0 };
    await net.visit('a', 'z', { changes });
    const first = net.own('a').rreqId;
    await net.world.run(2 * NET_TRAVERSAL_TIME + DELETE_PERIOD + 100);
    await net.visit('a', 'z', { changes });
    expect(net.own('a').rreqId).toBe(2 * first);
  });

  it('is found when it comes back, by the next search', async () => {
    const net = await Network.of('ab bc cd');
    net.node('d').crash();
    await net.isGone('c', 'd');
    await net.visit('a', 'd');
    const { rreqId } = net.own('a');
    await net.world.settle(net.node('d').start(), 10_000);
    await net.world.run(8 * NET_TRAVERSAL_TIME);
    expect(await net.visit('a', 'd')).toMatchObject({ at: 'd', hops: 3 });
    expect(net.own('a').rreqId).toBe(rreqId + 1);
  });

  it('is travelled to at once when it has shown the way itself meanwhile', async () => {
    const net = await Network.of('ab bc cd');
    net.node('d').crash();
    await net.isGone('c', 'd');
    const changes = { RREQ_RETRIES: 0 };
    await net.visit('a', 'd', { changes });
    const { rreqId } = net.own('a');
    await net.world.settle(net.node('d').start(), 10_000);
    await net.world.run(2000);
    await net.visit('d', 'a');
    expect(await net.visit('a', 'd', { changes })).toMatchObject({ at: 'd', hops: 3 });
    expect(net.own('a').rreqId).toBe(rreqId);
  });

  it('ends the journey at its deadline', async () => {
    const net = await Network.of('ab bc z');
    expect(await net.visit('a', 'z', { timeout: 5000 })).toMatchObject({ gaveUp: 'no route found in time', at: 'a' });
  });
});

describe('travellers at one node', () => {
  it('share the search for a destination, and all arrive', async () => {
    const net = await Network.of(LINE);
    const launched = Array.from({ length: 20 }, () => net.send('a', 'e'));
    for (const one of launched) expect(await net.end(one)).toMatchObject({ at: 'e', hops: 4 });
    expect(net.own('a').rreqId).toBe(2);
  });

  it('start no more than RREQ_RATELIMIT requests within a second (6.3)', async () => {
    const net = await Network.of(`${LINE} x`);
    const changes = { TTL_START: 35, RREQ_RETRIES: 0 };
    const strangers = Array.from({ length: 25 }, (_, index) => ({ node: `stranger-${index}` }));
    for (const to of strangers) net.send('a', to, { changes });
    await net.world.run(900);
    expect(net.own('a').rreqId).toBe(10);
    await net.world.run(1000);
    expect(net.own('a').rreqId).toBe(20);
  });
});
