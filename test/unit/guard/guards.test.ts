/** Copies that stay behind: when they live again, when they are let go, and what becomes of who was presumed dead. */
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import { LIMITS } from '../../../core/limits.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';
import type { Channel } from '../../../runtime/links/channel.ts';
import { World } from '../handoff/world.ts';
import { checkMoment, nothingMinted } from '../handoff/checker.ts';
import { upCall } from '../handoff/pair.ts';
import { LAUNCH_BUDGET, hex } from '../handoff/samples.ts';
import { Journey, LEASE_MS, LOOK_MS, PROGRAM } from './journey.ts';

describe('copies', () => {
  it('stay at the last k nodes, and further back they are let go', async () => {
    for (const [guard, copies] of [
      [1, 'd'],
      [2, 'cd'],
      [4, 'abcd'],
    ] as const) {
      const journey = await Journey.on('abcde', { guard });
      await journey.go('a', 'b', 'c', 'd', 'e');
      expect(journey.copies()).toBe(copies);
      expect(journey.world.nodes.reduce((sum, { handoff }) => sum + handoff.guards.statistics.releases, 0)).toBe(0);
    }
  });

  it('are none of a Smart Message that asks for none, nor is anything said', async () => {
    const journey = await Journey.on('abc', { guard: 0 });
    await journey.go('a', 'b', 'c');
    await journey.leases(1);
    expect(journey.stored()).toEqual([]);
  });

  it('are gone when it has ended, also those at a node that was away then', async () => {
    const journey = await Journey.on('abcd', { guard: 3 });
    await journey.go('a', 'b', 'c', 'd');
    journey.cut('a', 'b');
    journey.at('d').end(journey.sm.header.smId);
    await journey.talk();
    expect(journey.copies()).toBe('a');
    journey.link('a', 'b');
    await journey.talk();
    expect(journey.stored()).toEqual([]);
    expect(journey.world.bugs).toEqual([]);
  });

  it('give way to the Smart Message when it is back', async () => {
    const journey = await Journey.on('abc', { guard: 2 });
    await journey.go('a', 'b', 'c', 'b');
    expect(journey.copies()).toBe('c');
    await journey.go('b', 'a');
    expect(journey.copies()).toBe('bc');
    journey.at('a').end(journey.sm.header.smId);
    await journey.talk();
    expect(journey.stored()).toEqual([]);
  });

  it('need room and a reserve; without them the hop succeeds all the same', async () => {
    for (const [change, behaviour] of [
      [{ reserve: { hops: 9, cpuMs: 0, bytes: 9, children: 9 } }, {}],
      [{}, { limits: { guardCopies: 0 } }],
    ] as const) {
      const journey = await Journey.on('abc', change, behaviour);
      await journey.go('a', 'b', 'c');
      expect([...journey.at('c').residents.keys()]).toEqual([journey.sm.header.smId]);
      expect(journey.copies()).toBe('');
      expect(journey.world.bugs).toEqual([]);
    }
  });

  it('of clones begin with their first hop, and the first clone has those of the original until then', async () => {
    const journey = await Journey.on('abcd', { guard: 1 });
    journey.link('b', 'd');
    await journey.go('a', 'b');
    journey.world.depart(journey.at('b'), journey.sm.header.smId, ['c', 'd']);
    await journey.world.flush(journey.at('b'));
    expect(journey.copies()).toBe('a');
    await journey.talk();
    expect(journey.copies()).toBe('b');
    expect([...journey.at('b').handoff.guards.copies()]).toHaveLength(2);
  });
});

describe('what is said of a copy', () => {
  it('counts only from the node that has its Smart Message', async () => {
    const journey = await Journey.on('ab');
    await journey.go('a', 'b');
    const stranger = new World(['x']).node('x');
    journey.world.nodes.push(stranger);
    const copy = { smId: journey.sm.header.smId, epoch: 1 };
    const channel = { ...journey.world.channelTo(journey.at('a'), journey.at('b').id)!, peer: { nodeId: stranger.id } } as Channel;
    for (const message of [
      { type: 'renew', all: true, items: [{ ...copy, distance: 0 }] },
      { type: 'renewed', items: [{ ...copy, superseded: true }] },
    ] as const)
      journey.at('a').handoff.handle(channel, message);
    await journey.talk();
    expect(journey.copies()).toBe('a');
    expect([...journey.at('b').residents.keys()]).toEqual([journey.sm.header.smId]);
  });
});

