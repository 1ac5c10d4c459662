/** Movements in a table `timeMs,node,xM,yM`: where a node was seen, and when. */
import { LIMITS } from '../../core/limits.ts';
import type { Position } from '../geometry.ts';
import { badFile, readTable } from '../table-file.ts';
import { pathOf, type Leg } from './legs.ts';
import type { Trajectory } from './trajectory.ts';

const COLUMNS = ['timeMs', 'node', 'xM', 'yM'];

interface Sighting {
  readonly timeMs: number;
  readonly position: Position;
}

/**
 * Trajectories of nodes 0, 1, 2 ... Between two sightings a node goes straight at constant speed; before the first and after the last it stays.
 * Sightings of a node stand in the order of time. Throws DataError `bad-file` naming file, line and field.
 *
 * @param file its name, for messages
 */
export function readCsvTrace(text: string, file: string): Trajectory[] {
  const nodes: Sighting[][] = [];
  let last = { file, line: 1 };
  for (const row of readTable(text, file, COLUMNS)) {
    last = { file, line: row.at.line };
    const sightings = (nodes[row.whole('node', 0, LIMITS.simNodes - 1)] ??= []);
    const timeMs = row.numberBetween('timeMs', 0, Number.MAX_SAFE_INTEGER);
    const before = sightings[sightings.length - 1];
    if (before !== undefined && timeMs <= before.timeMs)
      badFile(row.at, 'timeMs', `is ${timeMs}; the node's sighting before is at ${before.timeMs}, and times must rise`);
    sightings.push({ timeMs, position: { xM: row.number('xM'), yM: row.number('yM') } });
  }
  if (nodes.length === 0) badFile(last, 'node', 'is missing: there is no node at all');
  const gap = nodes.findIndex((sightings) => sightings === undefined);
  if (gap >= 0) badFile(last, 'node', `${gap} is left out; nodes are numbered 0 to ${nodes.length - 1} without gaps`);
  return nodes.map(trajectoryOf);
}

function trajectoryOf(sightings: readonly Sighting[]): Trajectory {
  const legs = sightings.map(({ timeMs, position }, index): Leg => {
    const next = sightings[index + 1];
    return { startMs: timeMs, endMs: next?.timeMs ?? Infinity, from: position, to: next?.position ?? position };
  });
  return pathOf(legs);
}
