import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../../../sim/experiments/experiment.ts';
import { resultText } from '../../../../sim/experiments/results.ts';
import { run } from '../../../../sim/experiments/runner.ts';
import { computerHere, toy } from './toy.ts';

async function textOf(experiment: Experiment, machine: Parameters<typeof resultText>[3] = null): Promise<string | null> {
  const signal = new AbortController().signal;
  const results = await run(experiment, {
    size: 'default',
    seeds: null,
    jobs: 2,
    open: () => computerHere(experiment),
    signal,
    done: () => {},
  });
  return resultText(experiment, 'default', results!, machine);
}

const MACHINE = { processor: 'a fast one', node: 'v20' };

describe('the result file', () => {
  it('has what it follows from, every sample, and the summaries', async () => {
    const result = JSON.parse((await textOf(toy))!);
    expect(result).toMatchObject({ name: 'toy', size: 'default', parameters: toy.parameters, measures: toy.measures });
    expect(result.points).toHaveLength(6);
    expect(result.points[3]).toMatchObject({
      point: { way: 'back', nodes: 10 },
      seeds: 3,
      samples: { timeMs: [105, null, 115], bytes: [40, 80, 120] },
      summary: { timeMs: { n: 2, mean: 110 }, bytes: { n: 3, mean: 80 } },
    });
    const { low, mean, high } = result.points[3].summary.bytes;
    expect(high - mean).toBeCloseTo((4.302653 * 40) / Math.sqrt(3), 3);
    expect(mean - low).toBeCloseTo(high - mean, 9);
  });

  it('is the same to the byte when it is made again', async () => {
    expect(await textOf(toy)).toBe(await textOf(toy));
  });

  it('keeps what depends on the machine in a file of its own', async () => {
    const measured: Experiment = { ...toy, measures: { ...toy.measures, timeMs: { title: 'Time', unit: 'ms', isOfMachine: true } } };
    const [virtual, ofMachine] = [JSON.parse((await textOf(measured))!), JSON.parse((await textOf(measured, MACHINE))!)];
    expect(Object.keys(virtual.points[0].samples)).toEqual(['bytes']);
    expect(virtual.machine).toBeUndefined();
    expect(Object.keys(ofMachine.points[0].samples)).toEqual(['timeMs']);
    expect(ofMachine.machine).toEqual(MACHINE);
    expect(await textOf(toy, MACHINE)).toBeNull();
  });
});
