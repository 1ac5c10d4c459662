/** Experiment 6 as a whole, in a small network: all ways come to the same answer, and their bills agree with what nodes draw. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { executionOrData } from '../../sim/experiments/execution-or-data.ts';
import { measure, WAYS, type Place, type Task } from '../../sim/experiments/execution-or-data/task.ts';
import { settingAt } from '../../sim/experiments/setting.ts';

const setting = settingAt(join(import.meta.dirname, '../..'));
const NODES = 10;
const PLACE: Place = {
  nodes: NODES,
  sideM: 260,
  rangeM: 125,
  cpu: { sliceMs: 2, stepsPerMs: 5000, messageMs: 0.4, kilobyteMs: 0.1 },
  power: { transmitMw: 800, receiveMw: 400, idleMw: 200, sleepMw: 1, boardMw: 600, computeMw: 300 },
  lossRate: 0,
};
const TASK: Omit<Task, 'way'> = { start: 'code-and-routes', sources: 4, bytes: 1024, repetitions: 1 };

const billOf = async (task: Task) => (await measure(task, PLACE, 'bills', setting))!;

describe('a question to four cameras', () => {
  // A wrong answer is an error of `measure` itself.
  it.each(WAYS)('is answered by %s, and every moment of every radio and board is paid for', async (way) => {
    const { ms, energy, bytes, messages } = await billOf({ ...TASK, way, repetitions: 3 });
    const seconds = ms / 1000;
    expect(energy.boardJ).toBeCloseTo(0.6 * NODES * seconds, 9);
    expect(energy.transmitJ / 0.8 + energy.receiveJ / 0.4 + energy.idleJ / 0.2).toBeCloseTo(NODES * seconds, 9);
    expect(energy.transmitJ).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(messages * 28);
  });

  it('costs those that stay at the data no more when there is more of it, and the others as much more as there is', async () => {
    const more = 32_768 - TASK.bytes;
    for (const way of ['spawned', 'messengers', 'datagrams'] as const) {
      const [little, much] = [await billOf({ ...TASK, way }), await billOf({ ...TASK, way, bytes: 32_768 })];
      const growth = (much.bytes - little.bytes) / TASK.sources / more;
      if (way === 'spawned') expect(growth, way).toBeLessThan(0.1);
      // Each byte goes over one hop at least, and nobody is farther than four hops.
      else expect(growth, way).toBeGreaterThanOrEqual(1);
      expect(growth, way).toBeLessThan(4.5);
    }
  });

  it('costs more the less the nodes know', async () => {
    for (const way of ['one', 'datagrams'] as const) {
      const [none, code, all] = [
        await billOf({ ...TASK, way, start: 'nothing' }),
        await billOf({ ...TASK, way, start: 'code' }),
        await billOf({ ...TASK, way }),
      ];
      expect(none.bytes, way).toBeGreaterThan(2 * code.bytes);
      expect(code.bytes, way).toBeGreaterThan(all.bytes);
    }
  });

  it.each([
    [{ way: 'pigeons' }, /way is pigeons; expected one of one, spawned, messengers, datagrams/],
    [{ start: 'everything' }, /start is everything/],
    [{ sources: 20 }, /sources is 20; expected a whole number from 1 to 19/],
    [{ bytes: 0 }, /bytes is 0/],
    [{ repetitions: 0.5 }, /repetitions is 0.5/],
    [{ lossPercent: 101 }, /lossPercent is 101; expected a number from 0 to 100/],
  ])('is not asked with %j', async (part, message) => {
    const { point } = executionOrData.sizes.default[0]!;
    await expect(executionOrData.compute({ ...point, ...part } as typeof point, '1', setting)).rejects.toThrow(message);
  });
});
