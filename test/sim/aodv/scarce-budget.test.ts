/** Explorers whose budget does not let them spread: they go alone, from branch to branch. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY_TEXT } from '../../../runtime/policy/default.ts';
import { programOf } from '../support.ts';
import { Network } from './network.ts';

/** A line from a to j with, at each node, a way to the side of two nodes. Half of the budget would go there at every node. */
const COMB = [...'abcdefghi'].flatMap((tooth, index) => [
  `${tooth}${'bcdefghij'[index]}`,
  `${tooth}${tooth.toUpperCase()}`,
  `${tooth.toUpperCase()}${index}`,
]);
const TEETH = [...[...'abcdefghi'].entries()];
const NODES = 28;
const ALL_OVER = { TTL_START: 35, RREQ_RETRIES: 0 };
/** The search gets half of it, which is too little for two clones. */
const SCARCE = { changes: ALL_OVER, budget: { hops: 138 } };
const SLEEPER = "import { sleep } from 'sm'; export default async () => sleep(600_000);";

/** Has one search with a generous budget go over the whole network, so that all nodes know their neighbours' neighbours. */
async function introduce(net: Network): Promise<void> {
  await net.visit('a', { node: 'nobody' }, { changes: ALL_OVER });
}

/** The network after a search from a for z, which is not there. */
async function searched(drawing: readonly string[]): Promise<Network> {
  const net = await Network.of([...drawing, 'z'].join(' '));
  await net.visit('a', 'z', SCARCE);
  return net;
}

describe('an explorer with little budget', () => {
  it('goes into every branch itself, and finds what is behind many of them', async () => {
    const net = await Network.of(COMB.join(' '));
    expect(await net.visit('a', 'j', SCARCE)).toMatchObject({ at: 'j', hops: 9 });
  });

  it('visits all nodes, goes back only to where branches are left, and no farther', async () => {
    const net = await searched(COMB);
    expect(net.reachedBy('a', 1)).toHaveLength(NODES);
    // Twice over each link but those of the way to its last node, which is at least two away.
    expect(net.explorerHops).toBeLessThanOrEqual(2 * (NODES - 1) - 2);
  });

  it('leaves the way back of the right length everywhere (6.5)', async () => {
    const net = await searched(COMB);
    for (const [hops, letter] of TEETH) {
      if (hops > 0) expect([letter, net.route(letter, 'a')]).toMatchObject([letter, { hopCount: hops }]);
      expect([letter, net.route(letter.toUpperCase(), 'a')]).toMatchObject([letter, { hopCount: hops + 1, nextHop: letter }]);
      expect([letter, net.route(String(hops), 'a')]).toMatchObject([letter, { hopCount: hops + 2, nextHop: letter.toUpperCase() }]);
    }
  });

  it('tells each node that it comes back to whom its neighbour knows', async () => {
    const net = await searched(['ab', 'bc', 'ad', 'de']);
    const told = ['b', 'd'].filter((letter) => net.tag('a', `public:aodv/near/${net.node(letter).id.slice(0, 8)}`) !== undefined);
    expect(told).toHaveLength(1);
  });

  it('leaves out branches that others have led behind meanwhile', async () => {
    const net = await Network.of('ab bc cd de ef fa z');
    await introduce(net);
    await net.visit('a', 'z', { changes: ALL_OVER, budget: { hops: 60 } });
    // Half round the ring all have been seen, and behind the other branch, to which it comes back, nobody is new.
    expect(net.reachedBy('a', 2)).toHaveLength(4);
  });

  it('goes to the destination though nobody is behind it', async () => {
    const net = await Network.of(COMB.join(' '));
    await introduce(net);
    expect(await net.visit('a', '8', SCARCE)).toMatchObject({ at: '8', hops: 10 });
  });

  it('looks for content at nodes that lead no farther as well', async () => {
    const net = await Network.of('ab ac ad bc bd cd de');
    await introduce(net);
    for (const letter of 'bc') {
      const name = `public:goal/${letter}`;
      await net.setTag(letter, name, 1);
      expect(await net.visit('a', { tags: [name] }, { changes: ALL_OVER, budget: { hops: 30 } })).toMatchObject({ at: letter, hops: 1 });
    }
  });

  it('goes no farther than its ring (6.4)', async () => {
    const net = await Network.of(COMB.join(' '));
    net.send('a', 'j', { changes: { TTL_START: 3 }, budget: { hops: 150 } });
    await net.world.run(300);
    expect(net.reachedBy('a', 1)).toBe('01ABCabcd');
  });

  it.each([
    ['1', 'c'],
    ['d', 'B'],
  ])('goes on with the other branch, to %s, when %s does not take it', async (to, full) => {
    const twoAtATime = DEFAULT_POLICY_TEXT.replace("      authors: ['*']\n", "      authors: ['*']\n      residents: 2\n");
    const net = await Network.of(COMB.join(' '), { policyText: twoAtATime });
    const sleeper = programOf(net.world, SLEEPER);
    for (const _ of 'xy') net.world.launch(sleeper, net.world.nodes.indexOf(net.node(full)), { transient: true });
    await net.world.run(100);
    expect(await net.visit('a', to, SCARCE)).toMatchObject({ at: to, hops: 3 });
  });

  it('keeps what its reply would need', async () => {
    const net = await Network.of(COMB.join(' '));
    const launched = net.send('a', 'j', { changes: ALL_OVER, budget: { hops: 40 } });
    expect(await net.end(launched)).toMatchObject({ gaveUp: 'destination unreachable', at: 'a' });
    expect(net.explorerHops).toBeLessThan(20);
    expect(launched.result()).not.toHaveProperty('failures');
  });
});
