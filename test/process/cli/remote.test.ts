/** `sm` for members of the network that are not its operator. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../../runtime/control/protocol.ts';
import { DEFAULT_POLICY_TEXT } from '../../../runtime/policy/default.ts';
import { endAll, sm } from '../support/processes.ts';
import type { TestNetwork } from '../support/network.ts';
import { startLine, TOUR } from './line.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await startLine();
});
afterAll(async () => {
  await network.stop();
  await endAll();
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
    const policy = join(network.home, 'policy.yaml');
    writeFileSync(policy, DEFAULT_POLICY_TEXT.replace('version: 1', 'version: 2'));
    const decides = await sm(['--network', ben, 'policy', 'set', policy]);
    expect({ code: decides.code, err: decides.err }).toEqual({
      code: 4,
      err: expect.stringContaining('only an operator sets the policy; ben is author'),
    });

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
