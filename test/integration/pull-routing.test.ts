/** Pull routing over whole nodes: found by content, home by name, around what is broken. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
beforeEach(async () => {
  world = await NodeWorld.create();
});
afterEach(() => world.close());

const FIND = `
import { migrate, self, sleep, tags } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function ({ times = 1 }: { times?: number }): Promise<unknown> {
  const home = self.node;
  const found: unknown[] = [];
  for (let time = 0; time < times; time++) {
    if (time > 0) await sleep(20_000);
    try {
      await migrate({ tags: ['public:goal'] }, { via: pull, timeout: 8000 });
      found.push(self.nodeName);
      await migrate({ node: home }, { via: pull, timeout: 8000 });
    } catch (error) {
      const { name, start, reached } = error as { name: string; start: string; reached: string };
      found.push({ name, start: start === home, reached: reached === self.node });
    }
  }
  return found;
}`;

async function goalAt(node: TestNode): Promise<void> {
  await world.while(node.node.engine.applyExternal([{ kind: 'override', name: 'public:goal', value: 1 }]));
}

describe('pull', () => {
  it('finds its way along a line, and back', async () => {
    const nodes = await world.start(
      ['a', 'b', 'c', 'd', 'e'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['d', 'e'],
      ],
    );
    await goalAt(nodes[4]!);
    const { family } = await world.deploy(FIND, nodes[0]!);
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ value: ['e'], hops: 8 });
  });

  it('takes the short way round a ring', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const nodes = await world.start(
      names,
      names.map((name, index) => [name, names[(index + 1) % names.length]!]),
    );
    await goalAt(nodes[4]!);
    const { family } = await world.deploy(FIND, nodes[0]!);
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ value: ['e'], hops: 4 });
  });

  it('goes the other way round when a node of the way is gone', async () => {
    const [a, b, c] = await world.start(
      ['a', 'b', 'c', 'd'],
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['d', 'a'],
      ],
    );
    await goalAt(c!);
    const { family } = await world.deploy(FIND, a!, { args: { times: 2 } });
    await world.until(() => a!.headers().length === 1 && a!.headers()[0]!.hops === 4);
    const before = a!.node.hops.ofFamily(family).filter(({ outcome }) => outcome === 'accepted').length;
    expect(before).toBeGreaterThan(0);
    await b!.crash();
    expect(await world.resultOf(family, a!)).toMatchObject({ value: ['c', 'c'], hops: 8 });
  });

  it('tells its program in time that nobody has what it looks for, because the only link there is broken', async () => {
    const [hub, x] = await world.start(
      ['hub', 'x', 'y', 'z'],
      [
        ['hub', 'x'],
        ['hub', 'y'],
        ['hub', 'z'],
      ],
    );
    await goalAt(x!);
    await x!.crash();
    const startMs = world.clock.monotonicMs();
    const { family } = await world.deploy(FIND, hub!);
    const result = await world.resultOf(family, hub!);
    expect(result.value).toEqual([{ name: 'MigrationTimeout', start: true, reached: true }]);
    expect(world.clock.monotonicMs() - startMs).toBeLessThan(9000);
  });
});
