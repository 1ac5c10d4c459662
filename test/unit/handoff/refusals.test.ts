/** What a program is told when it could not leave, and what it has paid for that. */
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { checkRest, runningAt } from './checker.ts';
import { LAUNCH_BUDGET, launchOf, programBytes } from './samples.ts';
import type { World } from './world.ts';
import { PROGRAM, pair, upCall } from './pair.ts';

describe('refusals and up-calls', () => {
  it('tries again after the time that a full neighbour asks for, with a new epoch, three times at most', async () => {
    let asked = 0;
    const { world, sm } = await pair(
      {},
      {
        admit: () => {
          asked++;
          throw new RefusedError('queue-full', 'full', { retryAfterMs: 700 });
        },
      },
    );
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(asked).toBe(1);
    await world.advance(600);
    await world.settle();
    expect(asked).toBe(1);
    for (let step = 0; step < 10; step++) {
      await world.advance(200);
      await world.settle();
    }
    expect(asked).toBe(LIMITS.offerAttempts);
    const back = world.node('a').residents.get(sm.header.smId);
    expect(upCall(back)).toMatchObject({
      name: 'MigrationRefused',
      data: { reason: 'queue-full', retryAfterMs: 700, neighbour: world.node('b').id },
    });
    expect(back?.epoch).toBe(LIMITS.offerAttempts);
    expect(back?.header.budget.hops).toBe(sm.header.budget.hops);
    expect(back?.header.budget.bytes).toBe(sm.header.budget.bytes - LIMITS.offerAttempts * sm.state.length);
  });

  it('stays with MigrationTimeout when the neighbour stays away, and leaves when it comes back in time', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.disconnect(a, b);
    world.depart(a, sm.header.smId, ['b']);
    await world.settle();
    await world.advance(LIMITS.reconnectGraceMs - 100);
    world.connect(a, b);
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
    world.disconnect(a, b);
    world.depart(b, sm.header.smId, ['a']);
    await world.settle();
    await world.advance(LIMITS.reconnectGraceMs - 100);
    await world.settle();
    expect(b.residents.size).toBe(0);
    await world.advance(200);
    await world.settle();
    expect(upCall(b.residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'timeout', reached: b.id } });
  });

  it('waits as shortly when the link broke before anything was sent', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    world.disconnect(a, b);
    await world.settle();
    expect(a.residents.size).toBe(0);
    await world.advance(LIMITS.reconnectGraceMs + 100);
    await world.settle();
    expect(upCall(a.residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'timeout' } });
    expect(a.handoff.inDoubt()).toEqual([]);
  });

  it('has the whole time for further attempts, once the neighbour came back and an offer was made', async () => {
    let answers = 0;
    const { world, sm } = await pair(
      {},
      {
        admit: (offer) => {
          answers += 1;
          if (answers === 1) throw new RefusedError('queue-full', 'full', { retryAfterMs: 2 * LIMITS.reconnectGraceMs });
          return launchOf(offer.launch);
        },
      },
    );
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.disconnect(a, b);
    world.depart(a, sm.header.smId, ['b']);
    await world.settle();
    world.connect(a, b);
    await world.settle();
    await world.advance(2 * LIMITS.reconnectGraceMs + 100);
    await world.settle();
    expect([answers, runningAt(world).get(sm.header.smId)]).toEqual([2, ['b']]);
  });

  it.each([
    ['hops', { hops: 0 }, 'budget-exhausted'],
    ['bytes', { bytes: 3 }, 'budget-exhausted'],
  ])('does not leave without %s', async (_name, missing, reason) => {
    const { world, sm } = await pair({ budget: { ...LAUNCH_BUDGET, ...missing } });
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(upCall(world.node('a').residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationRefused', data: { reason } });
  });

  it('does not send code that its budget does not cover', async () => {
    const state = Buffer.from('state of one').length;
    const { world, sm } = await pair({ budget: { ...LAUNCH_BUDGET, bytes: state + PROGRAM.signed.length + 1 } }, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(upCall(world.node('a').residents.get(sm.header.smId))).toMatchObject({
      name: 'MigrationRefused',
      data: { reason: 'budget-exhausted' },
    });
    await world.advance(LIMITS.offerTimeoutMs + 1);
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
  });

  it('charges code to the SM that needed it', async () => {
    const { world, sm } = await pair({}, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    const code = PROGRAM.signed.length + PROGRAM.bricks.reduce((sum, brick) => sum + brick.length, 0);
    const arrived = world.node('b').residents.get(sm.header.smId);
    expect(arrived?.header.budget.bytes).toBe(sm.header.budget.bytes - sm.state.length - code);
    expect(world.node('a').hops).toMatchObject([{ outcome: 'accepted', bricksSent: 1, epoch: 1 }]);
  });

  it('refuses code that is not what the offer promised', async () => {
    const { world, sm } = await pair({}, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.flush(world.node('a'));
    const there = world.link(world.node('a'), world.node('b'));
    await world.deliver(there);
    there?.channel.send({ type: 'bricks', smId: sm.header.smId, epoch: 1, manifest: programBytes('another').signed, bricks: [] });
    await world.deliver(there);
    const answer = await world.deliver(world.link(world.node('b'), world.node('a')));
    const then = await world.deliver(world.link(world.node('b'), world.node('a')));
    expect([answer, then]).toMatchObject([
      { type: 'need', manifest: true },
      { type: 'refuse', reason: 'bad-code' },
    ]);
  });

  it('keeps everything when the disk is full, on either side', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    a.store.failPending();
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['a']);
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    b.store.failPending();
    await world.settle();
    await world.advance(600);
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
    expect(a.hops.map((hop) => hop.outcome)).toEqual(['refused', 'accepted']);
    expect(checkRest(world, [sm])).toEqual([]);
  });
});
