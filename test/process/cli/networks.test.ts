/** `sm` for those who run a network: nodes, the doctor, policy, and the command line as such. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeInfo } from '../../../runtime/control/protocol.ts';
import type { Explanation } from '../../../runtime/policy/explain.ts';
import type { Finding } from '../../../cli/commands/doctor.ts';
import { DEFAULT_POLICY_TEXT } from '../../../runtime/policy/default.ts';
import { endAll, ROOT, sm } from '../support/processes.ts';
import type { TestNetwork } from '../support/network.ts';
import { startLine, TOUR } from './line.ts';

const run = promisify(execFile);
let network: TestNetwork;

beforeAll(async () => {
  network = await startLine();
});
afterAll(async () => {
  await network.stop();
  await endAll();
});

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

describe('who is a member', () => {
  it('says of names that nobody has, and of the revoked, that they may do nothing', async () => {
    const first = async (name: string): Promise<Explanation> => (await network.json<Explanation[]>('policy', 'explain', name))[0]!;
    expect(await first('nobody')).toMatchObject({ answer: 'no', because: expect.stringContaining('nobody of that name was certified') });
    expect((await first('demo')).question).toMatch(/^May demo deploy/);
    await network.json('network', 'certify', 'eve', '--role', 'author', '--out', join(network.home, 'eve'));
    await network.json('node', 'revoke', 'eve');
    expect(await first('eve')).toMatchObject({ answer: 'no', because: expect.stringContaining('revoked') });
  });

  it('knows which nodes were not made here, and that a network may have no policy of its own', async () => {
    const renewed = await network.sm('node', 'renew', 'atic');
    expect({ code: renewed.code, err: renewed.err }).toEqual({ code: 2, err: expect.stringContaining('no node "atic" was made here') });
    expect(renewed.err).toContain('did you mean attic?');
    const checked = await network.sm('policy', 'check');
    expect({ code: checked.code, err: checked.err }).toEqual({ code: 2, err: expect.not.stringContaining('network init') });
  });
});

describe('the command line itself', () => {
  it('ends quietly when nobody reads on, and with an error when what it prints is lost', async () => {
    const through = (command: string): Promise<{ stdout: string; stderr: string }> => {
      const script = `"$0" "$1" --network "$2" ${command}; echo "rc \${PIPESTATUS[0]}"`;
      return run('bash', ['-c', script, process.execPath, join(ROOT, 'dist/sm.js'), network.path]);
    };
    const piped = await through('tag watch porch io: | head -1');
    expect(piped.stdout).toMatch(/^io:\S+ = .*\nrc 141\n$/);
    expect(piped.stderr).toBe('');
    const lost = await through('nodes > /dev/full');
    expect(lost.stdout).toBe('rc 3\n');
    expect(lost.stderr).toMatch(/^error: what this command prints could not be written: .*\n.*\n$/);
  });

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
