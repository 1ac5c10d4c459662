/** Bad input and bad luck: each is told clearly, and nothing is lost. Real daemons: origin - middle - far. */
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlClient } from '../../cli/client.ts';
import { NetworkFolder } from '../../cli/network.ts';
import { daemonProgram } from '../../cli/daemon-process.ts';
import { nodeConfigText } from '../../cli/node-config-text.ts';
import type { DeployResult, FamilyResult } from '../../runtime/control/protocol.ts';
import { nodeLayout } from '../../runtime/config/layout.ts';
import { writeIdentity } from '../../runtime/identity/identity.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { ArmedDaemon } from './support/armed-daemon.ts';
import { signedLaunch } from './support/launch.ts';
import { plainNode, TestNetwork } from './support/network.ts';
import { BOUND_MS, endAll, Running, sm, type Ran } from './support/processes.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await TestNetwork.start([
    plainNode('origin', [], { offer: [] }),
    plainNode('middle', ['origin'], { offer: [] }),
    plainNode('far', ['middle'], { offer: ['io:thermometer'], simulated: ['- kind: thermometer', '  value: 20'] }),
  ]);
});
afterAll(async () => {
  await network.stop();
  await endAll();
});

/** A node of this network that is not running, in a folder of its own. */
async function spareNode(name: string, days?: number): Promise<string> {
  const folder = join(network.home, name);
  const identity = await network.local.folder.authority().issue({ role: 'node', name, ...(days === undefined ? {} : { days }) });
  writeIdentity(nodeLayout(folder).identity, identity);
  writeFileSync(
    nodeLayout(folder).config,
    nodeConfigText({ listen: '127.0.0.1:0', peers: [], location: null, multicast: false, offer: [] }),
  );
  return folder;
}

/** Starts a daemon that is expected not to serve. */
async function failingStart(folder: string): Promise<Ran> {
  return new Running([daemonProgram(), folder]).ended;
}

async function serving(folder: string): Promise<Running> {
  const running = new Running([daemonProgram(), folder]);
  await running.until((out) => out.includes('"ready"'), 'it serves');
  return running;
}

