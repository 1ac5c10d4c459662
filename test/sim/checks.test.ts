/** The checkers: in calm weather everything adds up exactly, and each finds the smallest breach that it is there for. */
import { describe, expect, it } from 'vitest';
import type { Mutation } from '../../core/ports.ts';
import type { ChangeSet, ToWorker } from '../../runtime/worker/protocol.ts';
import { Violations } from '../../sim/check/checker.ts';
import { Checks } from '../../sim/check/checks.ts';
import { custodyChecker } from '../../sim/check/custody.ts';
import { Residence } from '../../sim/check/residence.ts';
import { singleLifeChecker } from '../../sim/check/single-life.ts';
import { SOAK_PROGRAMS } from '../../sim/soak/programs.ts';
import type { World } from '../../sim/world.ts';
import { linked, programOf, ringOf, worldOf } from './support.ts';

const HERE = new Uint8Array(1);
const NO_WORLD = null as unknown as World;

function put(table: 'residents' | 'outbox', key: string): Mutation {
  return { table, key, value: HERE };
}

function gone(table: 'residents' | 'outbox', key: string): Mutation {
  return { table, key, value: null };
}

describe('in calm weather', () => {
  it('budgets add up to the last hop, for families of every kind', async () => {
    const checks = new Checks({ exactBudgets: true, mostHops: () => 100 });
    const hearers = ringOf(6);
    const world = await worldOf('calm', 6, hearers, { observers: [checks.observer] });
    checks.watch(world);
    await linked(world, hearers);
    for (const { text } of Object.values(SOAK_PROGRAMS)) {
      const program = programOf(world, text);
      for (const origin of [0, 3]) world.launch(program, origin, { transient: origin === 3 });
    }
    await world.run(60_000);
    checks.atRest();
    expect(checks.violations).toEqual([]);
    expect(world.launches.all.every(({ accepted, isOver }) => accepted === true && isOver)).toBe(true);
    expect(world.metrics.total('sm_handoffs_total', 'in', 'accepted')).toBeGreaterThan(50);
  });
});

describe('custody', () => {
  const watch = (): {
    violations: Violations;
    durable: (node: number, ...batch: Mutation[]) => void;
    erased: (node: number) => void;
    rest: () => void;
  } => {
    const violations = new Violations(() => 0);
    const checker = custodyChecker(violations, () => false);
    return {
      violations,
      durable: (node, ...batch) => checker.observer!.durable!(node, batch),
      erased: (node) => checker.observer!.erased!(node),
      rest: () => checker.atRest!(NO_WORLD),
    };
  };

  it('is kept by a hop, an end, and a stay', () => {
    const { violations, durable, rest } = watch();
    durable(0, put('residents', 'a'), put('residents', 'b'));
    durable(0, gone('residents', 'a'), put('outbox', 'a'));
    durable(1, put('residents', 'a'));
    durable(0, gone('outbox', 'a'));
    durable(1, gone('residents', 'a'));
    durable(0, gone('residents', 'b'), put('outbox', 'b'));
    durable(0, gone('outbox', 'b'), put('residents', 'b'));
    rest();
    expect(violations.list).toEqual([]);
  });

  it('ends with a disk that is lost, for whoever was on it and for nobody else', () => {
    const { violations, durable, erased, rest } = watch();
    durable(0, put('residents', 'a'), put('residents', 'b'), put('residents', 'c'));
    durable(0, gone('residents', 'b'), put('outbox', 'b'));
    durable(1, put('residents', 'b'));
    durable(0, gone('residents', 'c'), put('outbox', 'c'));
    durable(0, gone('outbox', 'c'));
    erased(0);
    rest();
    expect(violations.list.map(({ text }) => text)).toEqual(['c is lost: it is on no disk and never ended']);
    durable(2, put('residents', 'b'));
    expect(violations.list.map(({ text }) => text)).toContain('b is on the disks of n1, n2 at once');
  });

  it('is broken by whoever forgets, and by whoever keeps what another one has', () => {
    const lost = watch();
    lost.durable(0, put('residents', 'a'));
    lost.durable(0, gone('residents', 'a'), put('outbox', 'a'));
    lost.durable(0, gone('outbox', 'a'));
    lost.rest();
    expect(lost.violations.list.map(({ text }) => text)).toEqual(['a is lost: it is on no disk and never ended']);
    const doubled = watch();
    doubled.durable(0, put('residents', 'a'));
    doubled.durable(1, put('residents', 'a'));
    expect(doubled.violations.list.map(({ text }) => text)).toEqual(['a is on the disks of n0, n1 at once']);
  });
});

describe('a single life', () => {
  const board = (seat: number, hops: number): ToWorker => {
    const principal = { family: 'f', origin: 'o', code: 'c', codeDomain: ['c'], author: 'ada' };
    const charter = { id: 1, principal, resources: null as never, arguments: '{}' };
    const boarding = { seat, charter: 1, smId: 'a', hops } as Extract<ToWorker, { type: 'board' }>['boarding'];
    return { type: 'board', boarding, charter };
  };

  it('goes from station to station and never back', () => {
    const violations = new Violations(() => 0);
    const residence = new Residence();
    const checker = singleLifeChecker(violations, residence);
    const slice = (node: number, seat: number): void => checker.observer!.changes!(node, { slice: { seat } } as unknown as ChangeSet);
    for (const [node, seat, hops] of [
      [0, 1, 0],
      [1, 1, 1],
      [0, 2, 2],
    ] as const)
      residence.observer.toWorker!(node, board(seat, hops));
    slice(0, 1);
    slice(0, 1);
    slice(1, 1);
    slice(0, 2);
    expect(violations.list).toEqual([]);
    slice(1, 1);
    expect(violations.list.map(({ text }) => text)).toEqual(['a runs at n1 after 1 hops, and ran at n0 after 2']);
  });
});
