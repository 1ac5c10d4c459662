/** Real daemons, real disks, real SIGKILL at the fault sites of the hand-off: every journey gives exactly one result. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram, signProgram } from '../../cli/compile.ts';
import { Context } from '../../cli/context.ts';
import { deploy, USUAL_CHOICES } from '../../cli/commands/deploy.ts';
import type { FamilyResult, TagInfo } from '../../runtime/control/protocol.ts';
import { HANDOFF_SITES } from '../../runtime/handoff/sites.ts';
import { ArmedDaemon, buildArmedDaemon } from './support/armed-daemon.ts';
import { plainNode, TestNetwork } from './support/network.ts';

type Name = 'home' | 'away';
const LIMITS = { offerTimeoutMs: 1_000, retryAfterMs: 50, redialMinMs: 20, redialMaxMs: 100 };
const daemons = new Map<Name, ArmedDaemon>();
let network: TestNetwork;
let context: Context;

beforeAll(async () => {
  buildArmedDaemon();
  network = await TestNetwork.make([plainNode('home', [], { offer: [] }), plainNode('away', ['home'], { offer: [] })]);
  context = new Context({ network: network.path, json: true });
  await Promise.all([start('home'), start('away')]);
});
afterAll(async () => {
  await Promise.all([...daemons.values()].map((daemon) => daemon.end()));
  await network.stop();
});

/** A case that failed must not take the later ones along. */
beforeEach(async () => {
  for (const [name, { child }] of daemons) if (child.exitCode !== null || child.signalCode !== null) await start(name);
});

async function start(name: Name): Promise<void> {
  daemons.set(name, await ArmedDaemon.start(network.local.folder.nodeFolder(name), LIMITS));
}

/**
 * There and back, whatever it takes. Each leg notes in a durable tag how often it happened: a slice is a transaction, so the
 * note of a Smart Message that exists twice would be written twice. The name of the case makes the code new to both nodes.
 */
const journey = (name: string): string => `
import { migrate, neighbours, self, sleep, sysMigrate, tags } from 'sm';
const CASE = ${JSON.stringify(name)};
async function hop(node) {
  for (;;) {
    try {
      return await sysMigrate(node);
    } catch {
      await sleep(20);
    }
  }
}
function note(leg) {
  const tag = 'public:' + leg + '/' + CASE;
  if (!tags.has(tag)) tags.create(tag, 0, { durable: true });
  tags.write(tag, tags.read(tag).value + 1);
}
export default async function journey() {
  while (neighbours().length === 0) await sleep(20);
  const [away] = neighbours();
  const data = { list: [1, 2, 3], text: 'x'.repeat(500) };
  await hop(away.id);
  note('there');
  await hop(self.origin);
  note('back');
  return { data: data.list.length + data.text.length, hops: self.hops };
}`;

async function send(source: string): Promise<string> {
  const signed = signProgram(await buildProgram(network.program(source)), context.network.author(), []);
  const before = new Set((await network.call('home', 'families', {})).map(({ family }) => family));
  await using connection = await context.connect('home');
  // The origin may die before it has answered; what it had accepted must live all the same.
  const asked = deploy(context, connection, signed, USUAL_CHOICES).catch(() => null);
  const answered = await asked;
  return answered?.family ?? (await restarted(before));
}

/** The application that the origin knows after its restart and did not know before. */
async function restarted(before: ReadonlySet<string>): Promise<string> {
  await daemons.get('home')!.death('the origin dies');
  await start('home');
  const families = (await network.call('home', 'families', {})).map(({ family }) => family);
  const [family, ...others] = families.filter((known) => !before.has(known));
  expect({ family, others }).toEqual({ family: expect.any(String), others: [] });
  return family!;
}

async function numberAt(node: Name, tag: string): Promise<TagInfo['value']> {
  return (await network.call(node, 'tags.read', { name: tag, fresh: false })).value;
}

async function atRest(): Promise<boolean> {
  const infos = await Promise.all((['home', 'away'] as const).map((name) => network.call(name, 'info', {})));
  return infos.every(({ residents, inDoubt, healthy }) => residents === 0 && inDoubt === 0 && healthy);
}

/** `home` sends first and receives last; `away` the other way round. The second visit of a site is the one of the way back. */
const CASES: readonly (readonly [site: string, victim: Name])[] = [
  ...['depart.before-commit', 'depart.committed', 'depart.durable', 'offer.before-send', 'offer.after-send'].map(
    (site) => [site, 'home'] as const,
  ),
  ...['need.received', 'bricks.before-send', 'bricks.after-send', 'accept.received'].map((site) => [site, 'home'] as const),
  ...['forget.before-commit', 'forget.committed', 'forget.durable', 'settled.before-send', 'settled.after-send'].map(
    (site) => [site, 'home'] as const,
  ),
  ...['offer.received', 'need.before-send', 'need.after-send', 'bricks.received'].map((site) => [site, 'away'] as const),
  ...['arrive.before-commit', 'arrive.committed', 'arrive.durable', 'accept.before-send', 'accept.after-send'].map(
    (site) => [site, 'away'] as const,
  ),
  ...['settled.received', 'prune.before-commit', 'prune.committed', 'prune.durable'].map((site) => [site, 'away'] as const),
  // The other way round: the node that received sends, and the origin receives.
  ...['depart.durable', 'offer.after-send', 'forget.committed'].map((site) => [site, 'away'] as const),
  ...['offer.received', 'arrive.committed', 'accept.after-send'].map((site) => [site, 'home'] as const),
];

describe('SIGKILL of a daemon', () => {
  it.each(CASES)('at %s of %s: exactly one result', async (site, victim) => {
    const name = `${site}.${victim}`;
    expect(HANDOFF_SITES).toContain(`handoff.${site}`);
    await network.linked();
    await daemons.get(victim)!.arm({ site: `handoff.${site}`, visit: 1 });
    const dying = daemons.get(victim)!;
    const family = await send(journey(name));
    expect(await dying.death(`${victim} dies at ${site}`)).toBe('SIGKILL');
    if (daemons.get(victim) === dying) await start(victim);
    await network.linked();
    const ended: FamilyResult = await network.call('home', 'result', { family, follow: true, keep: false });
    expect(ended).toMatchObject({ outcome: 'returned', value: { data: 503, hops: 2 } });
    await expect.poll(atRest, { timeout: 20_000, interval: 50 }).toBe(true);
    expect({ there: await numberAt('away', `public:there/${name}`), back: await numberAt('home', `public:back/${name}`) }).toEqual({
      there: 1,
      back: 1,
    });
    await expect(network.call('home', 'result', { family, follow: false, keep: false })).rejects.toThrow('keeps no result');
  });
});
