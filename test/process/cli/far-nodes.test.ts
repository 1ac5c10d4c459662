/** `sm` and nodes that run elsewhere, without multicast: found by their addresses, missed when they are down, shunned when revoked. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../../cli/commands/doctor.ts';
import { daemonProgram } from '../../../cli/daemon-process.ts';
import { freePorts } from '../../../cli/local-network.ts';
import { NetworkFolder } from '../../../cli/network.ts';
import { nodeLayout } from '../../../runtime/config/layout.ts';
import { writeIdentity } from '../../../runtime/identity/identity.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { endAll, ROOT, Running, sm as runSm, type Ran } from '../support/processes.ts';

const NAMES = ['kitchen', 'garden'] as const;
type Name = (typeof NAMES)[number];

let home: string;
let path: string;
let portOf: ReadonlyMap<Name, number>;
const running = new Map<Name, Running>();

const sm = (...args: readonly string[]): Promise<Ran> => runSm(['--network', path, ...args]);
const boardOf = (name: Name): string => join(home, `board-${name}`);
const hello = join(ROOT, 'examples/hello-neighbours.ts');

async function start(name: Name): Promise<void> {
  const daemon = new Running([daemonProgram(), boardOf(name)], { command: 'sh' });
  await daemon.until((out) => out.includes('"ready"'), `${name} serves`);
  running.set(name, daemon);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sm-far-'));
  path = join(home, 'network');
  const ports = await freePorts(NAMES.length);
  portOf = new Map(NAMES.map((name, index) => [name, ports[index]!]));
  expect((await sm('network', 'init', '--author', 'anna')).code).toBe(0);
  for (const name of NAMES) {
    expect((await sm('node', 'init', name, '--no-multicast', '--listen', `127.0.0.1:${portOf.get(name)}`)).code).toBe(0);
    // What runs is the copy on the board; the folder here has no socket.
    cpSync(join(path, 'nodes', name), boardOf(name), { recursive: true });
  }
  await Promise.all(NAMES.map(start));
});
afterAll(async () => {
  await endAll();
  rmSync(home, { recursive: true, force: true });
});

it('finds them where their own configuration says that they listen', async () => {
  const nodes = await sm('--json', 'nodes');
  expect({ code: nodes.code, err: nodes.err }).toEqual({ code: 0, err: '' });
  expect((JSON.parse(nodes.out) as { reachable: boolean }[]).map(({ reachable }) => reachable)).toEqual([true, true]);
  expect((await sm('deploy', hello, '--to', 'kitchen', '--wait')).code).toBe(0);
});

it('is told where one is that says nothing of use, keeps that, and says how when it is missing', async () => {
  const config = nodeLayout(join(path, 'nodes/kitchen')).config;
  const before = readFileSync(config, 'utf8');
  rmSync(join(path, 'known-nodes.json'));
  try {
    writeFileSync(config, before.replace('127.0.0.1', '0.0.0.0'));
    const lost = await sm('tags', 'kitchen');
    expect({ code: lost.code, err: lost.err }).toEqual({ code: 5, err: expect.stringContaining('sm node address kitchen HOST:PORT') });
    expect((await sm('node', 'address', 'kitchen', 'nowhere:at:all')).code).toBe(2);
    expect((await sm('node', 'address', 'kitchen', `127.0.0.1:${portOf.get('kitchen')}`)).code).toBe(0);
    expect((await sm('tags', 'kitchen')).code).toBe(0);
    // What nodes say of each other does not replace what a person has said.
    expect((await sm('node', 'address', 'kitchen', `localhost:${portOf.get('kitchen')}`)).code).toBe(0);
    expect((await sm('nodes')).code).toBe(0);
    expect(new NetworkFolder(path, systemClock).knownNodes()['kitchen']!.address).toBe(`localhost:${portOf.get('kitchen')}`);
  } finally {
    writeFileSync(config, before);
  }
});

it('finds one that was not made here by name and address', async () => {
  const ben = join(home, 'ben');
  rmSync(join(path, 'known-nodes.json'));
  expect((await sm('network', 'certify', 'ben', '--out', ben)).code).toBe(0);
  const address = `127.0.0.1:${portOf.get('garden')}`;
  const wrong = await runSm(['--network', ben, 'node', 'address', 'kitchen', address]);
  expect({ code: wrong.code, err: wrong.err }).toEqual({ code: 2, err: expect.stringContaining('is called garden, not "kitchen"') });
  expect((await runSm(['--network', ben, 'node', 'address', 'garden', address])).code).toBe(0);
  expect((await runSm(['--network', ben, 'tags', 'garden'])).code).toBe(0);
});

it('a daemon that cannot start gives "sm node run" its exit code', async () => {
  const inUse = await sm('node', 'run', boardOf('kitchen'));
  expect({ code: inUse.code, err: inUse.err }).toEqual({ code: 2, err: expect.stringContaining('is in use by process') });
  const folder = join(home, 'no-data');
  cpSync(join(path, 'nodes/kitchen'), folder, { recursive: true });
  rmSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data'), 'a file');
  const noFolder = await sm('node', 'run', folder);
  expect({ code: noFolder.code, err: noFolder.err }).toEqual({ code: 2, err: expect.stringMatching(/data is no folder that this user/) });
  expect(noFolder.err).not.toMatch(/\n {4}at /);
});

it('shows certificates that are expired, of the future, or empty', async () => {
  const { identity: folder } = nodeLayout(join(path, 'nodes/kitchen'));
  const past = { ...systemClock, wallMs: () => Date.now() - 3 * 86_400_000 };
  const old = await new NetworkFolder(path, past).authority().issue({ role: 'node', name: 'attic', days: 1 });
  const attic = nodeLayout(join(path, 'nodes/attic'));
  writeIdentity(attic.identity, old);
  const finding = async (what: string): Promise<Finding | undefined> =>
    (JSON.parse((await sm('--json', 'doctor')).out) as Finding[]).find((each) => each.what === what);
  expect(await finding('certificate of attic')).toMatchObject({ state: 'bad', detail: 'expired 2 days ago', fix: 'sm node renew attic' });
  const expired = new Running([daemonProgram(), attic.folder], { command: 'sh' });
  expect(await expired.ended).toMatchObject({ code: 2, err: expect.stringContaining('sm node renew attic') });
  expect((await sm('node', 'renew', 'attic')).code).toBe(0);
  expect(await finding('certificate of attic')).toMatchObject({ state: 'good' });
  const ahead = { ...systemClock, wallMs: () => Date.now() + 3 * 86_400_000 };
  writeIdentity(attic.identity, await new NetworkFolder(path, ahead).authority().renew(old));
  expect(await finding('certificate of attic')).toMatchObject({ state: 'bad', detail: 'issued in the future of this clock' });
  rmSync(attic.folder, { recursive: true });

  const before = readFileSync(join(folder, 'network.crt'));
  writeFileSync(join(folder, 'network.crt'), '');
  expect(await finding('certificate of kitchen')).toMatchObject({ state: 'bad', detail: expect.stringContaining('network.crt is empty') });
  writeFileSync(join(folder, 'network.crt'), before);
});

it("an expired certificate of one's own is named by every command", async () => {
  const late = join(home, 'late');
  const past = { ...systemClock, wallMs: () => Date.now() - 3 * 86_400_000 };
  const folder = new NetworkFolder(path, systemClock);
  writeIdentity(join(late, 'author'), await new NetworkFolder(path, past).authority().issue({ role: 'author', name: 'late', days: 1 }));
  new NetworkFolder(late, systemClock).remember(folder.knownNodes());
  const doctor = JSON.parse((await runSm(['--network', late, '--json', 'doctor'])).out) as Finding[];
  expect(doctor.find(({ what }) => what === 'your certificate')).toMatchObject({ state: 'bad', detail: 'expired 2 days ago' });
  const nodes = await runSm(['--network', late, 'nodes']);
  expect({ code: nodes.code, err: nodes.err }).toEqual({
    code: 4,
    err: expect.stringMatching(/certificate of author late was valid until/),
  });
});

it('shows the revoked as revoked, and deploys nothing to them', async () => {
  expect(JSON.parse((await sm('--json', 'node', 'revoke', 'garden')).out)).toEqual({ name: 'garden', told: ['kitchen'], missed: [] });
  expect((await sm('nodes')).out).toMatch(/^garden +\S+ +revoked, up /m);
  const deployed = await sm('deploy', hello, '--to', 'garden');
  expect({ code: deployed.code, err: deployed.err }).toEqual({ code: 4, err: expect.stringContaining('garden was revoked') });
  const doctor = JSON.parse((await sm('--json', 'doctor')).out) as Finding[];
  expect(doctor.find(({ what }) => what === 'certificate of garden')).toMatchObject({ state: 'bad', detail: 'revoked' });
});

it('says that nodes are down, not that they know nothing', async () => {
  const { family } = JSON.parse((await sm('--json', 'deploy', hello, '--to', 'kitchen')).out) as { family: string };
  await running.get('kitchen')!.end();
  const result = await sm('result', family);
  expect({ code: result.code, err: result.err }).toEqual({ code: 5, err: expect.stringContaining('kitchen could not be reached') });
  await running.get('garden')!.end();
  const nodes = await sm('nodes');
  expect(nodes.code).toBe(5);
  // Reasons stand below the table, not in a column.
  for (const line of nodes.out.trim().split('\n')) expect(line.length).toBeLessThan(80);
  expect(nodes.err).toContain('kitchen: cannot reach node kitchen');
  const revoked = await sm('--json', 'node', 'revoke', 'garden');
  expect(JSON.parse(revoked.out)).toEqual({ name: 'garden', told: [], missed: ['kitchen'] });
});
