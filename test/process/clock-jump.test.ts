/** Somebody sets the wall clock of a running node ten years wrong: what must not expire does not, and what is refused says why. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployParams } from '../../runtime/control/protocol.ts';
import { ArmedDaemon } from './support/armed-daemon.ts';
import { signedLaunch } from './support/launch.ts';
import { plainNode, TestNetwork } from './support/network.ts';
import { BOUND_MS } from './support/processes.ts';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
/** Certificates are judged often, and a busy machine is not taken for a dead neighbour. */
const LIMITS = { keepaliveIntervalMs: 200, keepaliveMissed: 300, redialMinMs: 20, redialMaxMs: 200 };
const POLLING = { timeout: BOUND_MS, interval: 50 };
const NAMES = ['home', 'away'] as const;
const daemons = new Map<string, ArmedDaemon>();
let network: TestNetwork;

beforeAll(async () => {
  network = await TestNetwork.make([plainNode('home', [], { offer: [] }), plainNode('away', ['home'], { offer: [] })]);
});
beforeEach(async () => {
  for (const name of NAMES) if (daemons.get(name)?.alive !== true) await start(name);
  await daemons.get('home')!.order({ aheadMs: 0 });
  await network.linked();
});
afterAll(async () => {
  await Promise.all([...daemons.values()].map((daemon) => daemon.end()));
  await network.stop();
});

async function start(name: string, aheadMs = 0): Promise<void> {
  daemons.set(name, await ArmedDaemon.start(network.local.folder.nodeFolder(name), LIMITS, { aheadMs }));
}

/** Signed now by the clock of this process, which is right. */
const launchOf = (source: string): Promise<DeployParams> => signedLaunch(network, 'home', source);
const deploy = async (source: string) => network.call('home', 'deploy', await launchOf(source));
const result = (family: string) => network.call('home', 'result', { family, follow: true, keep: true });

/** Leaves a durable tag, waits until it is written, and goes to the neighbour and back. */
const traveller = (tag: string): string => `
import { block, neighbours, self, sleep, sysMigrate, tags } from 'sm';
async function hop(node) {
  for (;;) {
    try { return await sysMigrate(node); } catch { await sleep(20); }
  }
}
export default async function travel() {
  tags.create('${tag}', 0, { durable: true, access: { owner: 'rwdb', others: 'rwb' } });
  await block('${tag}', { after: tags.read('${tag}').version });
  while (neighbours().length === 0) await sleep(20);
  await hop(neighbours()[0].id);
  await hop(self.origin);
  return [tags.read('${tag}').value, self.hops];
}`;

describe('a wall clock that is set ten years ahead', () => {
  it('closes links with the reason, refuses launches as expired, and costs nothing: all goes on when it is set right', async () => {
    const kept = await deploy(`export default async function () { return 'kept'; }`);
    const travelling = await deploy(traveller('public:ahead'));
    const twice = await launchOf(`export default async function () { return 'once'; }`);
    const once = await network.call('home', 'deploy', twice);
    await result(once.family);

    const home = daemons.get('home')!;
    await home.order({ aheadMs: TEN_YEARS_MS });
    await expect.poll(async () => (await network.call('home', 'info', {})).neighbours, POLLING).toEqual([]);
    await expect
      .poll(async () => (await network.sm('logs', 'home', '--level', 'info')).out, POLLING)
      .toMatch(/certificate of node away was valid until \S+; here it is/);
    await expect(deploy(`export default async function () { return 1; }`)).rejects.toMatchObject({ fault: 'refused', reason: 'expired' });
    expect(await result(kept.family)).toMatchObject({ value: 'kept' });
    const residents = await network.call('home', 'ps', { family: null, order: null });
    expect(residents.items).toMatchObject([{ family: travelling.family, state: 'waiting' }]);
    expect(await network.call('home', 'tags.read', { name: 'public:ahead', fresh: false })).toMatchObject({ value: 0, durable: true });

    await home.order({ aheadMs: 0 });
    await network.linked();
    await expect(network.call('home', 'deploy', twice)).rejects.toMatchObject({ reason: 'replayed-launch' });
    await network.call('home', 'tags.write', { name: 'public:ahead', value: 7 });
    expect(await result(travelling.family)).toMatchObject({ outcome: 'returned', value: [7, 2] });
    expect(await network.call('home', 'info', {})).toMatchObject({ healthy: true, residents: 0, inDoubt: 0 });
  });

  it('keeps a node from starting, and says why; started at the right time it has everything', async () => {
    const travelling = await deploy(traveller('public:later'));
    await daemons.get('home')!.end();
    await expect(start('home', TEN_YEARS_MS)).rejects.toThrow(/this node cannot take part: .*(expired|valid until)/);
    await start('home');
    await network.linked();
    await network.call('home', 'tags.write', { name: 'public:later', value: 8 });
    expect(await result(travelling.family)).toMatchObject({ outcome: 'returned', value: [8, 2] });
  });
});

describe('a wall clock that is set ten years back', () => {
  it('costs nothing: links stay and programs go on; new launches are refused with the reason', async () => {
    const early = await launchOf(`export default async function () { return 'once'; }`);
    const once = await network.call('home', 'deploy', early);
    const travelling = await deploy(traveller('public:back'));
    await daemons.get('home')!.order({ aheadMs: -TEN_YEARS_MS });
    await expect(network.call('home', 'deploy', early)).rejects.toMatchObject({ fault: 'refused' });
    await expect(deploy(`export default async function () { return 1; }`)).rejects.toThrow(/expires in \d+ s by this node's clock/);
    await network.call('home', 'tags.write', { name: 'public:back', value: 9 });
    expect(await result(travelling.family)).toMatchObject({ outcome: 'returned', value: [9, 2] });

    // Set right, the clock jumps ten years ahead of everything that was dated meanwhile. A launch looks for results to forget.
    await daemons.get('home')!.order({ aheadMs: 0 });
    const later = await deploy(`export default async function () { return 'later'; }`);
    for (const [family, value] of [
      [travelling.family, [9, 2]],
      [once.family, 'once'],
      [later.family, 'later'],
    ] as const)
      expect(await result(family)).toMatchObject({ outcome: 'returned', value });
  });

  it('keeps no node from starting: its certificate tells that the time is later', async () => {
    const params = await launchOf(`export default async function () { return 'once'; }`);
    const once = await network.call('home', 'deploy', params);
    const travelling = await deploy(traveller('public:early'));
    await daemons.get('home')!.end();
    await start('home', -TEN_YEARS_MS);
    await network.linked();
    expect(await result(once.family)).toMatchObject({ value: 'once' });
    await expect(network.call('home', 'deploy', params)).rejects.toMatchObject({ fault: 'refused' });
    await network.call('home', 'tags.write', { name: 'public:early', value: 10 });
    expect(await result(travelling.family)).toMatchObject({ outcome: 'returned', value: [10, 2] });
    expect(daemons.get('home')!.said).not.toMatch(/defect/);
  });
});
