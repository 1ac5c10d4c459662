/** Movements in the format of ns-2, as `setdest` and BonnMotion write them (The ns Manual, chapter on mobile networking). */
import { LIMITS } from '../../core/limits.ts';
import { along, distanceM, type Position } from '../geometry.ts';
import { badFile, fileLines, readNumber, type FileLine } from '../table-file.ts';
import { pathOf, type Leg } from './legs.ts';
import type { Trajectory } from './trajectory.ts';

interface Order {
  readonly at: FileLine;
  readonly atMs: number;
  readonly to: Position;
  readonly speedMps: number;
}

interface NodeScript {
  readonly begin: { X_?: number; Y_?: number };
  readonly orders: Order[];
  readonly at: FileLine;
}

const MS_PER_S = 1000;
const BEGIN = /^\$node_\((\d+)\)\s+set\s+([XYZ]_)\s+(\S+)$/;
const GO = /^\$ns_\s+at\s+(\S+)\s+"\$node_\((\d+)\)\s+setdest\s+(\S+)\s+(\S+)\s+(\S+)"$/;
/** What `setdest` says of distances, for the statistics of ns-2. */
const IGNORED = /^(?:#|\$god_\s|\$ns_\s+at\s+\S+\s+"\$god_\s|set\s+(?:god_|opt)\b)/;

/**
 * Trajectories of nodes 0, 1, 2 ... A node begins at its `set X_` and `set Y_` and follows each `setdest` until it arrives or the next one comes;
 * Z is not used. Throws DataError `bad-file` naming file, line and field.
 *
 * @param file its name, for messages
 */
export function readNs2Trace(text: string, file: string): Trajectory[] {
  const scripts: NodeScript[] = [];
  let last: FileLine = { file, line: 1 };
  for (const { at, content } of fileLines(text, file)) {
    last = at;
    if (content === '' || IGNORED.test(content)) continue;
    const begin = BEGIN.exec(content);
    const go = begin === null ? GO.exec(content) : null;
    if (begin !== null) readBegin(at, scripts, begin);
    else if (go !== null) readGo(at, scripts, go);
    else
      badFile(
        at,
        'line',
        `is ${JSON.stringify(content.slice(0, 80))}; expected "$node_(N) set X_ M" or "$ns_ at S "$node_(N) setdest X Y SPEED""`,
      );
  }
  if (scripts.length === 0) badFile(last, 'node', 'is missing: there is no node at all');
  const gap = scripts.findIndex((script) => script === undefined);
  if (gap >= 0) badFile(last, 'node', `${gap} is left out; nodes are numbered 0 to ${scripts.length - 1} without gaps`);
  return scripts.map(trajectoryOf);
}

function scriptOf(at: FileLine, scripts: NodeScript[], number: string): NodeScript {
  const node = Number(number);
  if (node >= LIMITS.simNodes) badFile(at, 'node', `is ${number}; expected a number from 0 to ${LIMITS.simNodes - 1}`);
  return (scripts[node] ??= { begin: {}, orders: [], at });
}

function readBegin(at: FileLine, scripts: NodeScript[], [, node, axis, value]: RegExpExecArray): void {
  const metres = readNumber(at, axis!, value!);
  const { begin } = scriptOf(at, scripts, node!);
  if (axis === 'Z_') return;
  const name = axis as 'X_' | 'Y_';
  if (begin[name] !== undefined) badFile(at, name, `of node ${node} is set twice`);
  begin[name] = metres;
}

function readGo(at: FileLine, scripts: NodeScript[], [, time, node, x, y, speed]: RegExpExecArray): void {
  const atMs = readNumber(at, 'time', time!) * MS_PER_S;
  const to = { xM: readNumber(at, 'x', x!), yM: readNumber(at, 'y', y!) };
  const speedMps = readNumber(at, 'speed', speed!);
  if (atMs < 0) badFile(at, 'time', `is ${time}; expected a number of at least 0`);
  if (speedMps < 0) badFile(at, 'speed', `is ${speed}; expected a number of at least 0`);
  const { orders } = scriptOf(at, scripts, node!);
  const before = orders[orders.length - 1];
  if (before !== undefined && atMs < before.atMs)
    badFile(at, 'time', `of node ${node} goes back, from ${before.atMs / MS_PER_S} to ${time}`);
  orders.push({ at, atMs, to, speedMps });
}

/** The script as legs: under way to each place, and a stay after arriving until the next order. */
function trajectoryOf({ begin, orders, at }: NodeScript, node: number): Trajectory {
  if (begin.X_ === undefined || begin.Y_ === undefined) badFile(at, begin.X_ === undefined ? 'X_' : 'Y_', `of node ${node} is never set`);
  let here: Position = { xM: begin.X_, yM: begin.Y_ };
  const legs: Leg[] = [];
  const stayUntil = (endMs: number): void => {
    const startMs = legs[legs.length - 1]?.endMs ?? 0;
    if (endMs > startMs) legs.push({ startMs, endMs, from: here, to: here });
  };
  for (const [index, { atMs, to, speedMps }] of orders.entries()) {
    stayUntil(atMs);
    const nextMs = orders[index + 1]?.atMs ?? Infinity;
    const tripMs = (distanceM(here, to) / speedMps) * MS_PER_S;
    // To go nowhere, or at no speed, is to stay.
    if (!(tripMs > 0 && tripMs < Infinity)) continue;
    const endMs = Math.min(atMs + tripMs, nextMs);
    const there = along(here, to, (endMs - atMs) / tripMs);
    legs.push({ startMs: atMs, endMs, from: here, to: there });
    here = there;
  }
  stayUntil(Infinity);
  return pathOf(legs);
}
