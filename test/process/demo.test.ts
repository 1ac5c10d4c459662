/** `npm start`: a whole network, a program that travels through it, an answer, and nothing left behind. */
import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { demoNodes, SEARCHED_TAG } from '../../cli/demo-nodes.ts';
import type { FamilyResult, TagInfo } from '../../runtime/control/protocol.ts';
import { BOUND_MS, endAll, isAlive, ROOT, Running, sm } from './support/processes.ts';

const run = promisify(execFile);
const kept: { pids: number[]; folder: string }[] = [];

afterAll(async () => {
  for (const { pids, folder } of kept) {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
  await endAll();
});

interface Answer {
  readonly tag: string;
  readonly best: { readonly value: number; readonly unit: string; readonly node: string };
  readonly visited: number;
  readonly readings: readonly { readonly value: number; readonly node: string }[];
}

/** `a → b` of the lines that show hops. */
function hopsIn(text: string): { readonly from: string; readonly to: string }[] {
  return [...text.matchAll(/^ {2}[0-9a-f]{8} {2}(\S+) → (\S+) +tcp +[\d.]+ \S+ +[\d.]+ k?B +(?:code cached|\d+ bricks? sent)/gm)].map(
    ([, from, to]) => ({
      from: from!,
      to: to!,
    }),
  );
}

function expectAnswerOf(result: FamilyResult, count: number): Answer {
  expect(result.outcome).toBe('returned');
  const answer = result.value as unknown as Answer;
  const searched = demoNodes(count).filter((node) => node.searched);
  expect(answer.tag).toBe(SEARCHED_TAG);
  expect(answer.readings.map(({ node }) => node).sort()).toEqual(searched.map(({ name }) => name).sort());
  expect(answer.best.value).toBe(Math.max(...answer.readings.map(({ value }) => value)));
  expect(answer.readings).toContainEqual(answer.best);
  return answer;
}

describe('sm demo', () => {
  it('prints one JSON result with --json and leaves nothing behind', async () => {
    const running = new Running([join(ROOT, 'dist/sm.js'), 'demo', '--json', '--nodes', '3']);
    const { code, out, err } = await running.ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const result = JSON.parse(out) as FamilyResult;
    expectAnswerOf(result, 3);
    expect(result.hops).toBeGreaterThanOrEqual(4);
  });

  it('shows every hop between linked nodes, the answer and where it was found, and cleans up', async () => {
    const { code, out, err } = await sm(['demo']);
    expect(code).toBe(0);
    const nodes = demoNodes(5);
    const linked = (a: string, b: string): boolean =>
      nodes.some(({ name, dials }) => (name === a && dials.includes(b)) || (name === b && dials.includes(a)));
    const hops = hopsIn(err);
    expect(hops.length).toBeGreaterThanOrEqual(6);
    for (const { from, to } of hops) expect({ from, to, linked: linked(from, to) }).toEqual({ from, to, linked: true });
    expect(hops.at(-1)!.to).toBe('porch');
    const found = /The highest io:process\/memory is (\d+) bytes, found on (\S+)\./.exec(err)!;
    expect(found).not.toBeNull();
    const answer = JSON.parse(out.slice(0, out.lastIndexOf('}') + 1)) as Answer;
    expect(answer.best).toEqual({ value: Number(found[1]), unit: 'bytes', node: found[2] });
    expect(err).toContain('everything that was started has been stopped');
    const folder = /throwaway network in (\S+)/.exec(err)![1]!;
    expect(existsSync(folder)).toBe(false);
    // A daemon's command line names its folder; nothing may still have it.
    const { stdout } = await run('ps', ['-eo', 'args']);
    expect(stdout).not.toContain(folder);
    // eslint-disable-next-line no-control-regex
    expect(out + err).not.toMatch(/\u001b\[/);
  });

  it('leaves the network up with --keep, and the commands it prints run as printed', async () => {
    const { code, err, out } = await sm(['demo', '--nodes', '3', '--keep']);
    const folder = /throwaway network in (\S+)/.exec(err)![1]!;
    const commands = [...err.matchAll(/^ {2}(npx sm .+)$/gm)].map((match) => match[1]!);
    const stop = /^ {2}(kill [\d ]+&& rm -rf \S+)$/m.exec(err)![1]!;
    const pids = /kill ([\d ]+)&&/.exec(stop)![1]!.trim().split(' ').map(Number);
    kept.push({ pids, folder });
    expect(code).toBe(0);
    expect(pids.every(isAlive)).toBe(true);
    expect(commands.length).toBeGreaterThanOrEqual(3);
    const answer = JSON.parse(out.slice(0, out.lastIndexOf('}') + 1)) as Answer;
    for (const { node, value } of answer.readings) {
      const read = await sm(['--network', join(folder, 'network'), '--json', 'tag', 'read', node, SEARCHED_TAG]);
      const now = (JSON.parse(read.out) as TagInfo).value as number;
      // The daemon lives on, so its memory changes a little; another node's or an invented reading would not be near.
      expect(Math.abs(now - value) / value).toBeLessThan(0.5);
    }
    for (const command of commands) {
      const [program, ...args] = command.split(' ');
      const { stdout } = await run(program!, args, { cwd: ROOT });
      expect(stdout.trim(), command).not.toBe('');
    }
    await run('sh', ['-c', stop]);
    await expect.poll(() => pids.some(isAlive), { timeout: BOUND_MS }).toBe(false);
    expect(existsSync(dirname(join(folder, 'network')))).toBe(false);
  });

  it('stops everything when it is terminated in the middle', async () => {
    const running = new Running([join(ROOT, 'dist/sm.js'), 'demo', '--nodes', '3']);
    const folder = await running.until((_out, err) => /throwaway network in (\S+)/.exec(err)?.[1], 'the folder');
    await running.until((_out, err) => err.includes('daemons up and linked'), 'the daemons are up');
    const { code } = await running.end('SIGTERM');
    expect(code).toBe(143);
    expect(existsSync(folder)).toBe(false);
    const { stdout } = await run('ps', ['-eo', 'args']);
    expect(stdout).not.toContain(folder);
  });

  it('refuses a number of nodes that makes no sense', async () => {
    const { code, err } = await sm(['demo', '--nodes', 'many']);
    expect(code).toBe(2);
    expect(err).toContain('--nodes needs a number from 2 to 64');
  });
});
