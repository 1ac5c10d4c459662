/** Where the nodes of an experiment stand. All chance comes from the stream that is given. */
import { MisuseError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { clampTo, isInside, type Area, type Circle, type Position } from '../geometry.ts';
import { requirePositive, requireWhole } from '../parameters.ts';
import type { RandomStream } from '../random.ts';
import { isConnected, unitDiskGraph } from './graph.ts';

/** A row of `count` nodes from west to east. */
export function line(count: number, spacingM: number): Position[] {
  return grid(count, 1, spacingM);
}

/** `columns` times `rows` nodes, row by row from the south west. */
export function grid(columns: number, rows: number, spacingM: number): Position[] {
  requireWhole('columns', columns, 1, LIMITS.simNodes);
  requireWhole('rows', rows, 1, LIMITS.simNodes);
  requireWhole('columns * rows', columns * rows, 1, LIMITS.simNodes);
  requirePositive('spacingM', spacingM);
  return Array.from({ length: columns * rows }, (_, node) => ({
    xM: (node % columns) * spacingM,
    yM: Math.floor(node / columns) * spacingM,
  }));
}

/** Independent and evenly distributed over the area. */
export function uniform(count: number, area: Area, random: RandomStream): Position[] {
  return withVoids(count, area, [], random);
}

/**
 * Evenly distributed over what the voids leave of the area. Routes have to go around a void, which greedy forwarding alone cannot.
 * Throws MisuseError `no-room` when the voids leave (nearly) nothing.
 */
export function withVoids(count: number, area: Area, voids: readonly Circle[], random: RandomStream): Position[] {
  requireNodesAndArea(count, area);
  for (const [index, { radiusM }] of voids.entries()) requirePositive(`voids[${index}].radiusM`, radiusM);
  return Array.from({ length: count }, () => {
    for (let attempt = 0; attempt < LIMITS.simPlacementAttempts; attempt++) {
      const position = anywhere(area, random);
      if (!voids.some((circle) => isInside(position, circle))) return position;
    }
    throw new MisuseError(
      'no-room',
      `the voids leave no room in ${area.widthM} m x ${area.heightM} m: no place was found in ${LIMITS.simPlacementAttempts} attempts`,
      {
        hint: 'Use fewer or smaller voids.',
      },
    );
  });
}

export interface Clusters {
  readonly count: number;
  /** Standard deviation of the members around the centre of their cluster, in metres, east and north alike. */
  readonly spreadM: number;
}

/**
 * Evenly distributed centres, and around each as many nodes as around the others (give or take one), normally distributed: a Thomas
 * process (M. Thomas 1949) with a fixed number of members. Those that would fall outside stand on the edge of the area.
 */
export function clustered(count: number, area: Area, clusters: Clusters, random: RandomStream): Position[] {
  requireNodesAndArea(count, area);
  requireWhole('clusters.count', clusters.count, 1, count);
  requirePositive('clusters.spreadM', clusters.spreadM);
  const centres = Array.from({ length: clusters.count }, () => anywhere(area, random));
  return Array.from({ length: count }, (_, node) => {
    const { xM, yM } = centres[node % centres.length]!;
    return clampTo(area, { xM: xM + clusters.spreadM * random.normal(), yM: yM + clusters.spreadM * random.normal() });
  });
}

export interface ConnectedPlacement {
  readonly positions: Position[];
  /** How many placements were drawn, the accepted one included. Part of a result: it says how rare such a topology is. */
  readonly attempts: number;
}

/**
 * The first of the placements that `place` draws whose unit disk graph is connected. Rejecting whole placements keeps their distribution
 * what it is, given that they are connected. Throws MisuseError `never-connected` after {@link LIMITS.simPlacementAttempts} placements.
 */
export function connected(place: () => Position[], rangeM: number): ConnectedPlacement {
  for (let attempts = 1; attempts <= LIMITS.simPlacementAttempts; attempts++) {
    const positions = place();
    if (isConnected(unitDiskGraph(positions, rangeM))) return { positions, attempts };
  }
  throw new MisuseError('never-connected', `none of ${LIMITS.simPlacementAttempts} placements was connected at a range of ${rangeM} m`, {
    hint: 'Use more nodes, a longer range or a smaller area.',
  });
}

function anywhere(area: Area, random: RandomStream): Position {
  return { xM: random.between(0, area.widthM), yM: random.between(0, area.heightM) };
}

function requireNodesAndArea(count: number, area: Area): void {
  requireWhole('count', count, 1, LIMITS.simNodes);
  requirePositive('area.widthM', area.widthM);
  requirePositive('area.heightM', area.heightM);
}
