/** One Smart Message that goes to several neighbours. */
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import { RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { checkRest, runningAt } from './checker.ts';
import { LAUNCH_BUDGET, LAUNCH_RESERVE, smartMessage } from './samples.ts';
import { World, place } from './world.ts';
import { PROGRAM, pair, upCall } from './pair.ts';

describe('clones', () => {
  it('go to every neighbour, split the budget, and one that is refused goes on here and knows how the others fare', async () => {
    const world = new World(['a', 'b', 'c', 'd']);
    const sm = smartMessage('one', PROGRAM);
    await place(world, 'a', sm, PROGRAM);
    world.node('c').behaviour = {
      admit: () => {
        throw new RefusedError('author-not-allowed', 'not here');
      },
    };
    for (const name of ['b', 'c']) world.connect(world.node('a'), world.node(name));
    world.depart(world.node('a'), sm.header.smId, ['b', 'c', 'd']);
    await world.settle();
    expect([...world.node('b').residents.values()]).toMatchObject([{ header: { parent: sm.header.smId, root: true, hops: 1 } }]);
    const [refused] = [...world.node('a').residents.values()];
    expect(refused?.header).toMatchObject({ parent: sm.header.smId, root: false, hops: 0 });
    expect(upCall(refused)).toMatchObject({
      name: 'MigrationRefused',
      data: {
        reason: 'author-not-allowed',
        accepted: [],
        refused: [world.node('c').id],
        inDoubt: [],
        underWay: [world.node('b').id, world.node('d').id],
      },
    });
    await world.advance(LIMITS.offerTimeoutMs + 100);
    await world.settle();
    expect(world.node('a').residents.size).toBe(2);
    await world.heal(2);
    expect(checkRest(world, [])).toEqual([]);
    const lives = world.nodes.flatMap((node) => [...node.residents.values()]);
    expect(new Set(lives.map((life) => life.header.smId)).size).toBe(3);
    const total = lives.map((life) => life.header.budget).reduce(addBudgets);
    expect(total).toMatchObject({ hops: LAUNCH_BUDGET.hops - 1, children: LAUNCH_BUDGET.children - 3, cpuMs: LAUNCH_BUDGET.cpuMs });
    expect(lives.map((life) => life.header.reserve).reduce(addBudgets)).toEqual(LAUNCH_RESERVE);
  });

  it('are all or none: a failing disk leaves the original', async () => {
    const { world, sm } = await pair();
    world.depart(world.node('a'), sm.header.smId, ['b', 'b']);
    world.node('a').store.failPending();
    await world.settle();
    expect([...runningAt(world)]).toEqual([[sm.header.smId, ['a']]]);
  });
});
