/** AODV over whole nodes. Each test names the section of RFC 3561 that it proves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeWorld } from '../support/node-world.ts';

let world: NodeWorld;
beforeEach(async () => {
  world = await NodeWorld.create();
});
afterEach(() => world.close());

const BUDGET = { hops: 4096, cpuMs: 60_000, bytes: 16 << 20, children: 4096 };

const VISIT = `
import { migrate, self } from 'sm';
import { aodv } from 'sm/routing/aodv';
export default async function ({ to, home = true }: { to: object; home?: boolean }): Promise<unknown> {
  const origin = self.node;
  await migrate(to, { via: aodv, timeout: 8000 });
  const there = self.nodeName;
  if (home) await migrate({ node: origin }, { via: aodv, timeout: 8000 });
  return there;
}`;

function line(names: string): [string, string][] {
  return [...names].slice(1).map((name, index) => [names[index]!, name]);
}

describe('aodv', () => {
  it('finds its way along a line, and back', async () => {
    const nodes = await world.start([...'abcde'], line('abcde'));
    const { family } = await world.deploy(VISIT, nodes[0]!, { args: { to: { node: nodes[4]!.id } }, budget: BUDGET });
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ value: 'e', hops: 8 });
  });
});
