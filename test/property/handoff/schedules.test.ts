/** Random schedules of hops, lost frames, power cuts and slow disks among three nodes: the promise holds. */
import { type Arbitrary, assert, asyncProperty, constantFrom, integer, nat, oneof, record, array, constant } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import type { Resting } from '../../../core/sm.ts';
import { checkMoment, checkRest, nothingMinted } from '../../unit/handoff/checker.ts';
import { LAUNCH_BUDGET, LAUNCH_RESERVE, programBytes, smartMessage } from '../../unit/handoff/samples.ts';
import { World, place } from '../../unit/handoff/world.ts';
import { type Action, NAMES, act } from './act.ts';

const PROGRAMS = ['one', 'two', 'three'].map(programBytes);

const node = nat(2);
const actions = (clones: boolean): Arbitrary<Action> =>
  oneof(
    {
      weight: 6,
      arbitrary: record({
        do: constant('depart' as const),
        sm: nat(5),
        to: nat(2),
        clones: clones ? constantFrom(true, false, false) : constant(false),
      }),
    },
    { weight: 16, arbitrary: record({ do: constant('deliver' as const), link: nat(5) }) },
    { weight: 10, arbitrary: record({ do: constant('flush' as const), node, batches: integer({ min: 1, max: 3 }) }) },
    { weight: 3, arbitrary: record({ do: constant('cut' as const), node, survivors: nat(2) }) },
    { weight: 4, arbitrary: record({ do: constant('start' as const), node }) },
    { weight: 6, arbitrary: record({ do: constant('connect' as const), one: node, other: node }) },
    { weight: 3, arbitrary: record({ do: constant('disconnect' as const), one: node, other: node }) },
    { weight: 1, arbitrary: record({ do: constant('fail-disk' as const), node }) },
    { weight: 2, arbitrary: record({ do: constant('wait' as const), ms: constantFrom(60, 700, 5000, 12_000) }) },
  );

async function prepared(sms: readonly Resting[]): Promise<World> {
  const world = new World(NAMES);
  for (const [index, sm] of sms.entries())
    await place(world, NAMES[index % 3] as string, sm, PROGRAMS[index % 3] as (typeof PROGRAMS)[number]);
  await world.settle();
  for (const one of world.nodes) for (const other of world.nodes) if (one !== other) world.connect(one, other);
  return world;
}

describe('random schedules', () => {
  it('keep every durable SM exactly once, with its budget', async () => {
    let hops = 0;
    await assert(
      asyncProperty(array(actions(false), { minLength: 60, maxLength: 200, size: 'max' }), async (schedule) => {
        const sms = PROGRAMS.flatMap((program, index) => [smartMessage(`x${index}`, program), smartMessage(`y${index}`, program)]);
        const world = await prepared(sms);
        for (const action of schedule) {
          await act(world, action);
          expect(checkMoment(world), JSON.stringify(action)).toEqual([]);
        }
        await world.heal();
        expect(checkRest(world, sms)).toEqual([]);
        for (const places of world.nodes) for (const sm of places.residents.values()) hops += sm.header.hops;
      }),
      { numRuns: 120, interruptAfterTimeLimit: 20_000 },
    );
    expect(hops).toBeGreaterThan(60);
  });

  it('with clones: every clone is once, and nothing is minted', async () => {
    let clones = 0;
    await assert(
      asyncProperty(array(actions(true), { minLength: 50, maxLength: 150, size: 'max' }), async (schedule) => {
        const sms = PROGRAMS.map((program, index) => smartMessage(`z${index}`, program));
        const launched = sms.map(() => addBudgets(LAUNCH_BUDGET, LAUNCH_RESERVE)).reduce(addBudgets);
        const world = await prepared(sms);
        for (const action of schedule) {
          await act(world, action);
          expect(checkMoment(world), JSON.stringify(action)).toEqual([]);
          expect(nothingMinted(world, launched)).toBe(true);
        }
        await world.heal();
        expect(checkRest(world, [])).toEqual([]);
        expect(nothingMinted(world, launched)).toBe(true);
        // Nothing was lost: what lives still has every hop that was not travelled.
        const lives = world.nodes.flatMap((place_) => [...place_.residents.values()]);
        expect(new Set(lives.map((sm) => sm.launch.request.nonce)).size).toBe(sms.length);
        clones += lives.length - sms.length;
      }),
      { numRuns: 60, interruptAfterTimeLimit: 12_000 },
    );
    expect(clones).toBeGreaterThan(10);
  });

  it('lose transients at most, never double them', async () => {
    await assert(
      asyncProperty(array(actions(false), { minLength: 50, maxLength: 150, size: 'max' }), async (schedule) => {
        const sms = PROGRAMS.map((program, index) =>
          smartMessage(`t${index}`, program, { transient: true, inDoubt: 'drop', inDoubtTimeoutMs: 1000 }),
        );
        const world = await prepared(sms);
        for (const action of schedule) {
          await act(world, action);
          expect(checkMoment(world), JSON.stringify(action)).toEqual([]);
        }
        await world.heal();
        expect(checkMoment(world)).toEqual([]);
        for (const places of world.nodes) {
          expect(places.handoff.statistics).toEqual({ outgoing: 0, arriving: 0, unsettled: 0 });
          expect([...places.store.entries('residents')]).toEqual([]);
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 12_000 },
    );
  });
});
