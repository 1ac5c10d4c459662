/** A whole daemon whose disk is full: it says so, serves on, loses nothing, and goes on when there is room again. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, signProgram, type SignedProgram } from '../../cli/compile.ts';
import { Context } from '../../cli/context.ts';
import { deploy, USUAL_CHOICES } from '../../cli/commands/deploy.ts';
import type { DeployResult } from '../../runtime/control/protocol.ts';
import { plainNode, TestNetwork } from './support/network.ts';
import { endAll, ROOT, Running } from './support/processes.ts';

/** The store's file may grow to this, in blocks of 1024 bytes. */
const FILE_LIMIT_BLOCKS = 2000;
const COMMIT_FAILED = /a commit failed/;
let network: TestNetwork;
let context: Context;

beforeAll(async () => {
  network = await TestNetwork.make([plainNode('home', [], { offer: [] })]);
  context = new Context({ network: network.path, json: true });
});
afterAll(async () => {
  await endAll();
  await network.stop();
});

/** The product's daemon. With a limit, the signal that comes with it is ignored, so that writes fail as they do on a full disk. */
async function daemon(limitBlocks: number | null): Promise<Running> {
  const folder = network.local.folder.nodeFolder('home');
  const limit = limitBlocks === null ? '' : `trap '' XFSZ; ulimit -S -f ${limitBlocks};`;
  const args = ['-c', `${limit} exec "$0" "$1" "$2"`, process.execPath, join(ROOT, 'dist/smd.js'), folder];
  const running = new Running(args, { command: 'bash' });
  await running.until((out) => out.includes('"ready"'), 'it serves');
  return running;
}

function giveRoom(running: Running): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(running.child.pid), '--fsize=unlimited:'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const sign = async (source: string): Promise<SignedProgram> =>
  signProgram(await buildProgram(network.program(source)), context.network.author(), []);

async function launch(signed: SignedProgram): Promise<DeployResult> {
  await using connection = await context.connect('home');
  return await deploy(context, connection, signed, USUAL_CHOICES);
}

const residents = async () => (await network.call('home', 'ps', { family: null, order: null })).items;

/** Ends with more than is left on a disk to which nothing of 40 kB could be written. */
const WAKER = `
import { block, tags } from 'sm';
export default async function () {
  tags.create('public:go', 0, { access: { owner: 'rwdb', others: 'rwb' } });
  await block('public:go', { after: tags.read('public:go').version });
  return 'w'.repeat(200_000);
}`;
const KEEPER = `
import { block } from 'sm';
export default async function () {
  const text = 'k'.repeat(40_000);
  await block('public:never');
  return text;
}`;

describe.skipIf(process.platform !== 'linux')('a daemon on a full disk (needs Linux, to give a running process room again)', () => {
  it('refuses launches or makes them wait, keeps what it has, and goes on when there is room', async () => {
    const home = await daemon(FILE_LIMIT_BLOCKS);
    const waker = await launch(await sign(WAKER));
    const keeper = await sign(KEEPER);
    const kept: string[] = [];
    const full = home.until((_out, err) => COMMIT_FAILED.test(err), 'the disk is full');
    const ofNone = (): null => null;
    let waiting: Promise<DeployResult | null> = Promise.resolve(null);
    for (let isFull = false; !isFull;) {
      let refusal: unknown;
      waiting = launch(keeper).catch((error: unknown) => ((refusal = error), null));
      const outcome = await Promise.race([waiting, full.then(ofNone)]);
      if (outcome !== null) kept.push(outcome.family);
      else isFull = true;
      if (refusal !== undefined) expect(refusal).toMatchObject({ fault: 'refused', reason: 'store-full' });
    }
    expect(kept.length).toBeGreaterThan(5);

    // Its last slice cannot be stored, so it has not happened, and is tried again.
    await network.call('home', 'tags.write', { name: 'public:go', value: 1 });
    await full;
    expect((await network.call('home', 'result', { family: waker.family, follow: false, keep: true })).outcome).toBe('running');

    giveRoom(home);
    const ended = await network.call('home', 'result', { family: waker.family, follow: true, keep: true });
    expect(ended).toMatchObject({ outcome: 'returned', value: 'w'.repeat(200_000) });
    const late = await waiting;
    if (late !== null) kept.push(late.family);
    expect((await residents()).map(({ family }) => family).sort()).toEqual([...new Set(kept)].sort());
    expect(await network.call('home', 'info', {})).toMatchObject({ healthy: true });

    await home.end('SIGKILL');
    const again = await daemon(null);
    expect((await residents()).map(({ family }) => family).sort()).toEqual([...new Set(kept)].sort());
    expect((await again.end()).code).toBe(0);
  });
});
