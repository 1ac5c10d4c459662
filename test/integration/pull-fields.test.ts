/** Pull routing in crowded fields: explorers divide their budget at every fork, and still find what is far. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/random.ts';
import { connected, uniform } from '../../sim/topology/placements.ts';
import type { Graph } from '../../sim/topology/graph.ts';
import { setTag, unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';

const NODES = 30;
const AREA = { widthM: 360, heightM: 360 };
const RANGE_M = 100;
const GOAL = 'public:goal';

const THERE_AND_BACK = `
import { migrate, self } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function (): Promise<unknown> {
  await migrate({ tags: ['${GOAL}'] }, { via: pull, timeout: 20000 });
  const there = self.nodeName;
  await migrate({ node: self.origin }, { via: pull, timeout: 20000 });
  return there;
}`;

/** The node that is farthest from node 0, in hops. */
function farthest(graph: Graph): number {
  const order = [0];
  const seen = new Set(order);
  for (const node of order)
    for (const next of graph[node]!)
      if (!seen.has(next)) {
        seen.add(next);
        order.push(next);
      }
  return order.at(-1)!;
}

describe('pull in a crowded field', () => {
  it.each(['1', '2', '3', '4', '5', '6'])('finds the farthest node, and the way home: field %s', async (seed) => {
    const draw = RandomStream.of(seed, 'pull-fields');
    const field = unitDiskField(connected(() => uniform(NODES, AREA, draw), RANGE_M).positions, RANGE_M);
    const goal = farthest(field.graph);
    const network = await worldOfField(field, seed);
    await setTag(network, goal, GOAL, 1);
    expect(await valueFrom(network, THERE_AND_BACK, 0, {})).toBe(`n${goal}`);
  });
});
