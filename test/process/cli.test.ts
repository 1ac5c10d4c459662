/** Every verb of `sm` against a network of real daemons: a line porch - hall - attic. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  DeployResult,
  FamilyResult,
  FamilySurvey,
  HopInfo,
  KillInfo,
  NodeInfo,
  ResidentInfo,
  TagInfo,
} from '../../runtime/control/protocol.ts';
import type { Finding } from '../../cli/commands/doctor.ts';
import { DEFAULT_POLICY_TEXT } from '../../runtime/policy/default.ts';
import { endAll, ROOT, sm } from './support/processes.ts';
import { plainNode, TestNetwork } from './support/network.ts';

const run = promisify(execFile);
const THERMOMETER = ['- kind: thermometer', '  value: 21.5'];
let network: TestNetwork;

beforeAll(async () => {
  network = await TestNetwork.start([
    plainNode('porch', [], {
      location: '40.5,-74.4',
      offer: ['io:load*', 'io:light*', 'io:location'],
      simulated: ['- kind: light', '  delayMs: 0'],
    }),
    plainNode('hall', ['porch'], { offer: ['io:load*'] }),
    plainNode('attic', ['hall'], { offer: ['io:thermometer'], simulated: THERMOMETER }),
  ]);
});
afterAll(async () => {
  await network.stop();
  await endAll();
});

const TOUR = `
import { migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function tour({ greeting = 'none', count = 0 }) {
  await migrate({ tags: ['io:thermometer'] }, { via: pull, timeout: 20000 });
  const { value, unit } = tags.read('io:thermometer');
  const there = self.nodeName;
  await migrate({ node: self.origin }, { via: pull, timeout: 20000 });
  return { value, unit, there, greeting, count };
}`;

const GUARDS = `
import { block, launch, log, migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';
const everybody = { owner: 'rwdb', family: 'rwdb', others: 'rwb' };
export async function guard(node) {
  await migrate({ node }, { via: pull, timeout: 20000 });
  tags.create('public:go', 0, { access: everybody });
  log.info('on guard at', self.nodeName);
  await block('public:go', { after: tags.read('public:go').version });
}
export default async function guards() {
  for (const node of ['hall', 'attic']) launch(guard, [node], { share: 0.3 });
  await block('public:never');
}`;

async function guardsPosted(): Promise<DeployResult> {
  const started = await network.json<DeployResult>('deploy', network.program(GUARDS, 'guards.ts'), '--to', 'porch');
  for (const node of ['hall', 'attic']) await until(async () => (await tagsOf(node)).includes('public:go'));
  return started;
}

async function tagsOf(node: string): Promise<string[]> {
  return (await network.call(node, 'tags.list', { prefix: '' })).map(({ name }) => name);
}

/** Waits for something that is only visible by looking. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { timeout: 30_000, interval: 50 }).toBe(true);
}

describe('networks and nodes', () => {
  it('makes a network, a node, and people who may use it', async () => {
    const path = join(network.home, 'another');
    const made = await sm(['--network', path, '--json', 'network', 'init', '--author', 'anna']);
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({ author: 'anna', operator: 'anna-operator', folder: path });
    const again = await sm(['--network', path, 'network', 'init']);
    expect({ code: again.code, err: again.err }).toEqual({ code: 2, err: expect.stringContaining('already holds a network') });
    const node = await sm([
      '--network',
      path,
      'node',
      'init',
      'kitchen',
      '--listen',
      '127.0.0.1:0',
      '--location',
      '40.5,-74.4',
      '--no-multicast',
    ]);
    expect({ code: node.code, err: node.err }).toEqual({ code: 0, err: '' });
    const folder = join(path, 'nodes/kitchen');
    expect(readdirSync(folder).sort()).toEqual(['data', 'identity', 'node.yaml', 'policy.yaml']);
    expect(readFileSync(join(folder, 'node.yaml'), 'utf8')).toContain('latitude: 40.5');
    const bad = await sm(['--network', path, 'node', 'init', 'cellar', '--location', 'downstairs']);
    expect(bad.code).toBe(2);
    expect(bad.err).toContain('--location needs latitude,longitude in degrees, not "downstairs"');
    expect(existsSync(join(path, 'nodes/cellar'))).toBe(false);
    const renewed = await sm(['--network', path, '--json', 'node', 'renew', 'kitchen', '--days', '10']);
    expect((JSON.parse(renewed.out) as { notAfterMs: number }).notAfterMs - Date.now()).toBeLessThan(10 * 86_400_000 + 1000);
  });

  it('lists nodes with their neighbours', async () => {
    const rows = await network.json<{ name: string; reachable: boolean; info: NodeInfo }[]>('nodes');
    expect(rows.map(({ name, reachable, info }) => [name, reachable, info.neighbours.map((neighbour) => neighbour.name).sort()])).toEqual([
      ['attic', true, ['hall']],
      ['hall', true, ['attic', 'porch']],
      ['porch', true, ['hall']],
    ]);
    const { out } = await network.sm('nodes');
    expect(out.split('\n')[0]).toMatch(/^NODE +ID +STATE +UP +SMS +MEMORY +NEIGHBOURS$/);
  });

  it('runs the doctor, who names file and line of a mistake', async () => {
    const good = await network.sm('--json', 'doctor');
    expect(good.code).toBe(0);
    expect((JSON.parse(good.out) as Finding[]).filter(({ state }) => state === 'bad')).toEqual([]);
    const config = join(network.path, 'nodes/hall/node.yaml');
    const before = readFileSync(config, 'utf8');
    try {
      writeFileSync(config, `${before}colour: green\n`);
      const bad = await network.sm('doctor');
      expect(bad.code).toBe(3);
      expect(bad.out).toContain(`${config}:${before.split('\n').length}:1: `);
      expect(bad.out).toContain('colour');
    } finally {
      writeFileSync(config, before);
    }
  });

  it('suggests the nearest name for a node that does not exist', async () => {
    const { code, err } = await network.sm('tags', 'atic');
    expect(code).toBe(2);
    expect(err).toContain('there is no node called "atic"');
    expect(err).toContain('did you mean attic?');
    expect(err).toContain('Known nodes: attic, hall, porch');
  });
});

describe('programs', () => {
  it('compiles, shows bricks and suspension points, and writes them out', async () => {
    const file = network.program(TOUR, 'tour.ts');
    const summary = await network.json<{ name: string; bricks: { hash: string; sizeBytes: number }[]; warnings: unknown[] }>(
      'compile',
      file,
    );
    expect(summary.name).toBe('tour');
    expect(summary.warnings).toEqual([]);
    const out = join(network.home, 'bricks');
    const shown = await network.sm('compile', file, '--points', '--out', out);
    expect(shown.out).toMatch(/tour\.ts:5:\d+ {2}tour\(\) {2}live: .*count/);
    expect(readdirSync(out).sort()).toEqual(summary.bricks.flatMap(({ hash }) => [`${hash}.js`, `${hash}.js.map`]).sort());
  });

  it('tells what cannot be compiled with file, line, column and the way out, and exits with 3', async () => {
    const file = network.program(
      `import { sleep } from 'sm';\nexport default async function f() {\n  eval('1');\n  await sleep(1);\n}\n`,
      'wrong.ts',
    );
    const { code, err } = await network.sm('compile', file);
    expect(code).toBe(3);
    expect(err).toMatch(/wrong\.ts:3:\d+/);
    expect(err).toContain('eval');
    const missing = await network.sm('compile', join(network.home, 'missing.ts'));
    expect({ code: missing.code, err: missing.err }).toEqual({ code: 2, err: expect.stringContaining('there is no file') });
  });

  it('deploys with arguments, waits, and prints the answer', async () => {
    const file = network.program(TOUR, 'tour.ts');
    const given = ['--args', '{"greeting": "hello", "count": 1}', '--arg', 'count=2'];
    const result = await network.json<FamilyResult>('deploy', file, '--to', 'porch', '--wait', ...given);
    expect(result).toMatchObject({
      outcome: 'returned',
      value: { value: 21.5, unit: 'celsius', there: 'attic', greeting: 'hello', count: 2 },
      endedAt: { name: 'porch' },
      hops: 4,
    });
    const said = await network.sm('deploy', file, '--to', 'porch', '--transient', '--wait');
    expect(said.err).toMatch(/^[0-9a-f]{8} running on porch\n/);
    expect(said.out).toContain('"there": "attic"');
    for (const wrong of [
      ['--arg', 'count'],
      ['--args', '[1]'],
      ['--hops', 'many'],
      ['--cpu', 'long'],
      ['--in-doubt', 'maybe'],
      ['--frobnicate'],
    ])
      expect((await network.sm('deploy', file, ...wrong)).code, wrong.join(' ')).toBe(2);
  });

  it('gives up waiting with 5; the result waits at the origin, even one that lost its power, until it is fetched', async () => {
    const source = `import { sleep } from 'sm';\nexport default async function late({ ms }) { await sleep(ms); return 'late'; }`;
    const tooLate = await network.sm(
      '--json',
      'deploy',
      network.program(source),
      '--to',
      'porch',
      '--arg',
      'ms=1500',
      '--wait',
      '--timeout',
      '100ms',
    );
    expect(tooLate.code).toBe(5);
    const { error } = JSON.parse(tooLate.out) as { error: { code: string; hint: string } };
    expect(error.code).toBe('timeout');
    const id = /sm result ([0-9a-f]{8})/.exec(error.hint)![1]!;
    const following = network.following('--json', 'result', id, '--keep', '--wait');
    const first = JSON.parse((await following.ended).out) as FamilyResult;
    expect(first).toMatchObject({ outcome: 'returned', value: 'late' });
    await network.killNode('porch');
    await network.startNode('porch');
    await network.linked();
    expect(await network.json<FamilyResult>('result', id)).toEqual(first);
    const gone = await network.sm('result', id);
    expect({ code: gone.code, err: gone.err }).toEqual({ code: 2, err: expect.stringContaining(`knows an application "${id}"`) });
  });

  it('shows every hop of an application', async () => {
    const { family } = await network.json<DeployResult>('deploy', network.program(TOUR, 'tour.ts'), '--to', 'porch');
    const id = family.slice(0, 8);
    const { code, out } = await network.sm('--json', 'trace', id, '--follow');
    expect(code).toBe(0);
    const hops = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as HopInfo);
    const ways = hops.map(({ fromName, toName }) => `${fromName} ${toName}`);
    for (const way of ['porch hall', 'hall attic', 'attic hall', 'hall porch']) expect(ways).toContain(way);
    expect(hops.every(({ link, ms, stateBytes, outcome }) => link === 'tcp' && ms > 0 && stateBytes > 0 && outcome === 'accepted')).toBe(
      true,
    );
    const later = await network.sm('trace', id);
    expect(later.out.trim().split('\n')).toHaveLength(hops.length);
    expect(later.out).toMatch(/porch → hall +tcp +[\d.]+ \S+ +[\d.]+ k?B +(code cached|\d+ bricks? sent)/);
    await network.json('result', id, '--wait');
  });

  it('lists and ends a family wherever its members are, also on a node that was away', async () => {
    const { family } = await guardsPosted();
    const id = family.slice(0, 8);
    const survey = await network.json<FamilySurvey<ResidentInfo>>('ps', id);
    expect(survey.silent).toEqual([]);
    expect(survey.items.map(({ nodeName, program, state, root }) => [nodeName, program, state, root]).sort()).toEqual([
      ['attic', 'guards', 'waiting', false],
      ['hall', 'guards', 'waiting', false],
      ['porch', 'guards', 'waiting', true],
    ]);
    const onHall = await network.sm('ps', '--at', 'hall');
    expect(onHall.out).toMatch(/^APPLICATION .*\n[0-9a-f]{8} +[0-9a-f]{8} +hall +guards +demo +waiting: tag public:go/);
    expect((await network.sm('logs', 'hall', '--id', id)).out).toContain('on guard at hall');

    await network.killNode('attic');
    const killed = await network.sm('--json', 'kill', id);
    expect((JSON.parse(killed.out) as FamilySurvey<KillInfo>).items.map((item) => item.killed)).toEqual([1, 1]);
    expect(killed.err).toContain('1 node did not answer');
    expect(await network.json<FamilySurvey<ResidentInfo>>('ps', id)).toMatchObject({ items: [] });
    const over = await network.sm('result', id);
    expect({ code: over.code, out: over.out }).toEqual({ code: 1, out: expect.stringContaining('killed on porch') });

    await network.startNode('attic');
    await network.linked();
    // The member there was journaled; its node learns of the kill from the first neighbour that it meets.
    await until(async () => (await network.call('attic', 'ps', { family: null, order: null })).items.length === 0);
    expect((await network.call('attic', 'metrics', {})).text).toMatch(/^sm_ended_total\{outcome="killed"\} 1$/m);
  });
});

describe('tags and logs', () => {
  it('lists, reads, writes and watches tags', async () => {
    const listed = await network.json<TagInfo[]>('tags', 'porch', '--prefix', 'io:l');
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['io:light-status', 'io:light-switch', 'io:location']));
    expect((await network.sm('tags', 'porch')).out).toMatch(/^TAG +VALUE +UNIT +AGE +EXPIRES IN +OWNER\n/);
    expect((await network.sm('tag', 'read', 'attic', 'io:thermometer', '--fresh')).out).toBe('21.5 celsius\n');
    const watching = network.following('--json', 'tag', 'watch', 'porch', 'io:light-status');
    await watching.until((out) => out.includes('"value":0'), 'the light is dark');
    expect((await network.sm('tag', 'write', 'porch', 'io:light-switch', '1')).code).toBe(0);
    await watching.until((out) => out.includes('"value":1'), 'the light shines');
    const { code, out } = await watching.end('SIGINT');
    expect(code).toBe(0);
    for (const line of out.trim().split('\n')) expect((JSON.parse(line) as TagInfo).name).toBe('io:light-status');
    const missing = await network.sm('tag', 'read', 'porch', 'io:nothing');
    expect({ code: missing.code, err: missing.err }).toEqual({ code: 3, err: expect.stringContaining('porch has no tag io:nothing') });
    const undrivable = await network.sm('tag', 'write', 'porch', 'io:light-switch', '"purple"');
    expect({ code: undrivable.code, err: undrivable.err }).toEqual({ code: 3, err: expect.stringContaining('takes 1 or 0, not "purple"') });
  });

  it('follows the log of a node', async () => {
    const following = network.following('logs', 'porch', '-f');
    const source = `import { log } from 'sm';\nexport default async function f() { log.warn('the kettle is on'); }`;
    await until(async () => (await network.run(source, '--to', 'porch')).outcome === 'returned');
    await following.until((out) => out.includes('the kettle is on'), 'the line');
    const { code, out } = await following.end('SIGINT');
    expect(code).toBe(0);
    expect(out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}porch [0-9a-f]{8} {2}the kettle is on$/m);
  });
});

describe('policy', () => {
  it('checks, explains and sets the policy; a newer one decides from then on', async () => {
    const path = join(network.home, 'policy.yaml');
    writeFileSync(path, `version: 2\ndeploy:\n  - authors: ['*']\n    alow: true\n`);
    const bad = await network.sm('policy', 'check', path);
    expect(bad.code).toBe(3);
    expect(bad.out).toMatch(new RegExp(`${path}:4:\\d+: .*alow`));
    expect((await network.sm('policy', 'set', path)).code).toBe(2);

    writeFileSync(path, `version: 2\ndeploy:\n  - name: nobody deploys today\n    authors: ['*']\n    allow: false\n`);
    expect(await network.json('policy', 'check', path)).toEqual({ file: path, problems: [] });
    expect(await network.json<{ told: string[] }>('policy', 'set', path)).toEqual({ told: ['attic', 'hall', 'porch'], missed: [] });
    const explained = await network.sm('policy', 'explain', 'demo', '--at', 'hall');
    expect(explained.out).toContain('nobody deploys today');
    const refused = await network.sm('--json', 'deploy', network.program(TOUR, 'tour.ts'), '--to', 'porch');
    expect(refused.code).toBe(4);
    expect((JSON.parse(refused.out) as { error: { code: string; message: string } }).error).toMatchObject({ code: 'author-not-allowed' });
    const said = await network.sm('deploy', network.program(TOUR, 'tour.ts'), '--to', 'porch');
    expect(said.err).toMatch(/^error: refused because .*nobody deploys today/);

    const older = await network.sm('policy', 'set', path);
    expect(older.err + older.out).toMatch(/version|in force/);
    writeFileSync(path, DEFAULT_POLICY_TEXT.replace('version: 1', 'version: 3'));
    expect((await network.sm('policy', 'set', path)).code).toBe(0);
    expect((await network.run(TOUR, '--to', 'porch')).outcome).toBe('returned');
  });
});

describe('from another machine', () => {
  it('lets an author deploy and an observer only look, over mutual TLS', async () => {
    await network.json('doctor');
    const folderOf = async (name: string, role: string): Promise<string> => {
      const folder = join(network.home, name);
      await network.json('network', 'certify', name, '--role', role, '--out', folder);
      return folder;
    };
    const [ben, olga] = [await folderOf('ben', 'author'), await folderOf('olga', 'observer')];
    const file = network.program(TOUR, 'tour.ts');
    const deployed = await sm(['--network', ben, '--json', 'deploy', file, '--to', 'porch', '--wait']);
    expect({ code: deployed.code, err: deployed.err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(deployed.out)).toMatchObject({ outcome: 'returned', value: { there: 'attic' } });
    const stops = await sm(['--network', ben, 'policy', 'set', join(network.home, 'policy.yaml')]);
    expect(stops.code).not.toBe(0);

    const looks = await sm(['--network', olga, '--json', 'nodes']);
    expect((JSON.parse(looks.out) as { reachable: boolean }[]).every(({ reachable }) => reachable)).toBe(true);
    const refused = await sm(['--network', olga, 'deploy', file, '--to', 'porch']);
    expect({ code: refused.code, err: refused.err }).toEqual({
      code: 4,
      err: expect.stringMatching(/needs the role author; olga is observer|author/),
    });
    const write = await sm(['--network', olga, 'tag', 'write', 'porch', 'io:light-switch', '1']);
    expect({ code: write.code, err: write.err }).toEqual({
      code: 4,
      err: expect.stringContaining('needs the role author; olga is observer'),
    });
  });

  it("keeps an author from fetching or ending another author's application", async () => {
    const eve = join(network.home, 'eve');
    await network.json('network', 'certify', 'eve', '--role', 'author', '--out', eve);
    const source = `import { block } from 'sm';\nexport default async function f() { await block('public:never'); }`;
    const { family } = await network.json<DeployResult>('deploy', network.program(source), '--to', 'porch');
    for (const verb of ['kill', 'result']) {
      const refused = await sm(['--network', eve, verb, family, '--at', 'porch']);
      expect({ verb, code: refused.code, err: refused.err }).toEqual({ verb, code: 4, err: expect.stringContaining('another author') });
    }
    expect((await network.call('porch', 'ps', { family: null, order: null })).items.map((item) => item.family)).toContain(family);
    expect((await network.sm('kill', family)).code).toBe(0);
  });

  it('refuses a revoked author at once', async () => {
    const mallory = join(network.home, 'mallory');
    await network.json('network', 'certify', 'mallory', '--role', 'author', '--out', mallory);
    expect((await sm(['--network', mallory, 'tags', 'porch'])).code).toBe(0);
    expect(await network.json('node', 'revoke', 'mallory')).toEqual({ name: 'mallory', told: ['attic', 'hall', 'porch'], missed: [] });
    const refused = await sm(['--network', mallory, 'tags', 'porch']);
    expect({ code: refused.code, err: refused.err }).toEqual({ code: 4, err: expect.stringContaining('revoked') });
  });
});

describe('the command line itself', () => {
  it('completes verbs and node names in bash', async () => {
    const bin = join(network.home, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'sm'), `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, 'dist/sm.js')} "$@"\n`);
    chmodSync(join(bin, 'sm'), 0o755);
    const complete = async (...words: string[]): Promise<string> => {
      const script = `source <(sm completion bash); COMP_WORDS=(sm ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _sm; echo "\${COMPREPLY[*]}"`;
      const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, SM_NETWORK: network.path };
      return (await run('bash', ['-c', script], { env })).stdout.trim();
    };
    expect(await complete('tags', 'at')).toBe('attic');
    expect(await complete('deploy', 'x.ts', '--to', '')).toBe('attic hall porch');
    expect(await complete('po')).toBe('policy');
  });

  it('has no colour codes where there is no terminal, and suggests verbs', async () => {
    const shown = [await network.sm('nodes'), await network.sm('tags', 'porch'), await network.sm('doctor'), await network.sm('dploy')];
    // eslint-disable-next-line no-control-regex
    for (const { out, err } of shown) expect(out + err).not.toMatch(/\u001b/);
    expect(shown.at(-1)).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean deploy?') });
  });

  it('takes the network from the environment and says when there is none', async () => {
    const empty = join(network.home, 'empty');
    const none = await sm(['nodes'], { env: { SM_NETWORK: empty } });
    expect({ code: none.code, err: none.err }).toEqual({ code: 2, err: expect.stringContaining('there is no network in') });
    const deploying = await sm(['deploy', network.program(TOUR, 'tour.ts')], { env: { SM_NETWORK: empty } });
    expect({ code: deploying.code, err: deploying.err }).toEqual({ code: 2, err: expect.stringContaining('there is no network in') });
    rmSync(empty, { recursive: true, force: true });
  });
});
