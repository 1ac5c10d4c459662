/** Random schedules of hops, lost frames, power cuts and long absences among three nodes: who is guarded is never lost, and lives once when all have met. */
import { array, assert, asyncProperty, constant, constantFrom, integer, nat, oneof, record, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import type { Resting } from '../../../core/sm.ts';
import { checkMoment, nothingMinted } from '../../unit/handoff/checker.ts';
import { LAUNCH_BUDGET, programBytes, smartMessage } from '../../unit/handoff/samples.ts';
import { World, place } from '../../unit/handoff/world.ts';
import { type Action, NAMES, act } from './act.ts';

const PROGRAM = programBytes('guarded');
const LEASE_MS = 3_000;
/** Meetings of all that it takes at most until everybody knows everything. */
const ROUNDS = 16;

const node = nat(2);
const action: Arbitrary<Action> = oneof(
  { weight: 6, arbitrary: record({ do: constant('depart' as const), sm: nat(5), to: nat(2), clones: constant(false) }) },
  { weight: 16, arbitrary: record({ do: constant('deliver' as const), link: nat(5) }) },
  { weight: 10, arbitrary: record({ do: constant('flush' as const), node, batches: integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: record({ do: constant('cut' as const), node, survivors: nat(2) }) },
  { weight: 4, arbitrary: record({ do: constant('start' as const), node }) },
  { weight: 6, arbitrary: record({ do: constant('connect' as const), one: node, other: node }) },
  { weight: 3, arbitrary: record({ do: constant('disconnect' as const), one: node, other: node }) },
  { weight: 1, arbitrary: record({ do: constant('fail-disk' as const), node }) },
  { weight: 6, arbitrary: record({ do: constant('wait' as const), ms: constantFrom(60, 700, 4000, 12_000) }) },
);

function familiesAlive(world: World): string[] {
  return world.nodes.flatMap(({ residents }) => [...residents.values()].map((sm) => sm.launch.request.nonce)).sort();
}

async function prepared(sms: readonly Resting[]): Promise<World> {
  const world = new World(NAMES, { limits: { guardLeaseMs: LEASE_MS } });
  for (const [index, sm] of sms.entries()) await place(world, NAMES[index % 3] as string, sm, PROGRAM);
  for (const { code } of world.nodes) code.add(PROGRAM.signed, PROGRAM.bricks);
  await world.settle();
  for (const one of world.nodes) for (const other of world.nodes) if (one !== other) world.connect(one, other);
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
