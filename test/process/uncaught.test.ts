/** What nobody has caught inside a daemon: a rejection makes it unwell, an exception ends it, and neither costs a Smart Message. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../runtime/control/protocol.ts';
import type { Mishap } from './run/unlucky.ts';
import { buildForTest } from './support/build.ts';
import { plainNode, TestNetwork } from './support/network.ts';
import { Running } from './support/processes.ts';

let built: string;
let network: TestNetwork;
let home: Running;

beforeAll(async () => {
  built = buildForTest('run/unlucky.ts');
  network = await TestNetwork.make([plainNode('home', [], { offer: [] })]);
});
afterEach(() => home.end('SIGKILL'));
afterAll(() => network.stop());

async function start(): Promise<void> {
  home = new Running([built, network.local.folder.nodeFolder('home')], { ipc: true });
  await home.until((out) => out.includes('"ready"'), 'it serves');
}

const suffers = (mishap: Mishap): boolean => home.child.send(mishap);

const parked = (name: string): Promise<DeployResult> =>
  network.json(
    'deploy',
    network.program(`import { block } from 'sm';\nexport default async function () { await block('public:${name}'); }`),
  );

const families = async (): Promise<readonly string[]> =>
  (await network.call('home', 'ps', { family: null, order: null })).items.map(({ family }) => family);

describe('a daemon', () => {
  it('logs a rejection that nobody handled, says that it is not well, and serves on', async () => {
    await start();
    const before = await parked('before');
    suffers('rejection');
    await home.until((_out, err) => err.includes('nobody waited for this'), 'it is logged');
    expect(home.err).toContain('a defect of this program');
    expect(await network.call('home', 'info', {})).toMatchObject({ healthy: false, problems: [expect.stringContaining('defect')] });
    const after = await parked('after');
    expect((await families()).toSorted()).toEqual([before.family, after.family].toSorted());
    const { code } = await home.end();
    expect(code).toBe(0);
  });

  it('ends with 70 at an exception that nobody caught, says which, and has everything when it is started again', async () => {
    await start();
    const known = await families();
    const { family } = await parked('before');
    suffers('exception');
    const { code, err } = await home.ended;
    expect(code).toBe(70);
    expect(err).toMatch(/smd: .*nobody caught this/);
    await start();
    expect((await families()).toSorted()).toEqual([...known, family].toSorted());
    expect(await network.call('home', 'info', {})).toMatchObject({ healthy: true });
  });
});
