/** What becomes of a Smart Message when nobody knows whether its neighbour has it. */
import { describe, expect, it } from 'vitest';
import { addBudgets, covers } from '../../../core/budget.ts';
import { checkRest, nothingMinted, runningAt } from './checker.ts';
import { LAUNCH_BUDGET, LAUNCH_RESERVE, hex, programBytes, smartMessage } from './samples.ts';
import { PROGRAM, pair, intoDoubt, upCall } from './pair.ts';

describe('in doubt', () => {
  it('waits for as long as it takes, can be asked for, and is found when the neighbour is back', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, true);
    await world.advance(10 * 60_000);
    expect(world.node('a').handoff.inDoubt()).toMatchObject([
      { smId: sm.header.smId, target: world.node('b').id, epoch: 1, unanswerable: false },
    ]);
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
  });

  it('does not believe "not accepted" from a neighbour that lost its memory', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, false);
    world.node('b').incarnation = hex('another store', 16);
    world.node('b').powerCut();
    await world.heal();
    expect(runningAt(world).get(sm.header.smId)).toBeUndefined();
    expect(world.node('a').handoff.inDoubt()).toMatchObject([{ smId: sm.header.smId, unanswerable: true }]);
  });

  it('drops when it was declared so, and settles', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 5000 });
    await intoDoubt(world, sm, false);
    await world.advance(4900);
    expect(world.node('a').ended).toEqual([]);
    await world.advance(200);
    await world.settle();
    expect(world.node('a').ended).toMatchObject([{ smId: sm.header.smId, outcome: 'dropped' }]);
    await world.heal();
    expect(checkRest(world, [])).toEqual([]);
  });

  it.each([true, false])('duplicates on its reserve when it was declared so (the first %s arrive), and mints nothing', async (arrives) => {
    const { world, sm } = await pair({ inDoubt: 'duplicate', inDoubtTimeoutMs: 5000 });
    await intoDoubt(world, sm, arrives);
    await world.advance(5100);
    await world.settle();
    const [twin] = [...world.node('a').residents.values()];
    expect(twin?.header.smId).not.toBe(sm.header.smId);
    expect(twin?.header.parent).toBe(sm.header.smId);
    expect(covers(LAUNCH_RESERVE, twin!.header.budget)).toBe(true);
    expect(upCall(twin)).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'in-doubt' } });
    await world.heal();
    expect(checkRest(world, arrives ? [sm] : [])).toEqual([]);
    expect(nothingMinted(world, addBudgets(LAUNCH_BUDGET, LAUNCH_RESERVE))).toBe(true);
  });

  it('keeps waiting instead of duplicating on nothing', async () => {
    const { world, sm } = await pair({
      inDoubt: 'duplicate',
      inDoubtTimeoutMs: 1000,
      reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
    });
    await intoDoubt(world, sm, false);
    await world.advance(60_000);
    await world.settle();
    expect(world.node('a').handoff.inDoubt()).toHaveLength(1);
  });

  it('ends with its lifetime', async () => {
    const resources = { ...smartMessage('x', PROGRAM).launch.request.resources, lifetimeMs: 60_000 };
    const { world, sm } = await pair({ resources });
    await intoDoubt(world, sm, false);
    await world.advance(61_000);
    await world.settle();
    expect(world.node('a').ended).toMatchObject([{ smId: sm.header.smId, outcome: 'lost' }]);
  });

  it('keeps its code here over a restart', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, false);
    const a = world.node('a');
    a.behaviour = { limits: { codeCacheBytes: 500 } };
    a.powerCut();
    a.start();
    const other = programBytes('something else altogether');
    expect(() => a.code.add(other.signed, [...other.bricks])).toThrow(/code in use/);
    await world.heal();
    expect(runningAt(world).get(sm.header.smId)).toHaveLength(1);
  });

  it('does not count the time of a planned stop', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 30_000 });
    await intoDoubt(world, sm, false);
    await world.advance(20_000);
    const a = world.node('a');
    const closed = a.handoff.close();
    await world.settle();
    await closed;
    a.powerCut();
    await world.advance(500_000);
    a.start();
    await world.advance(9000);
    expect(a.ended).toEqual([]);
    await world.advance(2000);
    await world.settle();
    expect(a.ended).toMatchObject([{ outcome: 'dropped' }]);
  });

  it('takes a later state of the same SM, come from elsewhere, as proof that it was accepted', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, true);
    world.connect(world.node('b'), world.node('a'));
    for (const link of world.inFlight()) link.queue.length = 0;
    world.depart(world.node('b'), sm.header.smId, ['a']);
    await world.settle();
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
    expect(runningAt(world).get(sm.header.smId)).toEqual(['a']);
    expect([...world.node('a').residents.values()][0]?.header.hops).toBe(2);
  });
});
