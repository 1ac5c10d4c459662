/** The router that the guide shows how to write does what the guide says of it. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/random.ts';
import { hopsFrom } from '../../sim/topology/graph.ts';
import { uniform } from '../../sim/topology/placements.ts';
import { setTag, unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';
import { codeBlocks, textOf } from '../unit/docs/documents.ts';

const SIDE_M = 330;

function shownRouter(): string {
  const guide = textOf('docs/guide/routing.md');
  const section = guide.slice(guide.indexOf('## Write your own'));
  const [program] = codeBlocks(section).filter(({ info }) => info === 'ts program');
  return program!.text;
}

describe('the router of docs/guide/routing.md', () => {
  it('finds what can be reached, and gives up on what cannot', async () => {
    let [found, missed] = [0, 0];
    for (const seed of ['one', 'two', 'three']) {
      const random = RandomStream.of(seed, 'field');
      const field = unitDiskField(uniform(14, { widthM: SIDE_M, heightM: SIDE_M }, random), 100);
      const world = await worldOfField(field, seed);
      for (const goal of [5, 9, 13]) {
        await setTag(world, goal, `public:goal-${goal}`, 1);
        const value = valueFrom(world, shownRouter(), 0, { tag: `public:goal-${goal}` });
        if (hopsFrom(field.graph, 0)[goal]! < Infinity) {
          expect(await value).toMatchObject({ node: `n${goal}` });
          found += 1;
        } else {
          await expect(value).rejects.toThrow('nodes that can be reached will do');
          missed += 1;
        }
      }
    }
    expect(Math.min(found, missed)).toBeGreaterThan(0);
  });
});
