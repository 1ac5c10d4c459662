/** Smart Messages among whole nodes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUDGET, NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
beforeEach(async () => {
  world = await NodeWorld.create();
});
afterEach(() => world.close());

const HOP_AND_BACK = `
import { sysMigrate, neighbours, self } from 'sm';
export default async function (): Promise<unknown> {
  const home = self.node;
  await sysMigrate(neighbours()[0]!.id);
  const there = self.nodeName;
  await sysMigrate(home);
  return there;
}`;

/** Star around `hub`. */
function star(...leaves: string[]): [string, string][] {
  return leaves.map((leaf) => ['hub', leaf]);
}

const live = (nodes: readonly TestNode[]) => nodes.flatMap((node) => node.headers());
const sum = (numbers: readonly number[]): number => numbers.reduce((all, number) => all + number, 0);
const acceptedHops = (nodes: readonly TestNode[], family: string): number =>
  nodes.flatMap((node) => node.node.hops.ofFamily(family)).filter(({ outcome }) => outcome === 'accepted').length;

/** What is counted here is gone when everything has ended. */
function expectNothingLeft(nodes: readonly TestNode[]): void {
  for (const { name, node } of nodes) {
    expect([name, node.admission.usage.residents, node.admission.usage.bytes]).toEqual([name, 0, 0]);
    expect([name, node.handoff.leaving()]).toEqual([name, []]);
    expect([name, node.problems()]).toEqual([name, []]);
  }
}

describe('a journey', () => {
  it.each([true, false])('goes there and brings the answer home (transient: %s)', async (transient) => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    const { family, state } = await world.deploy(HOP_AND_BACK, nodes[0]!, { transient });
    expect(state).toBe('running');
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ outcome: 'returned', value: 'b', hops: 2 });
    await world.pass(500);
    expectNothingLeft(nodes);
  });

  it('leaves a receipt of every hop at its sender, also when that stops at once', async () => {
    const [a, b] = await world.start(['a', 'b'], [['a', 'b']]);
    const { family } = await world.deploy(HOP_AND_BACK, a!);
    await world.resultOf(family, a!);
    await world.until(() => a!.node.receipts.kept === 1 && b!.node.receipts.kept === 1);
    await a!.stop();
    await a!.start();
    expect(a!.node.receipts.kept).toBe(1);
  });

  it('that fails far away is told at home, over nodes in between, also when home was restarted meanwhile', async () => {
    const [a, , c] = await world.start(
      ['a', 'b', 'c'],
      [
        ['b', 'a'],
        ['b', 'c'],
      ],
    );
    const source = `
import { sysMigrate, neighbours, self, sleep } from 'sm';
export default async function (): Promise<unknown> {
  const home = self.node;
  await sysMigrate(neighbours()[0]!.id);
  await sysMigrate(neighbours().find(({ id }) => id !== home)!.id);
  await sleep(5000);
  throw new Error('far away');
}`;
    const { family } = await world.deploy(source, a!);
    await world.until(() => c!.headers().length === 1);
    await a!.crash();
    await a!.start();
    const result = await world.resultOf(family, a!);
    expect(result).toMatchObject({ outcome: 'failed', endedAt: { name: 'c' }, error: { message: 'far away' } });
    // What is durable does not need the memory of this run.
    await a!.crash();
    await a!.start();
    expect(a!.result(family)).toMatchObject({ outcome: 'failed' });
  });

  it('ends with the largest value that may be returned, at home and far away', async () => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    for (const hops of [0, 1]) {
      const source = `
import { sysMigrate, neighbours } from 'sm';
export default async function (): Promise<unknown> {
  ${hops === 0 ? '' : 'await sysMigrate(neighbours()[0]!.id);'}
  return 'x'.repeat(${256 * 1024 - 2});
}`;
      const { family } = await world.deploy(source, nodes[0]!);
      const { outcome, value } = await world.resultOf(family, nodes[0]!);
      expect([outcome, (value as string).length]).toEqual(['returned', 256 * 1024 - 2]);
    }
    expectNothingLeft(nodes);
    expect(nodes[0]!.node.neighbours.channel(nodes[1]!.id)).toBeDefined();
  });
});

