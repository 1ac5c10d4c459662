/** Topologies in files: a table `node,xM,yM`, one record for each node 0, 1, 2 ... in any order. */
import { LIMITS } from '../../core/limits.ts';
import type { Position } from '../geometry.ts';
import { badFile, readTable } from '../table-file.ts';

const COLUMNS = ['node', 'xM', 'yM'];
/** Far beyond any radio, and small enough that distances stay exact to below a millimetre. */
const FARTHEST_M = 1e7;

/** What {@link readTopology} reads back exactly: numbers are written in full. */
export function writeTopology(positions: readonly Position[]): string {
  const records = positions.map(({ xM, yM }, node) => `${node},${xM},${yM}`);
  return `${[COLUMNS.join(','), ...records].join('\n')}\n`;
}

/**
 * Positions of nodes 0, 1, 2 ... @param file its name, for messages.
 * Throws DataError `bad-file` naming file, line and field: an unknown column, a node twice or left out, no node at all, a number that is none.
 */
export function readTopology(text: string, file: string): Position[] {
  const positions: Position[] = [];
  let count = 0;
  let last = { file, line: 1 };
  for (const row of readTable(text, file, COLUMNS)) {
    const node = row.whole('node', 0, LIMITS.simNodes - 1);
    if (positions[node] !== undefined) badFile(row.at, 'node', `is ${node}, which an earlier line has placed`);
    positions[node] = { xM: row.numberBetween('xM', -FARTHEST_M, FARTHEST_M), yM: row.numberBetween('yM', -FARTHEST_M, FARTHEST_M) };
    count++;
    last = { file, line: row.at.line };
  }
  if (count === 0) badFile(last, 'node', 'is missing: there is no node at all');
  const gap = positions.findIndex((position) => position === undefined);
  if (gap >= 0) badFile(last, 'node', `${gap} is left out; nodes are numbered 0 to ${positions.length - 1} without gaps`);
  return positions;
}
