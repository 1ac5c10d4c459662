/** The command that computes experiments, as people call it: from a name to result and pictures. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionTime } from '../../sim/experiments/completion-time.ts';
import { pullOrPush } from '../../sim/experiments/pull-or-push.ts';
import { EXPERIMENT_NAMES, loadExperiment } from '../../sim/experiments/registry.ts';
import { settingAt } from '../../sim/experiments/setting.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(...flags: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'dist/experiments.js'), ...flags], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sm-experiments-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('computing an experiment', () => {
  it('writes a result and a picture, which are the same when they are made again', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const ended = await command('completion-time', '--seeds', '2', '--jobs', '2', '--out', first);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stderr).toMatch(/completion-time: 24 of 24 runs/);
    expect(readdirSync(first).sort()).toEqual(['completion-time.json', 'completion-time.svg']);

    await command('completion-time', '--seeds', '2', '--jobs', '1', '--out', second);
    for (const file of readdirSync(first))
      expect(readFileSync(join(second, file), 'utf8'), file).toBe(readFileSync(join(first, file), 'utf8'));

    const { points } = JSON.parse(readFileSync(join(first, 'completion-time.json'), 'utf8'));
    expect(points).toHaveLength(completionTime.sizes.default.length);
    const { point, samples, summary } = points[0];
    expect(samples.completionMs).toHaveLength(2);
    expect(summary.completionMs).toMatchObject({ n: 2, mean: (samples.completionMs[0] + samples.completionMs[1]) / 2 });
    // What a process of its own computed is what is computed here.
    expect(await completionTime.compute(point, '1', settingAt(ROOT))).toMatchObject({ completionMs: samples.completionMs[0] });

    const svg = readFileSync(join(first, 'completion-time.svg'), 'utf8');
    for (const words of ['Completion time (ms)', 'Routing', 'GPSR', 'not cached', 'iPAQ 2004', '2 seeds']) expect(svg).toContain(words);
  });
});

describe('every experiment', () => {
  it.each(EXPERIMENT_NAMES)('%s has a figure for each of its measures, from its first point on', async (name) => {
    const { measures, sizes, compute } = await loadExperiment(name);
    const values = await compute(sizes.default[0]!.point, '1', settingAt(ROOT));
    expect(Object.keys(values).sort()).toEqual(Object.keys(measures).sort());
    for (const [measure, value] of Object.entries(values)) expect(value, measure).toSatisfy((figure) => Number.isFinite(figure));
  });

  it('pushing costs more than pulling when one asks, and less for each when all do', async () => {
    const costOf = async (routing: 'pull' | 'push', share: number): Promise<number> =>
      Number((await pullOrPush.compute({ routing, share, churn: 0 }, '1', settingAt(ROOT)))['messages']);
    const [onePulls, onePushes] = [await costOf('pull', 0.03), await costOf('push', 0.03)];
    expect(onePushes).toBeGreaterThan(2 * onePulls);
    expect((await costOf('push', 1)) / onePushes).toBeLessThan((await costOf('pull', 1)) / onePulls);
  });
});

describe('the command', () => {
  it('says which experiments there are', async () => {
    const { code, stdout } = await command('--list');
    expect(code).toBe(0);
    for (const name of EXPERIMENT_NAMES) expect(stdout).toContain(name);
  });

  it('refuses an experiment that it does not know, and names those that there are, before it computes any', async () => {
    const { code, stderr } = await command('completion-time', 'nonsense', '--out', join(folder, 'none'));
    expect(code).toBe(2);
    expect(stderr).toContain('there is no experiment "nonsense"');
    for (const name of EXPERIMENT_NAMES) expect(stderr).toContain(name);
    expect(readdirSync(folder)).not.toContain('none');
  });

  it.each([
    ['--seeds', '0'],
    ['--seeds', 'many'],
    ['--jobs', '-1'],
  ])('refuses %s %s', async (flag, value) => {
    const { code, stderr } = await command('completion-time', flag, value, '--out', folder);
    expect(code).toBe(2);
    expect(stderr).toContain(flag);
    expect(stderr).toContain('whole number above 0');
  });

  it('says so when there is no place for the results', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await command('completion-time', '--out', file);
    expect(code).toBe(3);
    expect(stderr).toContain(`${file} cannot be made`);
    expect(stderr).toContain('--out');
  });
});
