import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReached, reachedWith } from '../../../../routing/common/self-pruning.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { hopsFrom, unitDiskGraph, type Graph } from '../../../../sim/topology/graph.ts';
import { uniform } from '../../../../sim/topology/placements.ts';

const RANGE_M = 100;

/** Ids are hashes of keys: their beginnings differ. */
function idOf(node: number): string {
  return Math.imul(node + 1, 0x9e3779b1)
    .toString(16)
    .padStart(8, '0')
    .slice(-8)
    .padEnd(32, '0');
}

/** A flood from node 0 that arrives in the order in which it is sent; gives the nodes that it reached, and how many clones it took. */
function flood(graph: Graph, isPruned: boolean): { readonly nodes: number; readonly clones: number } {
  const nodes = new Set([0]);
  const queue = [{ here: 0, from: -1, reached: [] as readonly string[] }];
  let clones = 0;
  for (const { here, from, reached } of queue) {
    const near = graph[here]!;
    const carried = isPruned ? reachedWith([here, ...near].map(idOf)) : [];
    for (const other of near) {
      if (other === from || isReached(reached, idOf(other))) continue;
      clones += 1;
      if (nodes.has(other)) continue;
      nodes.add(other);
      queue.push({ here: other, from: here, reached: carried });
    }
  }
  return { nodes: nodes.size, clones };
}

describe('self-pruning', () => {
  it('reaches every node that a flood reaches, with fewer clones', () => {
    let [pruned, plain] = [0, 0];
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 60 }), (seed, count) => {
        const area = { widthM: 350, heightM: 350 };
        const graph = unitDiskGraph(uniform(count, area, RandomStream.of(String(seed), 'field')), RANGE_M);
        const [spared, full] = [flood(graph, true), flood(graph, false)];
        expect(spared.nodes).toBe(hopsFrom(graph, 0).filter((hops) => hops < Infinity).length);
        pruned += spared.clones;
        plain += full.clones;
      }),
      { numRuns: 300 },
    );
    expect(pruned).toBeLessThan(0.7 * plain);
  });
});
