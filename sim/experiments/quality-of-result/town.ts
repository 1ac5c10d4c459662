/** A town: nodes that walk about in a square, each with a thermometer. */
import { hopsFrom, unitDiskGraph } from '../../topology/graph.ts';
import { connected } from '../../topology/placements.ts';
import { randomWaypoint } from '../../mobility/random-waypoint.ts';
import { still, type Trajectory } from '../../mobility/trajectory.ts';
import { requireNotNegative } from '../../parameters.ts';
import { RandomStream } from '../../random.ts';
import type { Thermometer } from './measure.ts';

export interface TownSize {
  readonly nodes: number;
  readonly sideM: number;
  readonly rangeM: number;
  /** Thermometers that show 0 °F on a summer day. */
  readonly broken: number;
}

/** Nodes stop nowhere, and their speeds differ by half from the mean, either way. */
const SPEED_SPREAD = 0.5;
/** Whoever does not walk stands where walkers of this speed would be at a random moment. */
const USUAL_MPS = 1;

/** It grows warmer from west to east, and no two streets are the same. */
const WEST_FAHRENHEIT = 70;
const EAST_FAHRENHEIT = 90;
const STREET_FAHRENHEIT = 1.5;

/**
 * Random waypoints (`sim/mobility/random-waypoint.ts`) in their steady state; drawn again as a whole until all nodes are connected at `atMs`. Everybody
 * stands still at speed 0. Throws MisuseError `bad-parameter`, or `never-connected`.
 */
export function walks({ nodes, sideM, rangeM }: TownSize, meanSpeedMps: number, atMs: number, random: RandomStream): readonly Trajectory[] {
  requireNotNegative('speedMps', meanSpeedMps);
  const speedMps = meanSpeedMps === 0 ? USUAL_MPS : meanSpeedMps;
  const walk = {
    area: { widthM: sideM, heightM: sideM },
    speedMinMps: speedMps * (1 - SPEED_SPREAD),
    speedMaxMps: speedMps * (1 + SPEED_SPREAD),
    pauseMinMs: 0,
    pauseMaxMs: 0,
    start: 'steady-state',
  } as const;
  let attempt = 0;
  let drawn: readonly Trajectory[] = [];
  const { positions } = connected(() => {
    drawn = Array.from({ length: nodes }, (_, node) => randomWaypoint(walk, random.keyed(attempt, node)));
    attempt += 1;
    return drawn.map((trajectory) => trajectory.positionAt(atMs));
  }, rangeM);
  return meanSpeedMps === 0 ? positions.map(still) : drawn;
}

/** What each node's thermometer shows for the whole run. The first node's works. */
export function thermometersOf(
  trajectories: readonly Trajectory[],
  { sideM, broken }: TownSize,
  atMs: number,
  random: RandomStream,
): Thermometer[] {
  const brokenNodes = new Set<number>();
  while (brokenNodes.size < broken) brokenNodes.add(1 + random.below(trajectories.length - 1));
  return trajectories.map((trajectory, node) => {
    const east = trajectory.positionAt(atMs).xM / sideM;
    const fahrenheit = WEST_FAHRENHEIT + (EAST_FAHRENHEIT - WEST_FAHRENHEIT) * east + STREET_FAHRENHEIT * random.normal();
    const isBroken = brokenNodes.has(node);
    return { node: `n${node}`, fahrenheit: isBroken ? 0 : fahrenheit, isBroken };
  });
}

/** Nodes that have power and a path to node 0 over nodes that have power. */
export function connectedNow(
  trajectories: readonly Trajectory[],
  rangeM: number,
  nowMs: number,
  hasPower: (node: number) => boolean,
): number[] {
  const up = [...trajectories.keys()].filter(hasPower);
  const home = up.indexOf(0);
  if (home === -1) return [];
  const graph = unitDiskGraph(
    up.map((node) => trajectories[node]!.positionAt(nowMs)),
    rangeM,
  );
  return up.filter((_, index) => hopsFrom(graph, home)[index]! < Infinity);
}
