/** Where the nodes of a scenario are and how they reach each other. */
import { MisuseError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { IdealMedium } from '../link/ideal-medium.ts';
import { L2CAP_TLS_OVERHEADS, TCP_TLS_OVERHEADS, type LinkOverheads } from '../link/frames.ts';
import type { Medium, NodeIndex } from '../medium.ts';
import { readCsvTrace } from '../mobility/csv-trace.ts';
import { groupMobility } from '../mobility/group.ts';
import { readNs2Trace } from '../mobility/ns2-trace.ts';
import { randomWaypoint, type WaypointOptions } from '../mobility/random-waypoint.ts';
import { still, type Trajectory } from '../mobility/trajectory.ts';
import { EnergyMeter } from '../power/meter.ts';
import { drawOf } from '../power/presets.ts';
import type { RadioObserver } from '../radio/air.ts';
import { BleMedium } from '../radio/ble-medium.ts';
import { bluetoothLe } from '../radio/ble.ts';
import { Neighbourhood } from '../radio/neighbourhood.ts';
import { propagationOf, type SIGNALS } from '../radio/presets.ts';
import { unitDisk, type Propagation } from '../radio/propagation.ts';
import { WifiMedium } from '../radio/wifi-medium.ts';
import { wifi80211b, wifi80211n } from '../radio/wifi.ts';
import type { Circle, Position } from '../geometry.ts';
import { RandomStream } from '../random.ts';
import { readTopology } from '../topology/file.ts';
import { clustered, connected, grid, line, withVoids } from '../topology/placements.ts';
import type { Scenario } from './schema.ts';

/** Key of the stream from which the links' shadows are drawn. */
const SHADOWING = 1;

/** Text of a file that a scenario names. Throws MisuseError `no-file`. */
export type ReadFile = (path: string) => string;

/** One trajectory for each node. Throws MisuseError or DataError naming what in the scenario, or in a file of it, makes no sense. */
export function trajectoriesOf(scenario: Scenario, seed: string, read: ReadFile): Trajectory[] {
  const { mobility, nodes } = scenario;
  const random = RandomStream.of(seed, 'mobility');
  if (mobility.kind === 'trace') {
    const content = read(mobility.path);
    const paths = mobility.format === 'csv' ? readCsvTrace(content, mobility.path) : readNs2Trace(content, mobility.path);
    return exactly(paths, nodes, mobility.path);
  }
  if (mobility.kind === 'waypoint') return Array.from({ length: nodes }, (_, node) => randomWaypoint(walkOf(mobility), random.keyed(node)));
  if (mobility.kind === 'group') return groupsOf(mobility, nodes, random);
  return positionsOf(scenario, seed, read).map(still);
}

type Mobility<Kind extends Scenario['mobility']['kind']> = Extract<Scenario['mobility'], { readonly kind: Kind }>;

function walkOf({ widthM, heightM, speedMinMps, speedMaxMps, pauseMinMs, pauseMaxMs }: Mobility<'waypoint' | 'group'>): WaypointOptions {
  return { area: { widthM, heightM }, speedMinMps, speedMaxMps, pauseMinMs, pauseMaxMs, start: 'steady-state' };
}

/** Node n belongs to group n modulo the number of groups. */
function groupsOf(mobility: Mobility<'group'>, nodes: number, random: RandomStream): Trajectory[] {
  const { groups, spreadM, strayM, strayPeriodMs } = mobility;
  const walk = walkOf(mobility);
  const members = Array.from({ length: groups }, (_, group) => {
    const centre = randomWaypoint(walk, random.keyed(0, group));
    const options = { members: Math.ceil(nodes / groups), area: walk.area, centre, spreadM, strayM, strayPeriodMs };
    return groupMobility(options, random.keyed(1, group));
  });
  return Array.from({ length: nodes }, (_, node) => members[node % groups]![Math.floor(node / groups)]!);
}

function positionsOf({ placement, nodes }: Scenario, seed: string, read: ReadFile): readonly Position[] {
  const random = RandomStream.of(seed, 'placement');
  switch (placement.kind) {
    case 'line':
      return line(nodes, placement.spacingM);
    case 'grid':
      return exactly(grid(placement.columns, Math.ceil(nodes / placement.columns), placement.spacingM).slice(0, nodes), nodes, 'placement');
    case 'uniform':
      return withVoids(nodes, placement, voidsOf(placement.voids), random);
    case 'connected':
      return connected(() => withVoids(nodes, placement, voidsOf(placement.voids), random), placement.rangeM).positions;
    case 'clustered':
      return clustered(nodes, placement, { count: placement.clusters, spreadM: placement.spreadM }, random);
    case 'file':
      return exactly(readTopology(read(placement.path), placement.path), nodes, placement.path);
  }
}

function voidsOf(holes: readonly (Position & { readonly radiusM: number })[]): Circle[] {
  return holes.map(({ xM, yM, radiusM }) => ({ centre: { xM, yM }, radiusM }));
}

function exactly<Item>(items: Item[], nodes: number, where: string): Item[] {
  if (items.length === nodes) return items;
  throw new MisuseError('bad-scenario', `${where} has ${items.length} nodes; the field nodes of the scenario says ${nodes}`);
}

export interface MediumParts {
  readonly clock: Clock;
  readonly random: RandomStream;
  /** Told what radios do; wires cost nothing. */
  readonly observer?: RadioObserver;
}

/** How the nodes of a scenario reach each other. */
export function mediumOf({ radio }: Scenario, trajectories: readonly Trajectory[], parts: MediumParts): Medium {
  switch (radio.kind) {
    case 'wires': {
      const near = new Neighbourhood(trajectories, unitDisk({ rangeM: radio.rangeM }));
      const { clock } = parts;
      const { delayMs, kilobitsPerSecond } = radio;
      return new IdealMedium({ clock, delayMs, kilobitsPerSecond, hearers: (node) => near.decodersOf(node, clock.monotonicMs()) });
    }
    case 'wifi': {
      const { standard, senseRangeM, lossRate } = radio;
      const timing = standard === '802.11b' ? wifi80211b() : wifi80211n();
      return new WifiMedium({ ...parts, trajectories, timing, lossRate, propagation: reachOf(radio, standard, senseRangeM, parts.random) });
    }
    case 'ble': {
      const { lossRate, connectionIntervalMs } = radio;
      const timing = bluetoothLe({ connectionIntervalMs });
      return new BleMedium({ ...parts, trajectories, timing, lossRate, propagation: reachOf(radio, 'ble', radio.rangeM, parts.random) });
    }
  }
}

type Reach = Pick<Extract<Scenario['radio'], { readonly kind: 'wifi' }>, 'rangeM' | 'shadowing'>;

function reachOf(
  { rangeM, shadowing }: Reach,
  signal: keyof typeof SIGNALS,
  senseRangeM: number | null,
  random: RandomStream,
): Propagation {
  if (shadowing === null) return unitDisk({ rangeM: rangeM!, senseRangeM: senseRangeM ?? 2 * rangeM! });
  const { surroundings, exponent, sigmaDb, asymmetrySigmaDb, transmitDbm } = shadowing;
  return propagationOf(signal, surroundings, random.keyed(SHADOWING), {
    asymmetrySigmaDb,
    ...(exponent !== null && { exponent }),
    ...(sigmaDb !== null && { sigmaDb }),
    ...(transmitDbm !== null && { transmitDbm }),
  });
}

/** What a link adds to messages on the radio of a scenario: no TCP over L2CAP. */
export function overheadsOf({ radio }: Scenario): LinkOverheads {
  return radio.kind === 'ble' ? L2CAP_TLS_OVERHEADS : TCP_TLS_OVERHEADS;
}

/** The nodes' meters; null when a scenario does not look at energy. */
export function meterOf({ power, nodes }: Scenario, clock: Clock, emptied: (node: NodeIndex) => void): EnergyMeter | null {
  if (power === null) return null;
  const node = { draw: drawOf(power.radio, power.board), batteryJ: power.batteryJ };
  return new EnergyMeter({ clock, emptied, nodes: Array.from({ length: nodes }, () => node) });
}
