/** Real daemons die while an offer is refused, made again, refused for good: still exactly one result. */
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { REFUSED } from './crash/cases.ts';
import { CrashWorld, journey, squatter } from './crash/world.ts';

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.start({ away: { residents: 1 } });
});
afterAll(() => world.stop());
beforeEach(() => world.ready());

describe('SIGKILL of a daemon while its neighbour has no room', () => {
  it.each(REFUSED)('at %s of %s: exactly one result', async (site, victim) => {
    const name = `${site}.${victim}`;
    await world.send(squatter(name), 'away');
    const dying = await world.arm(victim, site);
    const family = await world.send(journey(name));
    await world.diesAndLives(victim, dying);
    await world.network.call('away', 'tags.write', { name: `public:free/${name}`, value: 1 });
    await world.expectOneResult(family, name);
  });
});
