/** A node dies for good: without a guard the origin says where its Smart Message was last, with one the Smart Message goes on. */
import { describe, expect, it } from 'vitest';
import type { LaunchChoices } from '../../sim/launches.ts';
import type { Launched } from '../../sim/launches.ts';
import type { World } from '../../sim/world.ts';
import { lineOf, linked, programOf, worldOf } from './support.ts';

const LEASE_MS = 10_000;
const LIFETIME_MS = 120_000;
const NODES = 5;

/** Goes along the line to the end and rests there. Where a guard revives it, it says so. */
const SETTLER = `
import { neighbours, self, sleep, sysMigrate } from 'sm';
export default async function settle({ to = 3 }) {
  try {
    while (self.hops < to) {
      const next = neighbours().find(({ id }) => id !== self.previous);
      await sysMigrate(next.id);
    }
  } catch (error) {
    return { reason: error.reason, at: self.nodeName };
  }
  await sleep(40_000);
  return { at: self.nodeName };
}`;

async function settledAt(to: number, choices: LaunchChoices = {}): Promise<{ world: World; launched: Launched }> {
  const world = await worldOf('deaths', NODES, lineOf(NODES), { limits: { guardLeaseMs: LEASE_MS } });
  await linked(world, lineOf(NODES));
  const launched = world.launch(programOf(world, SETTLER), 0, { args: { to }, lifetimeMs: LIFETIME_MS, ...choices });
  expect(await world.until(() => world.nodes[to]!.node.engine.residents === 1, 10_000)).toBe(true);
  await world.run(2_000);
  return { world, launched };
}

describe('a holder that dies for good', () => {
  it('without a guard is reported by the origin when the lifetime is over, with the node that acknowledged last', async () => {
    const { world, launched } = await settledAt(3);
    world.nodes[3]!.crash();
    expect(await world.until(() => launched.isOver, LIFETIME_MS)).toBe(false);
    expect(await world.until(() => launched.isOver, 120_000)).toBe(true);
    expect(launched.result()).toMatchObject({
      outcome: 'lost',
      endedAt: { node: world.nodes[3]!.id, name: 'n3' },
      hops: 3,
      presumed: { lastAcknowledged: { name: 'n3', hops: 3 } },
    });
  });

  it.each([
    [1, [3], 'n2'],
    [2, [3, 2], 'n1'],
    [3, [3, 2, 1], 'n0'],
  ])('with guard %i, and so many nodes that die at once: the copy behind them goes on', async (guard, dead, at) => {
    const { world, launched } = await settledAt(3, { guard });
    for (const node of dead) world.nodes[node]!.crash();
    expect(await world.until(() => launched.isOver, LIFETIME_MS)).toBe(true);
    expect(launched.result()).toMatchObject({ outcome: 'returned', value: { reason: 'guard', at } });
  });

  it('with fewer guards than nodes that die at once is lost all the same', async () => {
    const { world, launched } = await settledAt(3, { guard: 1 });
    for (const node of [3, 2]) world.nodes[node]!.crash();
    expect(await world.until(() => launched.isOver, LIFETIME_MS + 120_000)).toBe(true);
    expect(launched.result()).toMatchObject({ outcome: 'lost', presumed: { lastAcknowledged: { name: 'n2', hops: 2 } } });
  });
});

describe('a guarded Smart Message whose nodes live', () => {
  it('returns once, and nothing of it is left', async () => {
    const { world, launched } = await settledAt(3, { guard: 2 });
    expect([...world.nodes[2]!.node.handoff.guards.copies()]).toHaveLength(1);
    expect(world.nodes[2]!.node.residents(launched.family)).toMatchObject([{ state: 'copy', waitsFor: 'it went to n3' }]);
    expect(await world.until(() => launched.isOver, LIFETIME_MS)).toBe(true);
    await world.run(5_000);
    expect(launched.result()).toMatchObject({ outcome: 'returned', value: { at: 'n3' }, events: [] });
    for (const { node } of world.nodes) expect(node.handoff.guards.statistics).toEqual({ copies: 0, releases: 0 });
    expect(world.metrics.total('sm_guards_revived_total')).toBe(0);
  });

  it('but who is away for longer than the lease ends when it is back, and the later life has given the result', async () => {
    const { world, launched } = await settledAt(3, { guard: 1 });
    world.nodes[3]!.crash();
    expect(await world.until(() => launched.isOver, LIFETIME_MS)).toBe(true);
    expect(launched.result()).toMatchObject({ outcome: 'returned', value: { reason: 'guard', at: 'n2' } });
    void world.nodes[3]!.start();
    expect(await world.until(() => world.metrics.total('sm_killed_total', 'superseded') === 1, 20_000)).toBe(true);
    expect(world.nodes[3]!.node.engine.residents).toBe(0);
    await world.run(5_000);
    for (const { node } of world.nodes) expect(node.handoff.guards.statistics).toEqual({ copies: 0, releases: 0 });
  });

  it('and nothing is said of copies while nothing changes', async () => {
    const { world } = await settledAt(3, { guard: 2 });
    const said = (): number => world.traffic.sum(['renew', 'renewed']).messages;
    const before = said();
    await world.run(20_000);
    expect({ before: before > 0, since: said() - before }).toEqual({ before: true, since: 0 });
  });
});
