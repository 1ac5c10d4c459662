/** Random schedules of hops, lost frames, power cuts and slow disks among three nodes: the promise holds. */
import { array, assert, asyncProperty } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import type { Resting } from '../../../core/sm.ts';
import { checkMoment, checkRest, nothingMinted } from '../../unit/handoff/checker.ts';
import { LAUNCH_BUDGET, LAUNCH_RESERVE, programBytes, smartMessage } from '../../unit/handoff/samples.ts';
import type { World } from '../../unit/handoff/world.ts';
import { act, scheduled, worldWith } from './act.ts';

const PROGRAMS = ['one', 'two', 'three'].map(programBytes);

function prepared(sms: readonly Resting[]): Promise<World> {
  return worldWith(sms, (index) => PROGRAMS[index % 3]!);
}

describe('random schedules', () => {
  it('keep every durable SM exactly once, with its budget', async () => {
    let hops = 0;
    await assert(
      asyncProperty(array(scheduled(), { minLength: 60, maxLength: 200, size: 'max' }), async (schedule) => {
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
      asyncProperty(array(scheduled({ clones: true }), { minLength: 50, maxLength: 150, size: 'max' }), async (schedule) => {
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
      asyncProperty(array(scheduled(), { minLength: 50, maxLength: 150, size: 'max' }), async (schedule) => {
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
