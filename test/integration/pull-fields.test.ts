/** Pull routing in crowded fields: explorers divide their budget at every fork, and still find what is far. */
import { expect, it } from 'vitest';
import { RandomStream } from '../../sim/random.ts';
import { connected, uniform } from '../../sim/topology/placements.ts';
import type { Graph } from '../../sim/topology/graph.ts';
import { setTag, unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';

const NODES = 30;
const AREA = { widthM: 360, heightM: 360 };
const RANGE_M = 100;
const FIELDS = 20;
const FOUND_SHARE = 0.6;
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

/** Whether a program comes to the farthest node, and home. */
async function isFound(seed: string): Promise<boolean> {
  const draw = RandomStream.of(seed, 'pull-fields');
  const field = unitDiskField(connected(() => uniform(NODES, AREA, draw), RANGE_M).positions, RANGE_M);
  const goal = farthest(field.graph);
  const network = await worldOfField(field, seed);
  await setTag(network, goal, GOAL, 1);
  return valueFrom(network, THERE_AND_BACK, 0, {}).then(
    (reached) => reached === `n${goal}`,
    () => false,
  );
}

/** Which fields are lost depends on every millisecond. With explorers that always divide, five of six were. */
it('pull finds the farthest node of most crowded fields, and the way home', async () => {
  let found = 0;
  for (let seed = 1; seed <= FIELDS; seed++) if (await isFound(String(seed))) found++;
  expect(found).toBeGreaterThanOrEqual(FIELDS * FOUND_SHARE);
});
