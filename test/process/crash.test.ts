/** Real daemons, real disks, real SIGKILL at the fault sites of the hand-off: every journey gives exactly one result. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HANDOFF_SITES } from '../../runtime/handoff/sites.ts';
import { IN_DOUBT, REFUSED, USUAL } from './crash/cases.ts';
import { CrashWorld, journey } from './crash/world.ts';

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.ready());

describe('SIGKILL of a daemon', () => {
  it.each(USUAL)('at %s of %s: exactly one result', async (site, victim) => {
    const name = `${site}.${victim}`;
    const dying = await world.arm(victim, site);
    const family = await world.send(journey(name));
    await world.diesAndLives(victim, dying);
    await world.expectOneResult(family, name);
  });

  it('has a case for every site of the hand-off', () => {
    const sites = new Set([...USUAL.map(([site]) => site), ...IN_DOUBT.map(([, site]) => site), ...REFUSED.map(([site]) => site)]);
    expect([...sites].map((site) => `handoff.${site}`).sort()).toEqual([...HANDOFF_SITES].sort());
  });
});
