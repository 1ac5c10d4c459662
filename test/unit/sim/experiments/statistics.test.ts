import { describe, expect, it } from 'vitest';
import { studentT, summarize } from '../../../../sim/experiments/statistics.ts';

describe("Student's t", () => {
  // Abramowitz and Stegun 1964, table 26.10, two-sided.
  it.each([
    [0.95, 1, 12.7062],
    [0.95, 2, 4.3027],
    [0.95, 3, 3.1824],
    [0.95, 9, 2.2622],
    [0.95, 10, 2.2281],
    [0.95, 29, 2.0452],
    [0.95, 120, 1.9799],
    [0.99, 4, 4.6041],
    [0.5, 1, 1],
  ])('with probability %d and %d degrees of freedom it is %d', (probability, freedom, t) => {
    expect(studentT(probability, freedom)).toBeCloseTo(t, 4);
  });

  it.each([
    [1, 3, 'probability is 1'],
    [0.95, 0, 'freedom is 0'],
    [0.95, 1.5, 'freedom is 1.5'],
  ])('refuses %d and %d', (probability, freedom, words) => {
    expect(() => studentT(probability, freedom)).toThrow(words);
  });
});

describe('a summary', () => {
  it('has mean and confidence interval', () => {
    const { n, mean, low, high } = summarize([1, 2, 3, 4, 5]);
    expect([n, mean]).toEqual([5, 3]);
    // t of 4 degrees is 2.77645, the standard deviation the root of 2.5.
    expect(low).toBeCloseTo(3 - (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
    expect(high).toBeCloseTo(3 + (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
  });

  it('leaves out what is not there', () => {
    expect(summarize([null, 7, null, 7])).toEqual({ n: 2, mean: 7, low: 7, high: 7 });
  });

  it('claims no interval for a single sample, and nothing for none', () => {
    expect(summarize([4])).toEqual({ n: 1, mean: 4, low: null, high: null });
    expect(summarize([null])).toEqual({ n: 0, mean: null, low: null, high: null });
  });

  it('refuses what is no number', () => {
    expect(() => summarize([1, NaN])).toThrow('a sample is NaN');
  });

  it('holds the true mean in 95 of 100 intervals', () => {
    // Sums of twelve draws are as good as normal; the generator is fixed, so the count is too.
    let state = 1;
    const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const normal = (): number => Array.from({ length: 12 }, draw).reduce((sum, each) => sum + each, -6);
    const held = Array.from({ length: 4000 }, () => summarize(Array.from({ length: 5 }, normal))).filter(
      ({ low, high }) => low! <= 0 && high! >= 0,
    );
    expect(held.length / 4000).toBeGreaterThan(0.94);
    expect(held.length / 4000).toBeLessThan(0.96);
  });
});
