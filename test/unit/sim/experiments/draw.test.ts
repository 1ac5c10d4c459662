import { describe, expect, it } from 'vitest';
import { draw } from '../../../../sim/experiments/draw.ts';
import { summariesOf } from '../../../../sim/experiments/results.ts';
import { run } from '../../../../sim/experiments/runner.ts';
import { computerHere, toy } from './toy.ts';

async function picture(figure: number, seeds: number): Promise<string> {
  const signal = new AbortController().signal;
  const results = await run(toy, { size: 'default', seeds, jobs: 1, open: () => computerHere(toy), signal, done: () => {} });
  return draw(toy, toy.figures[figure]!, summariesOf(toy, results!));
}

/** What is written in a picture. */
function wordsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words!);
}

describe('a picture', () => {
  it('has titles with units on its axes, a legend, and says what it shows', async () => {
    const words = wordsOf(await picture(0, 3));
    for (const expected of ['Time by nodes', 'Nodes in all (1)', 'Time taken (ms)', 'Which way', 'on the way there', 'on the way back'])
      expect(words).toContain(expected);
    expect(words.join(' ')).toContain("2 to 3 seeds; band: 95 % confidence interval by Student's t");
  });

  it('has a band for each line', async () => {
    const svg = await picture(0, 3);
    expect(svg.match(/mark-area/g)).toHaveLength(2);
    expect(svg.match(/mark-line/g)).toHaveLength(2);
  });

  it('shows figures from elsewhere beside its bars', async () => {
    const svg = await picture(1, 3);
    expect(wordsOf(svg)).toContain('measured elsewhere');
    expect(wordsOf(svg)).toContain('Load (B)');
  });

  it('needs no legend for a single measure, which its axis names', async () => {
    expect(wordsOf(await picture(1, 3))).not.toContain('Bytes');
  });

  it('is the same to the byte when it is drawn again, whatever was drawn between', async () => {
    const first = await picture(0, 3);
    await picture(1, 3);
    expect(await picture(0, 3)).toBe(first);
  });

  it('moves when a mean does', async () => {
    expect(await picture(0, 3)).not.toBe(await picture(0, 2));
  });
});
