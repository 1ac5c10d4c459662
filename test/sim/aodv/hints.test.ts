/** Routes are hints that anybody may have written; explorers pay with a conserved budget; and pruning spares explorers. */
import { describe, expect, it } from 'vitest';
import { Network } from './network.ts';

const LINE = 'ab bc cd de';
const FOREVER_MS = 600_000;
/** NET_TRAVERSAL_TIME, doubled RREQ_RETRIES times. */
const LAST_WAIT_MS = 2 * 40 * 35 * 2 ** 2;

describe('hints that AODV did not write', () => {
  it.each([
    ['a text', 'nonsense'],
    ['null', null],
    ['a list', [1, 2, 3]],
    ['a route over nobody', { sequenceNumber: 9, hopCount: 1, nextHop: 'nobody', isValid: true, lifetimeMs: FOREVER_MS, precursors: [] }],
    ['a route without a number', { sequenceNumber: 'nine', hopCount: 1, nextHop: 'x', isValid: true, lifetimeMs: FOREVER_MS }],
    ['a route with a broken number', { sequenceNumber: 2 ** 40, hopCount: 1, nextHop: 'x', isValid: true, lifetimeMs: FOREVER_MS }],
    [
      'a route with endless precursors',
      { sequenceNumber: 0, hopCount: 1, nextHop: 'x', isValid: false, lifetimeMs: 0, precursors: { length: 9 } },
    ],
  ])('do no harm: %s', async (_what, value) => {
    const net = await Network.of(LINE);
    for (const letter of 'abcd') await net.setTag(letter, `public:route/aodv/${net.node('e').id}`, value);
    expect(await net.visit('a', 'e')).toMatchObject({ at: 'e', hops: 4 });
  });

  it('lead nobody in a circle', async () => {
    const net = await Network.of('ab bc cd de bx xc');
    const entry = { sequenceNumber: 5, hopCount: 2, isValid: true, lifetimeMs: FOREVER_MS };
    await net.setRoute('a', 'e', { ...entry, nextHop: 'b' });
    await net.setRoute('b', 'e', { ...entry, nextHop: 'c' });
    await net.setRoute('c', 'e', { ...entry, nextHop: 'x' });
    await net.setRoute('x', 'e', { ...entry, nextHop: 'b' });
    const visit = await net.visit('a', 'e');
    expect(visit).toMatchObject({ at: 'e' });
    expect(visit.hops).toBeLessThanOrEqual(6);
  });

  it('do not make a traveller wait for a search that nobody makes', async () => {
    const net = await Network.of(LINE);
    const search = { ttl: 35, retries: 0, repairs: null, waitMs: 1e9, silentMs: 0 };
    await net.setTag('a', `public:aodv/search/${net.node('e').id}`, search);
    const { at, ageMs } = await net.visit('a', 'e');
    expect(at).toBe('e');
    expect(ageMs).toBeLessThan(LAST_WAIT_MS + 5000);
  });

  it('keep nobody from searching for longer than a search that failed would', async () => {
    const net = await Network.of(LINE);
    const search = { ttl: 35, retries: 3, repairs: null, waitMs: 1e9, silentMs: 1e9 };
    await net.setTag('a', `public:aodv/search/${net.node('e').id}`, search);
    await net.world.run(3 * LAST_WAIT_MS);
    expect(await net.visit('a', 'e')).toMatchObject({ at: 'e', hops: 4 });
  });

  it('that nobody else may change are gone round', async () => {
    const net = await Network.of('ab bd ac cx xd');
    // Whoever wrote this keeps b from remembering the way back to a.
    await net.setRoute('b', 'a', { sequenceNumber: 1, hopCount: 1, nextHop: 'd', isValid: false, lifetimeMs: 0 }, false);
    expect(await net.visit('a', { node: net.node('d').name })).toMatchObject({ at: 'd', hops: 3 });
  });

  it('of neighbourhoods cost at worst the first searches', async () => {
    const net = await Network.of(LINE);
    // a believes that nobody is behind b.
    for (const [at, about] of ['ab', 'bc', 'cd']) await net.setTag(at!, `public:aodv/near/${net.node(about!).id.slice(0, 8)}`, []);
    expect(await net.visit('a', 'e')).toMatchObject({ at: 'e', hops: 4 });
  });
});

describe('explorers', () => {
  const GRID = 'ab bc cd ef fg gh ij jk kl mn no op ae ei im bf fj jn cg gk ko dh hl lp';

  it('take no more of the budget than their share, and leave the rest to the journey', async () => {
    const net = await Network.of(`${GRID} z`);
    const hops = 400;
    const launched = net.send('a', 'z', { budget: { hops }, changes: { TTL_START: 35 } });
    await net.end(launched);
    // Three searches, and as much as each of them may cost is left.
    expect(net.explorerHops).toBeLessThanOrEqual((hops * 3) / 4);
    expect(net.explorerHops).toBeGreaterThan(15);
  });

  it('get all hops that they need, though a 98th of 98 is rounded to none', async () => {
    const net = await Network.of('ab bc z');
    await net.visit('a', 'z', { budget: { hops: 198 }, changes: { TTL_START: 35, RREQ_RETRIES: 0 } });
    // Of 99 hops, the explorer has 98 left when it sends a word back.
    expect(net.tag('a', `public:aodv/near/${net.node('b').id.slice(0, 8)}`)).toHaveLength(2);
  });

  it('end quietly when their budget is too small to go on', async () => {
    const net = await Network.of(`${LINE} ef fg gh`);
    const launched = net.send('a', 'h', { budget: { hops: 12, cpuMs: 400, bytes: 200_000, children: 12 } });
    await net.end(launched);
    const { outcome, failures } = launched.result() as unknown as { outcome: string; failures?: unknown[] };
    expect([outcome, failures ?? []]).toEqual(['returned', []]);
  });

  it('are not started by who has no children left, which then cannot find what it does not see', async () => {
    const net = await Network.of(LINE);
    expect(await net.visit('a', 'b', { budget: { children: 0 } })).toMatchObject({ at: 'b' });
    expect(await net.visit('a', 'e', { budget: { children: 0 } })).toMatchObject({ at: 'a', gaveUp: expect.stringMatching(/./) });
  });

  it('spare each other once the nodes know their neighbours’ neighbours', async () => {
    const net = await Network.of(`${GRID} af be bg cf ch dg ej fi fk gj gl hk in jm jo kn kp lo z`);
    const changes = { TTL_START: 35, RREQ_RETRIES: 0 };
    await net.visit('a', 'z', { changes });
    const first = net.explorerHops;
    await net.visit('a', { node: 'nobody' }, { changes });
    const second = net.explorerHops - first;
    expect(net.reachedBy('a', 2).length).toBeLessThan(16);
    expect(second).toBeLessThan(first / 3);
  });
});

describe('parameters', () => {
  it('are named when they do not exist or make no sense', async () => {
    const net = await Network.of('ab');
    for (const [changes, message] of [
      [{ TTL_STRAT: 1 }, 'aodv: there is no parameter "TTL_STRAT"; see section 10 of RFC 3561'],
      [{ TTL_START: -1 }, 'aodv: TTL_START cannot be -1; it is 1 when not given'],
      [{ DESTINATION_ONLY: 1 }, 'aodv: DESTINATION_ONLY cannot be 1; it is false when not given'],
    ] as const) {
      const launched = net.send('a', 'b', { changes });
      await net.world.until(() => launched.isOver, 10_000);
      expect(launched.result()).toMatchObject({ outcome: 'failed', error: { name: 'TypeError', message } });
    }
  });
});
