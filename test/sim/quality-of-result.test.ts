/** Experiment 4 as a whole, in a small town: the program, the radio, the broken thermometer, and what is made of the answer. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { qualityOfResult } from '../../sim/experiments/quality-of-result.ts';
import { adversityOf } from '../../sim/experiments/quality-of-result/adversity.ts';
import { ask, type Outcome } from '../../sim/experiments/quality-of-result/question.ts';
import { settingAt } from '../../sim/experiments/setting.ts';

const setting = settingAt(join(import.meta.dirname, '../..'));

function asked(kind: string, level: number): Promise<Outcome> {
  return ask({
    town: { nodes: 10, sideM: 220, rangeM: 125, broken: 1 },
    adversity: adversityOf(kind, level),
    patienceMs: 4000,
    waves: 1,
    seed: 'town',
    guestSource: setting.guestSource,
    program: setting.compile('town-average'),
  });
}

describe('the average temperature in town', () => {
  it('is exact when all is calm: everybody answers, and the broken thermometer is thrown out', async () => {
    const { coverage, error, range, quality, reachable, bytes } = await asked('calm', 0);
    expect({ coverage, reachable }).toEqual({ coverage: 1, reachable: 1 });
    expect(error).toBeCloseTo(0, 9);
    expect(quality).toBeCloseTo(1, 9);
    expect(range).toBeGreaterThan(5);
    // Ten nodes get the program, of some ten kilobytes.
    expect(bytes).toBeGreaterThan(100_000);
  });

  it('covers fewer nodes when they lose their power again and again, and is still an answer', async () => {
    const { coverage, reachable, accuracy, quality } = await asked('churn', 20);
    expect(coverage).toBeGreaterThan(0);
    expect(coverage).toBeLessThan(1);
    expect(reachable).toBeGreaterThanOrEqual(coverage);
    expect(quality).toBe(coverage * accuracy!);
  });

  it.each([
    [{ adversity: 'hail', level: 1, waves: 1 }, /adversity is hail; expected one of calm, loss/],
    [{ adversity: 'loss', level: 200, waves: 1 }, /level is 200/],
    [{ adversity: 'calm', level: 0, waves: 0 }, /waves is 0/],
  ])('is not asked with %j', async (part, message) => {
    const { point } = qualityOfResult.sizes.default[0]!;
    await expect(qualityOfResult.compute({ ...point, ...part } as typeof point, '1', setting)).rejects.toThrow(message);
  });
});