describe('when the holder is gone for good', () => {
  it('the nearest copy lives again, is told so, and costs no more than was set aside', async () => {
    const journey = await Journey.on('abc', { guard: 2 });
    await journey.go('a', 'b', 'c');
    journey.at('c').powerCut();
    await journey.leases(1);
    const second = journey.second('b');
    expect(upCall(second)).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'guard', neighbour: journey.at('c').id } });
    expect(second?.header).toMatchObject({ parent: journey.sm.header.smId, root: true });
    expect(journey.at('b').ended).toMatchObject([{ smId: journey.sm.header.smId, outcome: 'lost', root: false }]);
    expect(nothingMinted(journey.world, addBudgets(LAUNCH_BUDGET, LAUNCH_BUDGET))).toBe(true);
    await journey.leases(4);
    expect(journey.second('a')).toBeUndefined();
    expect(journey.copies()).toBe('a');
    expect(checkMoment(journey.world)).toEqual([]);
  });

  it('not before its lease is over, and not while the two are linked', async () => {
    const journey = await Journey.on('ab');
    await journey.go('a', 'b');
    await journey.leases(3);
    journey.cut('a', 'b');
    await journey.pass(LEASE_MS - LOOK_MS);
    expect(journey.second('a')).toBeUndefined();
    journey.link('a', 'b');
    await journey.leases(3);
    expect(journey.second('a')).toBeUndefined();
  });

  it('the copy before lives when the nearest is gone as well', async () => {
    const journey = await Journey.on('abcd', { guard: 2 });
    await journey.go('a', 'b', 'c', 'd');
    journey.at('c').powerCut();
    journey.at('d').powerCut();
    await journey.leases(1);
    expect(journey.second('b')).toBeUndefined();
    await journey.leases(1);
    expect(journey.second('b')).toBeDefined();
  });

  it('also when the keeper of the copy was without power meanwhile', async () => {
    const journey = await Journey.on('ab');
    await journey.go('a', 'b');
    journey.at('b').powerCut();
    journey.at('a').powerCut();
    journey.at('a').start();
    await journey.leases(1);
    expect(journey.second('a')).toBeDefined();
  });

  it('also when it came back without its memory', async () => {
    const journey = await Journey.on('ab');
    await journey.go('a', 'b');
    const b = journey.at('b');
    b.powerCut();
    b.incarnation = hex('another store', 16);
    b.store = new MemoryStore({ maxBytes: LIMITS.storeBytes, flush: 'manual' });
    b.start();
    journey.link('a', 'b');
    await journey.leases(2);
    expect(journey.second('a')).toBeDefined();
  });

  it.each([true, false])('also when nobody knows whether it had arrived there (it had: %s)', async (arrived) => {
    const journey = await Journey.on('ab');
    journey.at('b').code.add(PROGRAM.signed, PROGRAM.bricks);
    await journey.world.flush(journey.at('b'));
    journey.world.depart(journey.at('a'), journey.sm.header.smId, ['b']);
    await journey.world.flush(journey.at('a'));
    if (arrived) await journey.world.deliver(journey.world.inFlight()[0]);
    await journey.world.flush(journey.at('b'));
    journey.at('b').powerCut();
    await journey.leases(1);
    expect(upCall(journey.second('a'))).toMatchObject({ data: { reason: 'in-doubt' } });
    journey.at('b').start();
    expect(journey.at('b').residents.has(journey.sm.header.smId)).toBe(arrived);
    journey.link('a', 'b');
    await journey.talk();
    expect([...journey.at('b').residents.keys()]).toEqual([]);
    expect(journey.stored()).toEqual([]);
  });

  it('its later life is guarded by who guarded it, and leaves a copy of its own', async () => {
    const journey = await Journey.on('abcd', { guard: 2 });
    await journey.go('a', 'b', 'c');
    journey.at('c').powerCut();
    await journey.leases(1);
    const second = journey.second('b')!;
    journey.link('b', 'd');
    journey.world.depart(journey.at('b'), second.header.smId, ['d']);
    await journey.world.settle();
    await journey.talk();
    expect(journey.copies()).toBe('ab');
    journey.at('d').powerCut();
    journey.at('b').powerCut();
    await journey.leases(2);
    expect(journey.second('a')).toBeDefined();
  });
});

describe('who was presumed dead', () => {
  /** It went from a to b and stayed there alone until its copy lived. */
  const outlivedAt = async (names = 'ab', guard = 1): Promise<Journey> => {
    const journey = await Journey.on(names, { guard });
    await journey.go(...names);
    journey.cut('a', 'b');
    await journey.leases(names.length - 1);
    expect(journey.second('a')).toBeDefined();
    return journey;
  };

  it('ends its life when it is back, and nothing of it is left', async () => {
    const journey = await outlivedAt();
    expect([...journey.at('b').residents.keys()]).toEqual([journey.sm.header.smId]);
    journey.link('a', 'b');
    await journey.talk();
    expect(journey.at('b').ended).toMatchObject([{ smId: journey.sm.header.smId, outcome: 'superseded' }]);
    expect([...journey.at('b').residents.keys()]).toEqual([]);
    expect(journey.stored()).toEqual([]);
  });

  it('ends it also when it was rebooted in between', async () => {
    const journey = await outlivedAt();
    journey.at('b').powerCut();
    journey.at('b').start();
    journey.at('a').powerCut();
    journey.at('a').start();
    journey.link('a', 'b');
    await journey.talk();
    expect([...journey.at('b').residents.keys()]).toEqual([]);
    expect(journey.second('a')).toBeDefined();
  });

  it('hears of it also beyond the node that was told', async () => {
    const journey = await outlivedAt('abc', 2);
    expect([...journey.at('c').residents.keys()]).toEqual([journey.sm.header.smId]);
    journey.link('a', 'b');
    await journey.talk();
    expect([...journey.at('c').residents.keys()]).toEqual([]);
    await journey.talk();
    expect(journey.stored()).toEqual([]);
  });

  it('hears of it when it was about to leave', async () => {
    const journey = await outlivedAt();
    journey.world.depart(journey.at('b'), journey.sm.header.smId, ['a']);
    await journey.world.settle();
    journey.link('a', 'b');
    await journey.talk();
    await journey.leases(1);
    expect([...journey.at('b').residents.keys()]).toEqual([]);
    expect(journey.at('a').residents.has(journey.sm.header.smId)).toBe(false);
  });

  it('cannot come to where a later life began', async () => {
    const journey = await Journey.on('abc', { guard: 1 });
    await journey.go('a', 'b');
    journey.cut('a', 'b');
    await journey.leases(1);
    await journey.go('b', 'c');
    journey.link('a', 'c');
    await journey.go('c', 'a');
    expect([...journey.at('a').residents.keys()]).toEqual([journey.second('a')!.header.smId]);
    expect(journey.at('c').ended).toMatchObject([{ smId: journey.sm.header.smId, outcome: 'lost', root: false }]);
  });
});
