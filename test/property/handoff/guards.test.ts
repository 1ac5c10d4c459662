/** Random schedules of hops, lost frames, power cuts and long absences among three nodes: who is guarded is never lost, and lives once when all have met. */
import { array, assert, asyncProperty } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import type { Resting } from '../../../core/sm.ts';
import { checkMoment, nothingMinted } from '../../unit/handoff/checker.ts';
import { LAUNCH_BUDGET, programBytes, smartMessage } from '../../unit/handoff/samples.ts';
import type { World } from '../../unit/handoff/world.ts';
import { act, scheduled, worldWith } from './act.ts';

const PROGRAM = programBytes('guarded');
const LEASE_MS = 3_000;
/** Meetings of all that it takes at most until everybody knows everything. */
const ROUNDS = 16;

const action = scheduled({ waitWeight: 6, waitsMs: [60, 700, 4000, 12_000] });

function familiesAlive(world: World): string[] {
  return world.nodes.flatMap(({ residents }) => [...residents.values()].map((sm) => sm.launch.request.nonce)).sort();
}

async function prepared(sms: readonly Resting[]): Promise<World> {
  const world = await worldWith(sms, () => PROGRAM, { limits: { guardLeaseMs: LEASE_MS } });
  for (const { code } of world.nodes) code.add(PROGRAM.signed, PROGRAM.bricks);
  return world;
}

describe('random schedules with guards', () => {
  it('lose nobody, mint nothing, leave one life of each when all have met, and no copy when that has ended', async () => {
    let revived = 0;
    await assert(
      asyncProperty(array(action, { minLength: 60, maxLength: 200, size: 'max' }), async (schedule) => {
        const sms = [1, 2].map((guard) =>
          smartMessage(`g${guard}`, PROGRAM, { guard, reserve: LAUNCH_BUDGET, inDoubtTimeoutMs: LEASE_MS }),
        );
        const launched = sms.map(() => addBudgets(LAUNCH_BUDGET, LAUNCH_BUDGET)).reduce(addBudgets);
        const world = await prepared(sms);
        for (const each of schedule) {
          await act(world, each);
          expect(checkMoment(world), JSON.stringify(each)).toEqual([]);
          expect(nothingMinted(world, launched)).toBe(true);
        }
        await world.heal(ROUNDS, 1_000);
        expect(checkMoment(world)).toEqual([]);
        expect(familiesAlive(world)).toEqual(sms.map((sm) => sm.launch.request.nonce).sort());
        for (const place_ of world.nodes) {
          const { residents, ended } = place_;
          for (const smId of residents.keys()) place_.end(smId);
          revived += ended.filter(({ outcome }) => outcome === 'lost').length;
        }
        await world.heal(4, 1_000);
        // On disks that failed there may be more; whoever reads it later finds that nothing of it lives.
        for (const { handoff } of world.nodes) expect(handoff.guards.statistics).toEqual({ copies: 0, releases: 0 });
      }),
      { numRuns: 80, interruptAfterTimeLimit: 20_000 },
    );
    expect(revived).toBeGreaterThan(5);
  });
});