describe('starting a node', () => {
  it('names file, line and column of a mistake in the configuration', async () => {
    const folder = await spareNode('misconfigured');
    const path = nodeLayout(folder).config;
    writeFileSync(path, 'listen:\n  port: 99999\nlocation:\n  latitude: 200\n  longitude: 0\n');
    const { code, err } = await failingStart(folder);
    expect(code).toBe(2);
    expect(err).toContain(`${path}:2:9: listen.port`);
    expect(err).toContain(`${path}:4:13: location.latitude`);
    expect(err).not.toMatch(/\n {4}at /);
  });

  it('refuses an expired certificate and says how to renew it; renewed, the node serves', async () => {
    const folder = await spareNode('expired');
    const layout = nodeLayout(folder);
    const past = { ...systemClock, wallMs: () => Date.now() - 3 * 86_400_000 };
    const identity = await new NetworkFolder(network.path, past).authority().issue({ role: 'node', name: 'expired-1', days: 1 });
    writeIdentity(layout.identity, identity);
    const { code, err } = await failingStart(folder);
    expect(code).toBe(2);
    expect(err).toMatch(/cannot take part: .*expired/);
    expect(err).toContain('sm node renew');
    writeIdentity(layout.identity, await network.local.folder.authority().renew(identity, 10));
    const running = await serving(folder);
    expect((await running.end()).code).toBe(0);
  });

  it('does not link with the node of a foreign network, and says why in its log', async () => {
    const foreign = join(network.home, 'foreign');
    const { authority } = await NetworkFolder.create(foreign, 'mallory', systemClock);
    const layout = nodeLayout(join(foreign, 'nodes/stranger'));
    writeIdentity(layout.identity, await authority.issue({ role: 'node', name: 'stranger' }));
    const { address } = await network.call('origin', 'info', {});
    writeFileSync(layout.config, nodeConfigText({ listen: '127.0.0.1:0', peers: [address], location: null, multicast: false, offer: [] }));
    const running = await serving(layout.folder);
    await running.until((_out, err) => /no link: .*(network|certificate|signed)/.test(err), 'it is refused');
    const logs = await network.sm('logs', 'origin', '--level', 'info');
    expect(logs.out).toMatch(/link refused|handshake/);
    expect((await network.call('origin', 'info', {})).neighbours.map(({ name }) => name)).toEqual(['middle']);
    await running.end();
    // The stranger's command line gets no further.
    const known = { origin: { nodeId: (await network.call('origin', 'info', {})).nodeId, address } };
    new NetworkFolder(foreign, systemClock).remember(known);
    const { code, err } = await sm(['--network', foreign, 'tags', 'origin']);
    expect(code).toBeGreaterThan(1);
    expect(err).toMatch(/foreign|other network|not.*(signed|issued)|certificate/);
  });

  it('does not run with the certificate of an author', async () => {
    const folder = await spareNode('author-as-node');
    writeIdentity(nodeLayout(folder).identity, network.local.folder.author());
    const { code, err } = await failingStart(folder);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is of a author, not of a node') });
  });

  it('a second daemon on one folder is refused, and the first goes on', async () => {
    const folder = network.local.folder.nodeFolder('far');
    const { code, err } = await failingStart(folder);
    expect(code).toBe(2);
    expect(err).toMatch(/another|in use|already/);
    const info = await network.call('far', 'info', {});
    expect(info).toMatchObject({ name: 'far', healthy: true });
  });

  it.each(['listen', 'metrics'])('ends, and says why, when the port for %s is taken', async (door) => {
    const folder = await spareNode(`no-${door}`);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const listen = door === 'listen' ? `127.0.0.1:${port}` : '127.0.0.1:0';
    const config = nodeConfigText({ listen, peers: [], location: null, multicast: false, offer: [] });
    writeFileSync(nodeLayout(folder).config, door === 'listen' ? config : `${config}\nmetrics:\n  port: ${port}\n`);
    const { code, err } = await failingStart(folder);
    taken.close();
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${port}`) });
  });

  it('names a damaged store and what can be done; nothing in it is changed', async () => {
    const folder = await spareNode('damaged');
    const { data } = nodeLayout(folder);
    await (await serving(folder)).end();
    const file = join(data, 'store.mdb');
    const intact = readFileSync(file);
    for (const damage of ['flipped', 'truncated'] as const) {
      if (damage === 'flipped') {
        const bytes = Buffer.from(intact);
        for (let at = 8192; at < bytes.length; at += 64) bytes[at]! ^= 0xff;
        writeFileSync(file, bytes);
      } else {
        writeFileSync(file, intact);
        truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096);
      }
      const before = readFileSync(file);
      const { code, err } = await failingStart(folder);
      expect({ damage, code, err }).toEqual({ damage, code: 3, err: expect.stringContaining(`${file} is damaged`) });
      expect(err).toContain('backup');
      expect(readFileSync(file).subarray(0, before.length).equals(before), damage).toBe(true);
    }
    writeFileSync(file, intact);
    expect((await (await serving(folder)).end()).code).toBe(0);
  });
});

describe('launching', () => {
  it('refuses a replayed launch', async () => {
    const params = await signedLaunch(network, 'origin', `export default async function once() { return 1; }`);
    await network.call('origin', 'deploy', params);
    await expect(network.call('origin', 'deploy', params)).rejects.toMatchObject({ reason: 'replayed-launch' });
    await network.killNode('origin');
    await network.startNode('origin');
    await network.linked();
    await expect(network.call('origin', 'deploy', params)).rejects.toMatchObject({ reason: 'replayed-launch' });
    const forged = Buffer.from(params.request, 'base64');
    forged[300]! ^= 1;
    const rejected = network.call('origin', 'deploy', { ...params, request: forged.toString('base64') });
    await expect(rejected).rejects.toMatchObject({ fault: expect.stringMatching(/refused|data/) });
  });

  it('says that there is no such file', async () => {
    const { code, err } = await network.sm('deploy', 'nowhere.ts');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('there is no file nowhere.ts') });
  });

  it('refuses launches that no longer fit into the store, and keeps what it has', async () => {
    const folder = await spareNode('small');
    const daemon = await ArmedDaemon.start(folder, { storeBytes: 60_000 });
    network.local.folder.remember({ small: await whereIs(folder) });
    const program = network.program(
      `import { sleep } from 'sm';\nexport default async function keep({ text }) { await sleep(3_600_000); return text; }`,
    );
    const outcomes: (number | null)[] = [];
    let refusal = '';
    for (let launch = 0; launch < 12 && refusal === ''; launch++) {
      const ran = await sm(['--network', network.path, 'deploy', program, '--arg', `text=${'x'.repeat(8000)}`, '--to', 'small']);
      outcomes.push(ran.code);
      if (ran.code === 4) refusal = ran.err;
    }
    expect(outcomes[0]).toBe(0);
    expect(refusal).toMatch(/refused because .*(store|full|bytes)/);
    const kept = await network.call('small', 'ps', { family: null, order: null });
    expect(kept.items).toHaveLength(outcomes.length - 1);
    expect(await network.call('small', 'info', {})).toMatchObject({ healthy: true });
    await daemon.end();
    const again = await ArmedDaemon.start(folder);
    network.local.folder.remember({ small: await whereIs(folder) });
    expect((await network.call('small', 'ps', { family: null, order: null })).items).toHaveLength(outcomes.length - 1);
    await again.end();
  });
});

/** Where a daemon says that it listens, asked through its own socket. */
async function whereIs(folder: string): Promise<{ nodeId: string; address: string }> {
  const client = new ControlClient(connect(nodeLayout(folder).socket), folder);
  const { nodeId, address } = await client.call('info', {});
  client.close();
  return { nodeId, address };
}

describe('programs that fail far away', () => {
  it("an uncaught error two hops away reaches whoever deployed, with the author's file and lines and its cause", async () => {
    const file = network.program(
      `import { migrate } from 'sm';
import { pull } from 'sm/routing/pull';

function measure(depth: number): never {
  if (depth === 0) throw new RangeError('the needle is bent');
  return measure(depth - 1);
}

async function careful(): Promise<void> {
  try {
    measure(1);
  } catch (cause) {
    throw new Error('no reading today', { cause });
  }
}

export default async function inspect() {
  await migrate({ node: 'far' }, { via: pull, timeout: 120_000 });
  await careful();
}
`,
      'inspect.ts',
    );
    const { code, out } = await network.sm('deploy', file, '--to', 'origin', '--wait');
    expect(code).toBe(1);
    expect(out).toContain('failed on far');
    const lines = out.split('\n').map((line) => line.trim());
    const after = (text: string): string[] => lines.slice(lines.findIndex((line) => line.startsWith(text)));
    expect(after('Error: no reading today')[1]).toMatch(/^at careful \(.*inspect\.ts:13:\d+\)$/);
    expect(after('Error: no reading today').join('\n')).toMatch(/inspect\.ts:19:\d+/);
    expect(lines).toContain('caused by:');
    const cause = after('RangeError: the needle is bent').join('\n');
    for (const line of [5, 6, 11]) expect(cause).toMatch(new RegExp(`inspect\\.ts:${line}:\\d+`));
  });

  it('a search without success is an up-call: the program goes on where it is', async () => {
    const result = await network.run(
      `import { migrate, self } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function () {
  try {
    await migrate({ tags: ['io:unobtainium'] }, { via: pull, timeout: 300 });
  } catch (error) {
    return { name: error.name, there: self.nodeName, reached: error.reached === self.node, reason: error.reason };
  }
}`,
      '--to',
      'origin',
    );
    expect(result).toMatchObject({ outcome: 'returned', value: { name: 'MigrationTimeout', there: 'origin', reached: true } });
    expect((result.value as { reason: string }).reason).not.toBe('');
  });

  it('state that is too large to travel ends the program with its size, the bound and the variable', async () => {
    const result = await network.run(
      `import { neighbours, sysMigrate } from 'sm';
export default async function hoard() {
  const treasure = Array.from({ length: 40_000 }, (_, index) => 'coin ' + index);
  await sysMigrate(neighbours()[0].id);
  return treasure.length;
}`,
      '--to',
      'origin',
    );
    expect(result.outcome).toBe('failed');
    expect(result.error!.message).toMatch(
      /^cannot migrate from hoard\(\) at line 4: the state has \d.* of at most 256 KiB; the largest parts are local "treasure" of hoard\(\) \(/,
    );
    expect(result.endedAt!.name).toBe('origin');
  });

  it('a lifetime that is over and a budget that is spent end or stop a program, and say so', async () => {
    const lived = await network.run(
      `import { block } from 'sm';
export const resources = { lifetimeMs: 700 };
export default async function () { await block('public:never'); }`,
      '--to',
      'origin',
    );
    expect(lived.outcome).not.toBe('returned');
    expect(JSON.stringify(lived)).toMatch(/lifetime/);
    const spent = await network.run(
      `import { neighbours, sysMigrate, self } from 'sm';
export default async function () {
  try {
    for (;;) await sysMigrate(neighbours()[0].id);
  } catch (error) {
    return { name: error.name, reason: error.reason, left: self.budget.hops, hops: self.hops };
  }
}`,
      '--to',
      'origin',
      '--hops',
      '5',
    );
    // At the origin it returns the result, elsewhere an obituary brings it home.
    expect(spent).toMatchObject({ outcome: 'returned', value: { name: 'MigrationRefused', reason: 'budget-exhausted', left: 0, hops: 5 } });
  });

  it('a program that never yields is ended, and the node serves on', async () => {
    const result = await network.run(`export default async function () { for (;;); }`, '--to', 'origin');
    expect(result.outcome).not.toBe('returned');
    expect(JSON.stringify(result.error)).toMatch(/CPU|cpu|time/);
    const next = await network.run(`export default async function () { return 'well'; }`, '--to', 'origin');
    expect(next.value).toBe('well');
  });

  it('a node that is away for good leaves the program where it was', async () => {
    const started = await network.json<DeployResult>(
      'deploy',
      network.program(`import { block, sysMigrate, neighbours, tags, self } from 'sm';
export default async function () {
  const far = neighbours().find(({ name }) => name === 'far').id;
  tags.create('public:leave', 0, { access: { owner: 'rwdb', others: 'rwb' } });
  await block('public:leave', { after: tags.read('public:leave').version });
  try {
    await sysMigrate(far);
  } catch (error) {
    return { name: error.name, there: self.nodeName };
  }
}`),
      '--to',
      'middle',
    );
    await network.killNode('far');
    await expect.poll(async () => (await network.call('middle', 'info', {})).neighbours.length, { timeout: BOUND_MS }).toBe(1);
    await network.call('middle', 'tags.write', { name: 'public:leave', value: 1 });
    const result = await network.json<FamilyResult>('result', started.family, '--wait', '--at', 'middle');
    expect(result.value).toMatchObject({ name: expect.stringMatching(/^Migration(Refused|Timeout)$/), there: 'middle' });
    await network.startNode('far');
    await network.linked();
  });
});
