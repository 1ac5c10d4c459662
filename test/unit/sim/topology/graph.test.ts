import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { hopsFrom, isConnected, unitDiskGraph } from '../../../../sim/topology/graph.ts';
import { line } from '../../../../sim/topology/placements.ts';

const coordinate = fc.double({ min: -500, max: 500, noNaN: true });
const positions = fc.array(fc.record({ xM: coordinate, yM: coordinate }), { maxLength: 60 });

describe('the unit disk graph', () => {
  it('has an edge exactly where the distance is at most the range', () => {
    fc.assert(
      fc.property(positions, fc.double({ min: 1, max: 600, noNaN: true }), (places, rangeM) => {
        const all = places.map((place, node) =>
          places.flatMap((other, index) => (index !== node && distanceM(place, other) <= rangeM ? [index] : [])),
        );
        expect(unitDiskGraph(places, rangeM)).toEqual(all);
      }),
    );
  });

  it('has shortest paths that no edge shortens, and that an edge before the end accounts for', () => {
    fc.assert(
      fc.property(positions, (places) => {
        const graph = unitDiskGraph(places, 150);
        fc.pre(graph.length > 0);
        const hops = hopsFrom(graph, 0);
        for (const [node, neighbours] of graph.entries()) {
          const best = Math.min(Infinity, ...neighbours.map((neighbour) => hops[neighbour]! + 1));
          expect(hops[node]).toBe(node === 0 ? 0 : best);
        }
      }),
    );
  });

  it('is connected when every node is reached', () => {
    expect(isConnected(unitDiskGraph(line(5, 100), 100))).toBe(true);
    expect(isConnected(unitDiskGraph(line(5, 100), 99.9))).toBe(false);
    expect(isConnected([])).toBe(true);
  });
});
