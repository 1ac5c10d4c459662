/** Smart Messages that are back before this end has forgotten them. */
import { describe, expect, it } from 'vitest';
import { checkRest } from './checker.ts';
import type { World } from './world.ts';
import { pair } from './pair.ts';

describe('a Smart Message that is back at once', () => {
  it('is known to have left before it arrives, though that is not yet on the disk', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    await world.flush(b);
    await world.deliver(world.link(b, a));
    expect(a.store.pending).toBe(true);
    world.depart(b, sm.header.smId, ['a']);
    await world.flush(b);
    await world.deliver(world.link(b, a));
    await world.settle();
    expect(a.log.map((entry) => entry.what)).toEqual(['left', 'delivered']);
    expect(checkRest(world, [sm])).toEqual([]);
  });

  it('is told once to have left when the disk fails to forget it, and is forgotten later', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 1 });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    await world.flush(b);
    await world.deliver(world.link(b, a));
    a.store.failPending();
    await world.settle();
    expect(a.handoff.statistics.outgoing).toBe(1);
    await world.advance(1000);
    await world.settle();
    expect(a.log.map((entry) => entry.what)).toEqual(['left']);
    expect(a.ended).toEqual([]);
    expect(checkRest(world, [sm])).toEqual([]);
  });
});
