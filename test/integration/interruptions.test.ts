/** Power cuts, full disks and orderly stops in the middle of things. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
beforeEach(async () => {
  world = await NodeWorld.create();
});
afterEach(() => world.close());

/** Goes there and back several times; what it counts on the way tells whether a slice happened twice. */
const SHUTTLE = `
import { neighbours, self, sysMigrate, sleep, tags } from 'sm';
export default async function ({ trips }: { trips: number }): Promise<unknown> {
  const home = self.node;
  let steps = 0;
  for (let trip = 0; trip < trips; trip++) {
    while (neighbours().length === 0) await sleep(50);
    try { await sysMigrate(neighbours()[0]!.id); } catch { trip--; await sleep(50); continue; }
    steps++;
    while (self.node !== home) {
      try { await sysMigrate(home); } catch { await sleep(50); }
    }
  }
  return steps;
}`;

const headers = (nodes: readonly TestNode[]) => nodes.flatMap((node) => node.headers());

describe('a durable Smart Message', () => {
  const cuts = [1, 4, 7, 11, 16, 22, 29].flatMap((turns) => [
    { turns, who: 0, survivors: 0 },
    { turns, who: 1, survivors: 1 },
  ]);

  it.each(cuts)('is exactly once though node $who loses power after $turns turns and $survivors batches are on its disk', async (cut) => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    const { family } = await world.deploy(SHUTTLE, nodes[0]!, { args: { trips: 6 } });
    await world.turns(cut.turns);
    const victim = nodes[cut.who]!;
    victim.disk.held = true;
    await world.turns(2);
    await victim.crash(cut.survivors);
    victim.disk.held = false;
    await world.turns(20);
    await victim.start();
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ outcome: 'returned', value: 6 });
    await world.pass(1000);
    expect(headers(nodes)).toEqual([]);
    for (const { node } of nodes) expect([node.admission.usage.residents, node.problems()]).toEqual([0, []]);
  });

  it('goes on where it was when its node was stopped in order', async () => {
    const nodes = await world.start(['a', 'b'], [['a', 'b']]);
    const { family } = await world.deploy(SHUTTLE, nodes[0]!, { args: { trips: 40 } });
    for (const victim of [nodes[1]!, nodes[0]!]) {
      await world.turns(15);
      await victim.stop();
      await victim.start();
    }
    expect(await world.resultOf(family, nodes[0]!)).toMatchObject({ outcome: 'returned', value: 40 });
    await world.pass(1000);
    expect(headers(nodes)).toEqual([]);
  });
});

describe('a launch', () => {
  const WAIT = `import { sleep } from 'sm'; export default async function (): Promise<unknown> { await sleep(200); return 1; }`;

  it('is said to run only when it does, also when its first slice could not be stored at first', async () => {
    const [a] = await world.start(['a'], []);
    let state = '';
    const launched = a!.node.launching.deploy(world.request(WAIT, a!), null).then((reply) => (state = reply.state));
    await world.until(() => a!.headers().length === 1);
    a!.disk.held = true;
    await world.until(() => a!.disk.store.pending);
    await world.turns(20);
    expect(state).toBe('');
    a!.disk.store.failPending();
    a!.disk.held = false;
    await world.while(launched);
    expect(state).toBe('running');
  });

  it('is not left without an answer by a node that stops; it runs when that is back', async () => {
    const [a] = await world.start(['a'], []);
    const launched = a!.node.launching.deploy(world.request(WAIT, a!), null).catch((error: { reason: string }) => error.reason);
    await world.until(() => a!.headers().length === 1);
    const [family] = [...a!.node.families.results.families()];
    a!.disk.held = true;
    await world.turns(20);
    const stopped = a!.node.stop();
    expect(await world.while(launched)).toBe('shutting-down');
    a!.disk.held = false;
    await world.while(stopped);
    await a!.crash();
    await a!.start();
    expect(await world.resultOf(family!, a!)).toMatchObject({ value: 1 });
  });

  it('happens once, also after a power cut', async () => {
    const [a] = await world.start(['a'], []);
    const params = world.request(WAIT, a!);
    await world.while(a!.node.launching.deploy(params, null));
    await a!.crash();
    await a!.start();
    await expect(a!.node.launching.deploy(params, null)).rejects.toMatchObject({ reason: 'replayed-launch' });
    expect(a!.headers()).toHaveLength(1);
  });

  it('that is refused leaves nothing behind', async () => {
    const [a, b] = await world.start(['a', 'b'], []);
    const elsewhere = world.request(WAIT, b!);
    await expect(a!.node.launching.deploy(elsewhere, null)).rejects.toMatchObject({ reason: 'bad-message' });
    a!.disk.held = true;
    const full = a!.node.launching.deploy(world.request(WAIT, a!), null).catch((error: { reason: string }) => error.reason);
    await world.until(() => a!.disk.store.pending);
    a!.disk.store.failPending();
    a!.disk.held = false;
    expect(await world.while(full)).toBe('store-full');
    expect([...a!.node.families.results.families()]).toEqual([]);
    expect(a!.node.admission.usage).toMatchObject({ residents: 0, nonces: 0 });
  });
});
