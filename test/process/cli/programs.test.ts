/** `sm` for those who write programs: compiling, deploying, results, traces, families, tags, logs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  DeployResult,
  FamilyResult,
  FamilySurvey,
  HopInfo,
  KillInfo,
  ResidentInfo,
  TagInfo,
} from '../../../runtime/control/protocol.ts';
import { BOUND_MS, endAll } from '../support/processes.ts';
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

const GUARDS = `
import { block, launch, log, migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';
const everybody = { owner: 'rwdb', family: 'rwdb', others: 'rwb' };
export async function guard(node) {
  await migrate({ node }, { via: pull, timeout: 120_000 });
  tags.create('public:go', 0, { access: everybody });
  log.info('on guard at', self.nodeName);
  await block('public:go', { after: tags.read('public:go').version });
}
export default async function guards() {
  for (const node of ['hall', 'attic']) launch(guard, [node], { share: 0.3 });
  await block('public:never');
}`;

/** Ends when somebody writes a tag. */
const LATE = `
import { block, tags } from 'sm';
export default async function late() {
  tags.create('public:now', 0, { access: { owner: 'rwdb', others: 'rwb' } });
  await block('public:now', { after: tags.read('public:now').version });
  return 'late';
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
  await expect.poll(holds, { timeout: BOUND_MS, interval: 50 }).toBe(true);
}

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
      ['--guard', '9'],
      ['--guard', '1', '--transient'],
      ['--frobnicate'],
    ])
      expect((await network.sm('deploy', file, ...wrong)).code, wrong.join(' ')).toBe(2);
  });

  it('gives up waiting with 5; the result waits at the origin, even one that lost its power, until it is fetched', async () => {
    const file = network.program(LATE);
    const tooLate = await network.sm('--json', 'deploy', file, '--to', 'porch', '--wait', '--timeout', '100ms');
    expect(tooLate.code).toBe(5);
    const { error } = JSON.parse(tooLate.out) as { error: { code: string; hint: string } };
    expect(error.code).toBe('timeout');
    const id = /sm result ([0-9a-f]{8})/.exec(error.hint)![1]!;
    const following = network.following('--json', 'result', id, '--keep', '--wait');
    await network.call('porch', 'tags.write', { name: 'public:now', value: 1 });
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
    // The result is fetched, and nodes remember where the application was.
    expect((await network.sm('result', id)).code).toBe(2);
    expect((await network.sm('trace', id)).out).toBe(later.out);
    expect(await network.json<FamilySurvey<ResidentInfo>>('ps', id, '--at', 'attic')).toMatchObject({ items: [], silent: [] });
    const killed = await network.json<FamilySurvey<KillInfo>>('kill', id);
    expect(killed.answered).toHaveLength(3);
  });

  it('says in the log of the node where a program failed that it did, and why', async () => {
    const source = `export default async function () { throw new Error('out of milk'); }`;
    expect((await network.run(source, '--to', 'hall')).outcome).toBe('failed');
    expect((await network.sm('logs', 'hall')).out).toMatch(/ warn {2}hall [0-9a-f]{8} {2}a Smart Message failed .*Error: out of milk/);
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

describe('a node that is gone', () => {
  const SETTLER = `
import { block, neighbours, self, sysMigrate } from 'sm';
export default async function settle() {
  while (self.nodeName !== 'attic') await sysMigrate(neighbours().find(({ name }) => name === (self.nodeName === 'porch' ? 'hall' : 'attic')).id);
  await block('public:never');
}`;

  it('is named as the one that acknowledged last, and copies are listed', async () => {
    const file = network.program(SETTLER, 'settler.ts');
    const { family } = await network.json<DeployResult>('deploy', file, '--to', 'porch', '--guard', '2');
    const id = family.slice(0, 8);
    const states = async (): Promise<string> =>
      (await network.json<FamilySurvey<ResidentInfo>>('ps', id)).items
        .map(({ nodeName, state }) => `${nodeName} ${state}`)
        .sort()
        .join(', ');
    await until(async () => (await states()) === 'attic waiting, hall copy, porch copy');
    expect((await network.sm('result', id)).out).toBe(`${id} is still running: waiting (tag public:never) on attic\n`);
    await network.killNode('attic');
    await until(async () => (await network.call('hall', 'info', {})).neighbours.length === 1);
    const asked = await network.sm('result', id);
    expect(asked).toMatchObject({
      code: 0,
      out: expect.stringMatching(/was not heard of; last acknowledged at attic after 2 hops, [\d.]+ \S+ ago/),
    });
    expect(asked.err).toContain('1 node did not answer');
    expect(JSON.parse((await network.sm('--json', 'result', id)).out)).toMatchObject({
      outcome: 'running',
      whereabouts: { found: null, last: { name: 'attic', hops: 2 } },
    });
    expect((await network.sm('trace', id)).err).toContain('it was last acknowledged at attic, which did not answer');
    await network.startNode('attic');
    await network.linked();
    await network.json('kill', id);
    await until(async () => (await states()) === '');
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
    expect({ code: missing.code, err: missing.err }).toEqual({ code: 2, err: expect.stringContaining('porch has no tag io:nothing') });
    const halfJson = await network.sm('tag', 'write', 'porch', 'public:x', '{bad');
    expect({ code: halfJson.code, err: halfJson.err }).toEqual({ code: 2, err: expect.stringContaining('begins like JSON and is not') });
    expect((await network.sm('tags', '--prefix', 'io:t')).err).toBe('on attic:\n');
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
