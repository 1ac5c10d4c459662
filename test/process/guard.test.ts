/** Real daemons die for good, or seem to: the copy that stayed at the node before gives the result, and who comes back ends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GUARD_SITES } from '../../runtime/handoff/sites.ts';
import { CrashWorld } from './crash/world.ts';
import type { Name } from './crash/cases.ts';
import { BOUND_MS } from './support/processes.ts';

let world: CrashWorld;
beforeAll(async () => {
  const lease = { guardLeaseMs: 1_000 };
  world = await CrashWorld.start({ home: lease, away: lease });
});
afterAll(() => world.stop());
beforeEach(() => world.ready());

/** Goes to the neighbour and stays there. Who lives again because that one is gone notes it, waits for a sign and returns. */
const settler = (name: string): string => `
import { block, neighbours, self, sleep, sysMigrate, tags } from 'sm';
const NOTE = ${JSON.stringify(`public:again/${name}`)};
export default async function settle() {
  while (neighbours().length === 0) await sleep(20);
  const [away] = neighbours();
  try {
    await sysMigrate(away.id);
  } catch (error) {
    if (error.reason !== 'guard' && error.reason !== 'in-doubt') throw error;
    tags.create(NOTE, error.reason, { durable: true, access: { owner: 'rwdb', others: 'rwb' } });
    await block(NOTE, { after: tags.read(NOTE).version });
    return { reason: error.reason, node: self.nodeName };
  }
  await sleep(3_000_000);
}`;

const noted = (name: string): Promise<unknown> =>
  world.network.call('home', 'tags.read', { name: `public:again/${name}`, fresh: false }).then(
    ({ value }) => value,
    () => null,
  );

async function livesAgain(name: string): Promise<void> {
  await expect.poll(() => noted(name), { timeout: BOUND_MS, interval: 50 }).toEqual(expect.any(String));
}

async function returns(family: string, name: string, reason: string): Promise<void> {
  await world.network.call('home', 'tags.write', { name: `public:again/${name}`, value: 'go' });
  const ended = await world.network.call('home', 'result', { family, follow: true, keep: false });
  expect(ended).toMatchObject({ outcome: 'returned', value: { reason, node: 'home' } });
}

/** Nothing lives anywhere, and no copy is left. */
async function atRest(): Promise<void> {
  const counts = async (): Promise<unknown> => {
    const infos = await Promise.all((['home', 'away'] as const).map((node) => world.network.call(node, 'info', {})));
    return infos.map(({ residents, inDoubt, guardCopies }) => [residents, inDoubt, guardCopies]);
  };
  await expect.poll(counts, { timeout: BOUND_MS, interval: 50 }).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
}

const GUARDED = { guard: '1' };

describe('the holder dies', () => {
  it.each([
    ['settled.received', 'guard'],
    ['arrive.durable', 'in-doubt'],
  ])('at %s: its copy gives the result, and when it is back after all it ends', async (site, reason) => {
    const holder = await world.arm('away', site);
    const family = await world.send(settler(site), 'home', GUARDED);
    await world.dies('away', holder);
    await livesAgain(site);
    await returns(family, site, reason);
    await world.ready();
    await atRest();
  });
});

const HOME = [
  ...sitesOf('revive'),
  'guard.renew.received',
  'guard.renewed.before-send',
  'guard.renewed.after-send',
  ...sitesOf('release'),
].map((site) => [site, 'home'] as const);
const AWAY = ['guard.renew.before-send', 'guard.renew.after-send', 'guard.renewed.received', ...sitesOf('released')].map(
  (site) => [site, 'away'] as const,
);

function sitesOf(write: string): string[] {
  return GUARD_SITES.filter((site) => site.startsWith(`guard.${write}.`));
}

describe('a node dies while', () => {
  it.each<readonly [string, Name]>([...HOME, ...AWAY])(
    '%s of %s: the later life gives the result, and the former one ends',
    async (site, victim) => {
      const holder = await world.arm('away', 'settled.received');
      const family = await world.send(settler(site), 'home', GUARDED);
      await world.dies('away', holder);
      if (site.startsWith('guard.revive.')) {
        await world.diesAndLives('home', await world.arm('home', site));
        await livesAgain(site);
        await world.ready();
      } else {
        await livesAgain(site);
        const dying = victim === 'away' ? world.doom('away', site) : await world.arm('home', site);
        if (victim === 'home') await world.revive('away');
        await world.diesAndLives(victim, dying);
        await world.ready();
      }
      await returns(family, site, 'guard');
      await atRest();
    },
  );
});
