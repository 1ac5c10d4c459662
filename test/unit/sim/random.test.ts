import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../sim/random.ts';

const DRAWS = 20_000;

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('a stream of chance', () => {
  it('is the same for the same seed and name, and another for any other', () => {
    const first = (seed: string, name: string) => draws(8, () => RandomStream.of(seed, name).unit())[0];
    expect(first('1', 'radio')).toBe(first('1', 'radio'));
    expect(new Set([first('1', 'radio'), first('2', 'radio'), first('1', 'faults'), first('1r', 'adio')]).size).toBe(4);
  });

  it('follows the published generator', () => {
    // The first four by hand from the authors' definition; the others are what a C program written from it prints.
    const stream = new RandomStream([1, 2, 3, 4]);
    expect(draws(10, () => stream.below(2 ** 32))).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('has keyed streams that do not depend on what was drawn before', () => {
    const stream = RandomStream.of('1', 'links');
    const before = stream.keyed(3, 7).unit();
    draws(10, () => stream.unit());
    expect(stream.keyed(3, 7).unit()).toBe(before);
  });

  it('gives every pair of nodes a stream of its own, and both directions different ones', () => {
    const stream = RandomStream.of('1', 'links');
    const first = new Set<number>();
    for (let from = 0; from < 100; from++) for (let to = 0; to < 100; to++) first.add(stream.keyed(from, to).unit());
    expect(first.size).toBe(10_000);
  });

  it('spreads the first draws of keyed streams evenly', () => {
    const stream = RandomStream.of('1', 'links');
    const buckets = Array.from({ length: 16 }, () => 0);
    for (let key = 0; key < 16_000; key++) buckets[Math.floor(stream.keyed(key, key + 1).unit() * 16)]! += 1;
    // Each bucket is binomial with mean 1000 and deviation 31; five deviations never happen by chance with a fixed seed that passed once.
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(155);
  });

  it('draws whole numbers in range, all of them', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (seed, bound) => {
        const stream = RandomStream.of(seed, 'whole');
        expect(new Set(draws(400, () => stream.below(bound)))).toEqual(new Set(Array.from({ length: bound }, (_, index) => index)));
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 33])('refuses %d as a bound', (bound) => {
    expect(() => RandomStream.of('1', 'x').below(bound)).toThrow('whole number from 1 to 2^32');
  });

  it('has the moments of its distributions', () => {
    const stream = RandomStream.of('7', 'moments');
    const normal = draws(DRAWS, () => stream.normal());
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(mean(draws(DRAWS, () => stream.exponential(5))) / 5).toBeCloseTo(1, 1);
    expect(mean(draws(DRAWS, () => stream.between(-3, 5)))).toBeCloseTo(1, 1);
    expect(mean(draws(DRAWS, () => (stream.chance(0.3) ? 1 : 0)))).toBeCloseTo(0.3, 1);
  });
});
