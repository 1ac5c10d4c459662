import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../../../sim/experiments/experiment.ts';
import { run, type RunOptions } from '../../../../sim/experiments/runner.ts';
import { computerHere, toy } from './toy.ts';

function options(experiment: Experiment, changes: Partial<RunOptions> = {}): RunOptions {
  return {
    size: 'default',
    seeds: null,
    jobs: 2,
    open: () => computerHere(experiment),
    signal: new AbortController().signal,
    done: () => {},
    ...changes,
  };
}

describe('running an experiment', () => {
  it('gives each point the values of its seeds, in order, however many compute', async () => {
    const alone = await run(toy, options(toy, { jobs: 1 }));
    expect(alone).toHaveLength(6);
    expect(alone![3]).toEqual({
      point: { way: 'back', nodes: 10 },
      values: [
        { timeMs: 105, bytes: 40 },
        { timeMs: null, bytes: 80 },
        { timeMs: 115, bytes: 120 },
      ],
    });
    expect(await run(toy, options(toy, { jobs: 4 }))).toEqual(alone);
  });

  it('takes as many seeds as it is told, or as the size has', async () => {
    const seedsOf = async (changes: Partial<RunOptions>) => (await run(toy, options(toy, changes)))!.map(({ values }) => values.length);
    expect(await seedsOf({ seeds: 2 })).toEqual([2, 2, 2, 2, 2, 2]);
    expect(await seedsOf({ size: 'full' })).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('computes all points of a seed before the next seed, and says how far it is', async () => {
    const seeds: string[] = [];
    const progress: string[] = [];
    const open = () => computerHere(toy, (_, task) => task !== undefined && seeds.push(task.seed));
    await run(toy, options(toy, { jobs: 1, seeds: 2, open, done: (tasks, of) => progress.push(`${tasks}/${of}`) }));
    expect(seeds.join('')).toBe('111111222222');
    expect([progress[0], progress.at(-1)]).toEqual(['1/12', '12/12']);
  });

  it('measures the machine with nobody beside, each time in a fresh process', async () => {
    const measured: Experiment = { ...toy, measures: { timeMs: { title: 'Time', unit: 'ms', isOfMachine: true } } };
    const told: string[] = [];
    await run(measured, options(measured, { jobs: 4, seeds: 1, open: () => computerHere(measured, (what) => told.push(what)) }));
    expect(told.slice(0, 6)).toEqual(['opened', 'computes', 'closed', 'opened', 'computes', 'closed']);
    expect(told.filter((what) => what === 'opened')).toHaveLength(6);
  });

  it('fails with what a task failed with, and lets go of all computers', async () => {
    const broken: Experiment = { ...toy, compute: () => Promise.reject(new Error('no such luck')) };
    const told: string[] = [];
    const open = () => computerHere(broken, (what) => told.push(what));
    await expect(run(broken, options(broken, { open }))).rejects.toThrow('no such luck');
    const count = (word: string): number => told.filter((what) => what === word).length;
    expect(count('closed')).toBe(count('opened'));
  });

  it('ends without a result when it is interrupted', async () => {
    const interruption = new AbortController();
    const done = (tasks: number): void => void (tasks === 4 && interruption.abort());
    expect(await run(toy, options(toy, { jobs: 1, signal: interruption.signal, done }))).toBeNull();
  });
});
