/** Real daemons die while they find out what became of an offer whose answer never came: still exactly one result. */
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { IN_DOUBT, IN_DOUBT_AND_ACCEPTED } from './crash/cases.ts';
import { CrashWorld, journey } from './crash/world.ts';

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.ready());

describe('SIGKILL of the receiver, then', () => {
  it.each([...IN_DOUBT, ...IN_DOUBT_AND_ACCEPTED])('first at %s, then at %s of %s: exactly one result', async (first, site, victim) => {
    const name = `${first}.${site}.${victim}`;
    const receiver = await world.arm('away', first);
    const family = await world.send(journey(name));
    await world.dies('away', receiver);
    // Whoever dies next is armed before the two can meet again.
    const dying = victim === 'away' ? world.doom('away', site) : await world.arm('home', site);
    if (victim === 'home') await world.revive('away');
    await world.diesAndLives(victim, dying);
    await world.expectOneResult(family, name);
  });
});
