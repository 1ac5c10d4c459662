/** Pairs of the comparison with ns-3 that are far apart in a sparse field: most branches that explorers see on the way there lead nowhere. */
import { describe, expect, it } from 'vitest';
import { NODES, RANGE_M, workload } from '../../../bench/side-by-side/workload.ts';
import { hopsFrom, unitDiskGraph } from '../../../sim/topology/graph.ts';
import { linked, programOf, worldOf } from '../support.ts';

const SIDE_M = 1500;
const MESSAGE = `
import { migrate, self } from 'sm';
import { aodv } from 'sm/routing/aodv';
export default async function message({ to }) {
  await migrate({ node: to }, { via: aodv });
  return { hops: self.hops };
}`;
/** The largest that a launch may have. */
const BUDGET = { hops: 4096, cpuMs: 60_000, bytes: 16 << 20, children: 4096 };

describe('a message in a sparse field', () => {
  it.each([
    { seed: '4', flow: 9, shortest: 12 },
    { seed: '17', flow: 9, shortest: 12 },
  ])('arrives over $shortest hops: seed $seed', async ({ seed, flow, shortest }) => {
    const { positions, flows } = workload(seed, SIDE_M);
    const { source, destination } = flows[flow]!;
    const graph = unitDiskGraph(positions, RANGE_M);
    expect(hopsFrom(graph, source)[destination]).toBe(shortest);
    const hearers = (node: number): readonly number[] => graph[node]!;
    const world = await linked(await worldOf(`sparse field/${seed}`, NODES, hearers), hearers);
    const program = programOf(world, MESSAGE);
    const launched = world.launch(program, source, { args: { to: world.nodes[destination]!.id }, transient: true, budget: BUDGET });
    await world.until(() => launched.isOver, 40_000);
    const { outcome, value } = launched.result()!;
    expect(outcome).toBe('returned');
    expect((value as unknown as { hops: number }).hops).toBeLessThanOrEqual(1.2 * shortest);
  });
});