describe('budgets', () => {
  const SETTLERS = `
import { launch, neighbours, self, sleep, spawn, sysMigrate } from 'sm';
async function settle(): Promise<void> {
  await sysMigrate(neighbours()[0]!.id);
  await sleep(3_000_000);
}
export default async function (): Promise<void> {
  launch(settle, [], { share: 0.3 });
  launch(settle, [], { share: 0.3, transient: true });
  await spawn({ share: 0.25 });
  await sysMigrate(neighbours().map(({ id }) => id));
  await spawn();
  await sleep(3_000_000);
}`;

  it('are conserved by hops, clones, forks and children', async () => {
    const nodes = await world.start(['hub', 'x', 'y', 'z'], star('x', 'y', 'z'));
    const { family } = await world.deploy(SETTLERS, nodes[0]!);
    // Two settlers, and of both halves of the fork three clones, which fork once more.
    await world.until(() => live(nodes).length === 2 + 2 * 3 * 2);
    await world.pass(1000);
    const headers = live(nodes);
    expect(headers).toHaveLength(14);
    expect(new Set(headers.map(({ smId }) => smId)).size).toBe(14);
    expect(headers.filter(({ root }) => root)).toHaveLength(1);
    expect(sum(headers.map(({ budget }) => budget.hops)) + acceptedHops(nodes, family)).toBe(BUDGET.hops);
    expect(sum(headers.map(({ budget }) => budget.cpuMs))).toBe(BUDGET.cpuMs);
    // Two children, a fork, twice three clones, six forks.
    expect(sum(headers.map(({ budget }) => budget.children)) + 2 + 1 + 6 + 6).toBe(BUDGET.children);
    expect(sum(nodes.map(({ node }) => node.admission.usage.residents))).toBe(14);
  });

  it('of explorers are conserved', async () => {
    const nodes = await world.start(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
    );
    const source = `
import { migrate, self, sleep } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function (): Promise<unknown> {
  try { await migrate({ tags: ['public:nowhere'] }, { via: pull, timeout: 3000 }); } catch (error) { return (error as Error).name; }
}`;
    const hops = 60;
    const { family } = await world.deploy(source, nodes[0]!, { budget: { hops } });
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ value: 'MigrationTimeout' });
    await world.pass(1000);
    expect(acceptedHops(nodes, family)).toBeLessThanOrEqual(hops);
    expect(acceptedHops(nodes, family)).toBeGreaterThan(2);
    expectNothingLeft(nodes);
  });

  it('that do not allow clones leave the original whole and counted once', async () => {
    const nodes = await world.start(['hub', 'x', 'y'], star('x', 'y'));
    const source = `
import { neighbours, sleep, sysMigrate } from 'sm';
export default async function (): Promise<unknown> {
  try { await sysMigrate(neighbours().map(({ id }) => id)); } catch (error) { await sleep(1000); return (error as Error).name; }
}`;
    const { family, smId } = await world.deploy(source, nodes[0]!, { budget: { children: 1 } });
    await world.pass(200);
    expect(nodes[0]!.node.admission.isAdmitted(smId)).toBe(true);
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ value: 'MigrationRefused' });
    expectNothingLeft(nodes);
  });

  it('and places are not lost to slices that could not be stored', async () => {
    const nodes = await world.start(['hub', 'x'], star('x'));
    const hub = nodes[0]!;
    const source = `
import { launch, sleep, spawn, block } from 'sm';
async function child(): Promise<void> { await sleep(100); }
export default async function (): Promise<unknown> {
  await block(['public:go']);
  launch(child, []);
  return (await spawn()) === null ? 'child' : 'parent';
}`;
    const { family } = await world.deploy(source, hub);
    await world.pass(50);
    void world.while(hub.node.engine.applyExternal([{ kind: 'override', name: 'public:go', value: 1 }]));
    hub.disk.held = true;
    await world.pass(50);
    expect(hub.disk.store.pending).toBe(true);
    hub.disk.store.failPending();
    hub.disk.held = false;
    expect(await world.resultOf(family, hub)).toMatchObject({ outcome: 'returned', value: 'parent' });
    await world.pass(500);
    expectNothingLeft(nodes);
  });
});

describe('a kill', () => {
  it.each([0, 3, 6, 9, 12, 15])('ends a family that is moving, %i turns later', async (turns) => {
    const nodes = await world.start(
      ['a', 'b', 'c'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
    );
    const source = `
import { neighbours, self, spawn, sysMigrate } from 'sm';
export default async function (): Promise<void> {
  await spawn();
  for (;;) await sysMigrate(neighbours().find(({ id }) => id !== self.previous)!.id);
}`;
    const { family } = await world.deploy(source, nodes[0]!);
    await world.until(() => acceptedHops(nodes, family) > 6);
    await world.turns(turns);
    await world.while(nodes[0]!.node.families.survey('kill', world.order('kill', family)));
    await world.pass(2000);
    expect(live(nodes)).toEqual([]);
    expect(nodes[0]!.result(family)).toMatchObject({ outcome: 'killed' });
    expectNothingLeft(nodes);
  });

  it('ends what waits for a neighbour that is away, instead of letting it continue with the up-call', async () => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    const { family } = await world.deploy(HOP_AND_BACK.replace('neighbours()[0]!.id', `'${'ab'.repeat(16)}'`), nodes[0]!);
    await world.until(() => nodes[0]!.node.handoff.leaving().length === 1);
    await world.while(nodes[0]!.node.families.survey('kill', world.order('kill', family)));
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ outcome: 'killed' });
    expectNothingLeft(nodes);
  });

  it('is not undone by a power cut, and reaches a neighbour that was away', async () => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    const [a, b] = nodes;
    const source = `
import { neighbours, sleep, spawn, sysMigrate } from 'sm';
export default async function (): Promise<void> {
  if ((await spawn()) === null) await sysMigrate(neighbours()[0]!.id);
  await sleep(3_000_000);
}`;
    const { family } = await world.deploy(source, a!);
    await world.until(() => b!.headers().length === 1 && a!.headers().length === 1 && a!.node.handoff.leaving().length === 0);
    await b!.crash();
    await world.while(a!.node.families.survey('kill', world.order('kill', family)));
    await b!.start();
    await world.linked(a!, b!);
    await world.pass(500);
    expect(live(nodes)).toEqual([]);
  });
});
