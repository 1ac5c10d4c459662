/** Simulated networks as experiments need them: nodes at places, a radio, and all links standing. */
import { DataError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Location } from '../../sandbox/guest/boundary.ts';
import type { Position } from '../geometry.ts';
import { IdealMedium } from '../link/ideal-medium.ts';
import type { Medium } from '../medium.ts';
import { LocalProjection } from '../mobility/projection.ts';
import { still } from '../mobility/trajectory.ts';
import type { PowerDraw } from '../power/account.ts';
import { EnergyMeter, metered } from '../power/meter.ts';
import type { RadioObserver } from '../radio/air.ts';
import { unitDisk } from '../radio/propagation.ts';
import { WifiMedium } from '../radio/wifi-medium.ts';
import { wifi80211b, wifi80211n } from '../radio/wifi.ts';
import { unitDiskGraph, type Graph } from '../topology/graph.ts';
import { World, type WorldOptions } from '../world.ts';
import type { Setting } from './experiment.ts';

export interface NetworkOptions extends Pick<Partial<WorldOptions>, 'cpu' | 'diskFlushMs' | 'drivers' | 'observers' | 'times'> {
  readonly seed: string;
  readonly positions: readonly Position[];
  readonly rangeM: number;
  /** `wires`: who is in range hears everything after 1 ms, at 100 Mb/s, without contention. */
  readonly radio: '802.11b' | '802.11n' | 'wires';
  /** Frames that a receiver loses by chance, as a share; not of wires. */
  readonly lossRate?: number;
  /** What every node draws, where that is looked at. Nodes are on the mains. */
  readonly power?: PowerDraw;
}

export interface Network {
  readonly world: World;
  readonly graph: Graph;
  /** Where a node is, as programs see it. */
  readonly locationOf: (node: number) => Location;
  /** From the plane of the experiment to what programs understand. */
  readonly toWgs84: (position: Position) => Location;
  /** What the nodes have used up; null where nobody looks. */
  readonly meter: EnergyMeter | null;
}

const ORIGIN = { latitude: 40.5, longitude: -74.45 };
/** All links stand after some seconds, unless beacons collide again and again. */
const LINKED_MS = 120_000;
const LOSSY_MS = 30_000;

/** A network of nodes that do not move, in which everybody is linked with all neighbours as far as the radio lets them. Throws DataError `not-linked` when that does not come about. */
export async function stillNetwork(options: NetworkOptions, { guestSource }: Setting): Promise<Network> {
  const { positions, rangeM } = options;
  const graph = unitDiskGraph(positions, rangeM);
  const projection = new LocalProjection(ORIGIN);
  const toWgs84 = (position: Position): Location => projection.toWgs84(position);
  const locations = positions.map(toWgs84);
  const medium = mediumOf(options, graph);
  let meter: EnergyMeter | null = null;
  const world = await World.create({
    ...options,
    nodes: positions.length,
    guestSource,
    medium: (parts) => {
      meter = meterOf(options, parts.clock);
      return medium({ ...parts, ...(meter !== null && { observer: meter }) });
    },
    location: (node) => locations[node]!,
    observers: [metered(() => meter), ...(options.observers ?? [])],
  });
  await world.start();
  await standing(world, graph, options);
  return { world, graph, toWgs84, locationOf: (node) => locations[node]!, meter };
}

/** Waits until all links stand. Where frames are lost some neighbours are always missing each other, and beacons have some time to find most. */
async function standing(world: World, graph: Graph, { seed, lossRate = 0 }: NetworkOptions): Promise<void> {
  if (lossRate > 0) return world.run(LOSSY_MS);
  const isLinked = (): boolean => world.nodes.every(({ index, links }) => links.list().length === graph[index]!.length);
  if (!(await world.until(isLinked, LINKED_MS)))
    throw new DataError('not-linked', `seed ${seed}: not all links stood after ${LINKED_MS} ms`);
}

function meterOf({ power, positions }: NetworkOptions, clock: Clock): EnergyMeter | null {
  if (power === undefined) return null;
  return new EnergyMeter({ clock, nodes: positions.map(() => ({ draw: power, batteryJ: null })), emptied: () => {} });
}

type MakeMedium = (parts: Parameters<WorldOptions['medium']>[0] & { readonly observer?: RadioObserver }) => Medium;

function mediumOf({ positions, radio, rangeM, lossRate = 0 }: NetworkOptions, graph: Graph): MakeMedium {
  if (radio === 'wires')
    return ({ clock }) => new IdealMedium({ clock, hearers: (node) => graph[node]!, delayMs: 1, kilobitsPerSecond: 100_000 });
  const timing = radio === '802.11b' ? wifi80211b() : wifi80211n();
  const propagation = unitDisk({ rangeM });
  return (parts) => new WifiMedium({ ...parts, trajectories: positions.map(still), propagation, timing, lossRate });
}
