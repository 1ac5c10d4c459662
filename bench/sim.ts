/**
 * The simulator: how many hops of Smart Messages it does in a second on one core, what an idle node costs, and with `--full` a whole afternoon: 1,000
 * nodes, twenty hybrid journeys a second.
 *
 * A hop is a whole one: slice, capture, codec both ways, admission, restore; only signatures are cheaper than a daemon's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import type { Position } from '../sim/geometry.ts';
import { IdealMedium } from '../sim/link/ideal-medium.ts';
import { liveBytes } from '../sim/memory.ts';
import { LocalProjection } from '../sim/mobility/projection.ts';
import { compileText } from '../sim/program.ts';
import { RandomStream } from '../sim/random.ts';
import { unitDiskGraph } from '../sim/topology/graph.ts';
import { connected, grid, uniform } from '../sim/topology/placements.ts';
import { World, type WorldOptions } from '../sim/world.ts';
import { single, type Result } from './result.ts';

const SPACING_M = 100;
/** A grid in which each node has its four neighbours. */
const GRID_RANGE_M = 1.2 * SPACING_M;
const LINKED_MS = 3_000;
const NEVER_MS = 1e9;

const HOPPERS = 16;
const WARM_UP_HOPS = 600;
const MEASURED_HOPS = 1000;

const IDLE_NODES = [500, 2500] as const;

const FULL = { nodes: 1000, forMs: 60_000, perSecond: 20, rangeM: 250, areaM: 2900, patienceMs: 60_000 };

/** Hops on and on, to one neighbour after the other: all on one link would be too many offers for the policy. */
const HOPPER = `
import { neighbours, sysMigrate } from 'sm';
export default async function hop({ hops }) {
  for (let done = 0; done < hops; done++) {
    const near = neighbours();
    await sysMigrate(near[done % near.length].id);
  }
  return hops;
}`;

/** Goes to somebody in a region of its own choice, and home. */
const TRAVELLER = `
import { location, migrate, self } from 'sm';
import { hybrid } from 'sm/routing/hybrid';
export default async function travel({ region, home }) {
  await migrate({ region }, { via: hybrid, timeout: 20000 });
  await migrate({ node: self.origin, at: home }, { via: hybrid, timeout: 20000 });
  return self.hops;
}`;

export async function run({ isFull }: { readonly isFull: boolean }): Promise<Result[]> {
  const hops = await hopsPerSecond();
  const bytes = await idleNodeBytes();
  return [single('sim_hops_per_s', '1/s', hops), single('idle_node_bytes', 'B', bytes), ...(isFull ? await fullRun() : [])];
}

async function hopsPerSecond(): Promise<number> {
  const world = await ringWorld(HOPPERS);
  const program = world.program('hopper', compileText(HOPPER, packageRoot()));
  const round = async (hops: number): Promise<number> => {
    const budget = { hops, bytes: 2 ** 30, cpuMs: 3_000_000 };
    const launches = world.nodes.map(({ index }) => world.launch(program, index, { args: { hops }, transient: true, budget }));
    const startMs = performance.now();
    await world.until(() => launches.every(({ isOver }) => isOver), NEVER_MS);
    const failed = launches.find(({ hasReturned }) => !hasReturned);
    if (failed !== undefined)
      throw new Error(`a hopper did not come to its end: ${JSON.stringify(failed.result()?.error ?? failed.refusal?.message)}`);
    return performance.now() - startMs;
  };
  await round(WARM_UP_HOPS);
  return (HOPPERS * MEASURED_HOPS * 1000) / (await round(MEASURED_HOPS));
}

/** What lives in memory for each node more that is linked to its four neighbours and has nothing to do. */
async function idleNodeBytes(): Promise<number> {
  const [few, many] = IDLE_NODES;
  const worlds = [await gridWorld(few)];
  const before = liveBytes();
  worlds.push(await gridWorld(many));
  const after = liveBytes();
  // Both worlds have a sandbox; the first was counted before.
  const sandbox = worlds[1]!.sandboxBytes;
  return (after - before - sandbox) / many;
}

/** Nodes in a ring, two neighbours each, that do not know where they are: as little to tell a program as a network can have. */
async function ringWorld(nodes: number): Promise<World> {
  const near = (node: number): number[] => [(node + nodes - 1) % nodes, (node + 1) % nodes];
  const medium: WorldOptions['medium'] = ({ clock }) => new IdealMedium({ clock, delayMs: 1, kilobitsPerSecond: 100_000, hearers: near });
  const world = await World.create({ seed: 'bench', nodes, guestSource: guestSource(), medium });
  await world.start();
  await world.run(LINKED_MS);
  return world;
}

/** Nodes in a square, powered on and linked. */
async function gridWorld(nodes: number): Promise<World> {
  const columns = Math.ceil(Math.sqrt(nodes));
  const world = await worldOf('bench', grid(columns, Math.ceil(nodes / columns), SPACING_M).slice(0, nodes), GRID_RANGE_M);
  await world.start();
  await world.run(LINKED_MS);
  return world;
}

function worldOf(seed: string, positions: readonly Position[], rangeM: number): Promise<World> {
  const graph = unitDiskGraph(positions, rangeM);
  const projection = new LocalProjection({ latitude: 40.5, longitude: -74.45 });
  const places = positions.map((position) => projection.toWgs84(position));
  return World.create({
    seed,
    nodes: positions.length,
    guestSource: guestSource(),
    medium: ({ clock }) => new IdealMedium({ clock, delayMs: 1, kilobitsPerSecond: 100_000, hearers: (node) => graph[node]! }),
    location: (node) => places[node]!,
  });
}

function guestSource(): string {
  return readFileSync(join(packageRoot(), 'dist', 'guest.js'), 'utf8');
}

async function fullRun(): Promise<Result[]> {
  const { nodes, forMs, perSecond, rangeM, areaM, patienceMs } = FULL;
  const area = { widthM: areaM, heightM: areaM };
  const draw = RandomStream.of('full', 'bench');
  const { positions } = connected(() => uniform(nodes, area, draw), rangeM);
  const startMs = performance.now();
  const world = await worldOf('full', positions, rangeM);
  await world.start();
  await world.run(LINKED_MS);
  const program = world.program('traveller', compileText(TRAVELLER, packageRoot()));
  const here = (node: number): unknown => world.nodes[node]!.options.location!();
  const depart = (): void => {
    const [from, to] = [draw.below(nodes), draw.below(nodes)];
    const region = { centre: here(to), radiusMetres: rangeM / 2 };
    world.launch(program, from, { args: { region, home: here(from) }, transient: true });
  };
  for (let atMs = 0; atMs < forMs; atMs += 1000 / perSecond) world.kernel.setTimer(atMs, depart);
  await world.run(forMs);
  const seconds = (performance.now() - startMs) / 1000;
  const { all } = world.launches;
  const hops = world.metrics.total('sm_handoffs_total', 'in', 'accepted');
  await world.until(() => all.every(({ isOver }) => isOver), patienceMs);
  const returned = all.filter(({ hasReturned }) => hasReturned).length;
  return [
    single('sim_full_s', 's', seconds),
    single('sim_full_hops_per_s', '1/s', hops / seconds),
    single('sim_full_returned', 'ratio', returned / all.length),
  ];
}
