/** Hand-off without the disk. */
import { describe, expect, it } from 'vitest';
import { runningAt } from './checker.ts';
import type { World } from './world.ts';
import { pair } from './pair.ts';

describe('transients', () => {
  it('hop without the disk, and run before ACCEPT is out', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop' });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.deliver(world.link(a, b));
    expect(b.residents.has(sm.header.smId)).toBe(true);
    expect(a.store.pending || b.store.pending).toBe(false);
    await world.settle();
    expect(a.handoff.statistics).toEqual({ outgoing: 0, arriving: 0, unsettled: 0 });
    expect(b.handoff.statistics).toEqual({ outgoing: 0, arriving: 0, unsettled: 0 });
  });

  it('wait for what their slice has read to be durable, and do not leave when it never will be', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop' });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    const leave = (): Promise<void> | null => {
      a.residents.delete(sm.header.smId);
      const alsoCommit = [{ table: 'tags' as const, key: 't', value: Buffer.from('1') }];
      return a.handoff.depart({ sm, op: 1, targets: [b.id], alsoCommit, gate: null });
    };
    const failing = leave();
    world.disconnect(a, b);
    world.connect(a, b);
    expect(world.inFlight()).toEqual([]);
    a.store.failPending();
    await expect(failing).rejects.toMatchObject({ code: 'store-full' });
    await world.advance(20_000);
    expect(world.inFlight()).toEqual([]);
    const leaving = leave();
    expect(world.inFlight()).toEqual([]);
    await world.flush(a);
    await leaving;
    await world.settle();
    expect(b.residents.has(sm.header.smId)).toBe(true);
  });

  it('are not believed to be refused by a neighbour that restarted', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop', inDoubtTimeoutMs: 30_000 });
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.deliver(world.link(world.node('a'), world.node('b')));
    world.node('b').powerCut();
    world.node('b').start();
    world.connect(world.node('a'), world.node('b'));
    await world.settle();
    expect(runningAt(world).size).toBe(0);
    await world.advance(31_000);
    expect(world.node('a').ended).toMatchObject([{ outcome: 'dropped' }]);
  });

  it('are dropped when they were to be duplicated and nothing was set aside for it, instead of being asked about for ever', async () => {
    const { world, sm } = await pair({
      transient: true,
      inDoubt: 'duplicate',
      inDoubtTimeoutMs: 30_000,
      reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
    });
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.deliver(world.link(world.node('a'), world.node('b')));
    world.node('b').powerCut();
    world.node('b').start();
    world.connect(world.node('a'), world.node('b'));
    await world.settle();
    await world.advance(31_000);
    expect(world.node('a').ended).toMatchObject([{ outcome: 'dropped' }]);
    expect(world.node('a').handoff.statistics.outgoing).toBe(0);
  });
});
