/** Where the nodes of a scenario are and how they reach each other. */
import { MisuseError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { IdealMedium } from '../link/ideal-medium.ts';
import type { Medium } from '../medium.ts';
import { readCsvTrace } from '../mobility/csv-trace.ts';
import { readNs2Trace } from '../mobility/ns2-trace.ts';
import { randomWaypoint } from '../mobility/random-waypoint.ts';
import { still, type Trajectory } from '../mobility/trajectory.ts';
import { BleMedium } from '../radio/ble-medium.ts';
import { bluetoothLe } from '../radio/ble.ts';
import { Neighbourhood } from '../radio/neighbourhood.ts';
import { unitDisk } from '../radio/propagation.ts';
import { WifiMedium } from '../radio/wifi-medium.ts';
import { wifi80211b, wifi80211n } from '../radio/wifi.ts';
import type { Position } from '../geometry.ts';
import { RandomStream } from '../random.ts';
import { readTopology } from '../topology/file.ts';
import { clustered, connected, grid, line, uniform } from '../topology/placements.ts';
import type { Scenario } from './schema.ts';

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
  if (mobility.kind === 'waypoint') {
    const { widthM, heightM, ...rest } = mobility;
    const options = { ...rest, area: { widthM, heightM }, start: 'steady-state' } as const;
    return Array.from({ length: nodes }, (_, node) => randomWaypoint(options, random.keyed(node)));
  }
  return positionsOf(scenario, seed, read).map(still);
}

function positionsOf({ placement, nodes }: Scenario, seed: string, read: ReadFile): readonly Position[] {
  const random = RandomStream.of(seed, 'placement');
  switch (placement.kind) {
    case 'line':
      return line(nodes, placement.spacingM);
    case 'grid':
      return exactly(grid(placement.columns, Math.ceil(nodes / placement.columns), placement.spacingM).slice(0, nodes), nodes, 'placement');
    case 'uniform':
      return uniform(nodes, placement, random);
    case 'connected':
      return connected(() => uniform(nodes, placement, random), placement.rangeM).positions;
    case 'clustered':
      return clustered(nodes, placement, { count: placement.clusters, spreadM: placement.spreadM }, random);
    case 'file':
      return exactly(readTopology(read(placement.path), placement.path), nodes, placement.path);
  }
}

function exactly<Item>(items: Item[], nodes: number, where: string): Item[] {
  if (items.length === nodes) return items;
  throw new MisuseError('bad-scenario', `${where} has ${items.length} nodes; the field nodes of the scenario says ${nodes}`);
}

/** How the nodes of a scenario reach each other. */
export function mediumOf({ radio }: Scenario, trajectories: readonly Trajectory[], clock: Clock, random: RandomStream): Medium {
  switch (radio.kind) {
    case 'wires': {
      const near = new Neighbourhood(trajectories, unitDisk({ rangeM: radio.rangeM }));
      const { delayMs, kilobitsPerSecond } = radio;
      return new IdealMedium({ clock, delayMs, kilobitsPerSecond, hearers: (node) => near.decodersOf(node, clock.monotonicMs()) });
    }
    case 'wifi': {
      const propagation = unitDisk({ rangeM: radio.rangeM, senseRangeM: radio.senseRangeM ?? 2 * radio.rangeM });
      const timing = radio.standard === '802.11b' ? wifi80211b() : wifi80211n();
      return new WifiMedium({ clock, random, trajectories, propagation, timing, lossRate: radio.lossRate });
    }
    case 'ble': {
      const propagation = unitDisk({ rangeM: radio.rangeM });
      return new BleMedium({ clock, random, trajectories, propagation, timing: bluetoothLe(), lossRate: radio.lossRate });
    }
  }
}
