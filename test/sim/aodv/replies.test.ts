/** Answering: RFC 3561, sections 6.6 and 6.7; and destinations that are content. */
import { describe, expect, it } from 'vitest';
import { Network } from './network.ts';

const LINE = 'ab bc cd de';
const GOAL = { tags: ['public:goal'] };

describe('the destination', () => {
  it('answers with at least the sequence number that was asked for (6.1, 6.6.1)', async () => {
    const net = await Network.of(LINE);
    await net.setRoute('a', 'e', { sequenceNumber: 70, hopCount: 4, nextHop: 'b', isValid: false, lifetimeMs: 0 });
    await net.visit('a', 'e');
    expect(net.own('e').sequenceNumber).toBe(70);
    expect(net.route('a', 'e')).toMatchObject({ sequenceNumber: 70, isValid: true });
  });

  it('gives routes MY_ROUTE_TIMEOUT to live, and a hop count from each node (6.6.1, 6.7)', async () => {
    const net = await Network.of(LINE);
    await net.visit('a', 'e', { timeout: 2000 });
    for (const [index, letter] of [...'abcd'].entries())
      expect([letter, net.route(letter, 'e')]).toMatchObject([letter, { hopCount: 4 - index, nextHop: 'bcde'[index], lifetimeMs: 6000 }]);
  });
});

describe('a node with a fresh route', () => {
  const known = async (): Promise<Network> => {
    const net = await Network.of(LINE);
    await net.visit('c', 'e');
    await net.visit('b', 'e');
    return net;
  };

  it('answers for the destination, which is not asked (6.6.2)', async () => {
    const net = await known();
    await net.visit('a', 'e', { changes: { GRATUITOUS_RREP: false } });
    expect(net.reachedBy('a', 1)).toBe('ab');
    expect(net.route('a', 'e')).toMatchObject({ hopCount: 4, nextHop: 'b' });
    // Both may be used from now on by those that were told of them (6.6.2).
    expect(net.route('b', 'e')!.precursors).toContain('a');
    expect(net.route('b', 'a')!.precursors).toContain('c');
  });

  it('does not when only the destination may (5.1: D flag)', async () => {
    const net = await known();
    expect(await net.visit('a', 'e', { changes: { DESTINATION_ONLY: true, TTL_START: 35 } })).toMatchObject({ hops: 4 });
    expect(net.reachedBy('a', 1)).toBe('abcde');
  });

  it('does not when its route is older than what was asked for (6.6.2)', async () => {
    const net = await known();
    const { sequenceNumber } = net.route('b', 'e')!;
    const newer = sequenceNumber + 1;
    await net.setRoute('a', 'e', { sequenceNumber: newer, hopCount: 4, nextHop: 'b', isValid: false, lifetimeMs: 0 });
    await net.visit('a', 'e');
    expect([net.own('a').rreqId, net.reachedBy('a', 1)]).toEqual([1, 'abcde']);
    expect(net.route('a', 'e')).toMatchObject({ sequenceNumber: newer, isValid: true });
  });

  it('tells the destination the way to the searcher, so that nobody need search for the way home (6.6.3)', async () => {
    const net = await known();
    await net.visit('a', 'e');
    await net.world.run(500);
    expect(net.route('e', 'a')).toMatchObject({ hopCount: 4, nextHop: 'd' });
    expect(await net.visit('e', 'a')).toMatchObject({ at: 'a', hops: 4 });
    expect(net.own('e').rreqId).toBe(0);
  });

  it('tells it nothing when that is not wanted (5.1: G flag)', async () => {
    const net = await known();
    await net.visit('a', 'e', { changes: { GRATUITOUS_RREP: false } });
    await net.world.run(500);
    expect(net.route('e', 'a')).toBeUndefined();
  });
});

describe('a reply', () => {
  it('makes both ways known, each with those who will use it (6.2, 6.7)', async () => {
    const net = await Network.of(LINE);
    await net.visit('a', 'e');
    expect(net.route('c', 'e')).toMatchObject({ precursors: ['b'] });
    expect(net.route('c', 'a')).toMatchObject({ precursors: ['d'] });
    expect(await net.visit('e', 'a')).toMatchObject({ at: 'a', hops: 4 });
    expect(net.own('e').rreqId).toBe(0);
  });
});

describe('content', () => {
  it('is found at the nearest node that has it, and the way home is known', async () => {
    const net = await Network.of('ab bc cd de ax xy');
    await net.setTag('e', 'public:goal', 1);
    await net.setTag('y', 'public:goal', 1);
    expect(await net.visit('a', GOAL)).toMatchObject({ at: 'y', hops: 2 });
    expect(await net.visit('a', { tags: [{ name: 'public:goal', above: 0 }] }, { except: [net.node('y').id] })).toMatchObject({ at: 'e' });
    await net.visit('e', 'a');
    expect(net.own('e').rreqId).toBe(0);
  });

  it('is answered by a node that another search for the same was led from (6.6.2)', async () => {
    const net = await Network.of(LINE);
    await net.setTag('e', 'public:goal', 1);
    await net.visit('b', GOAL);
    expect(await net.visit('a', GOAL)).toMatchObject({ at: 'e', hops: 4 });
    expect(net.reachedBy('a', 1)).toBe('ab');
  });

  it('is searched for anew when the node that had it has it no more', async () => {
    const net = await Network.of('ab bc cx cy yz');
    await net.setTag('x', 'public:goal', 1);
    await net.visit('a', { tags: [{ name: 'public:goal', equals: 1 }] });
    await net.setTag('x', 'public:goal', 0);
    await net.setTag('z', 'public:goal', 1);
    expect(await net.visit('a', { tags: [{ name: 'public:goal', equals: 1 }] })).toMatchObject({ at: 'z' });
  });

  it('is looked for behind nobody as well: at nodes that lead no farther', async () => {
    const net = await Network.of('ab ac ad bc bd cd de');
    await net.visit('a', 'e');
    await net.visit('b', 'e');
    await net.setTag('c', 'public:goal', 1);
    expect(await net.visit('a', GOAL)).toMatchObject({ at: 'c', hops: 1 });
  });

  it('may be a name, which is bound to the id of its node', async () => {
    const net = await Network.of(LINE);
    expect(await net.visit('a', { node: net.node('e').name })).toMatchObject({ at: 'e', hops: 4 });
    expect(net.route('a', 'e')).toMatchObject({ hopCount: 4 });
  });

  it('cannot be a point', async () => {
    const net = await Network.of('ab');
    const point = { latitude: 47, longitude: 8 };
    expect(await net.visit('a', { point })).toMatchObject({ gaveUp: 'aodv finds nodes, not points' });
  });
});
