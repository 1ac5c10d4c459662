/** Who reaches whom when every node reaches as far: the unit disk graph (B. N. Clark, C. J. Colbourn, D. S. Johnson 1990). */
import type { Position } from '../geometry.ts';
import { SpatialGrid } from '../spatial-grid.ts';

/** For each node its neighbours, in ascending order. */
export type Graph = readonly (readonly number[])[];

export function unitDiskGraph(positions: readonly Position[], rangeM: number): Graph {
  const grid = new SpatialGrid(positions, rangeM);
  return positions.map((_, node) => grid.near(node));
}

/** Hops of a shortest path from `start` to every node; Infinity where there is none. */
export function hopsFrom(graph: Graph, start: number): readonly number[] {
  const hops = graph.map(() => Infinity);
  hops[start] = 0;
  const queue = [start];
  for (const node of queue)
    for (const neighbour of graph[node]!)
      if (hops[neighbour] === Infinity) {
        hops[neighbour] = hops[node]! + 1;
        queue.push(neighbour);
      }
  return hops;
}

/** Whether every node has a path to every other; true for no nodes. */
export function isConnected(graph: Graph): boolean {
  return graph.length === 0 || hopsFrom(graph, 0).every((hops) => hops < Infinity);
}
