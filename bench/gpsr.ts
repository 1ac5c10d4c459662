/**
 * GPSR on static unit disk graphs that are connected, sparse and have voids: whole nodes in simulated networks, over a medium that
 * loses nothing. Delivery must be certain there, so the ratio is of all journeys on all topologies, none of which is left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import { LIMITS } from '../core/limits.ts';
import { distanceM, type Position } from '../sim/geometry.ts';
import type { Launched } from '../sim/launches.ts';
import { IdealMedium } from '../sim/link/ideal-medium.ts';
import { LocalProjection } from '../sim/mobility/projection.ts';
import { compileText } from '../sim/program.ts';
import { RandomStream } from '../sim/random.ts';
import { hopsFrom, unitDiskGraph, type Graph } from '../sim/topology/graph.ts';
import { connected, withVoids } from '../sim/topology/placements.ts';
import { World } from '../sim/world.ts';
import { single, summarize, type Result } from './result.ts';

const TOPOLOGIES = 60;
const TOPOLOGIES_FULL = 300;
const NODES = 50;
const RANGE_M = 100;
const AREA = { widthM: 480, heightM: 480 };
const VOIDS = 2;
const VOID_RADIUS_M = 80;
/** Of these, half use the Gabriel graph, half the relative neighbourhood graph. */
const JOURNEYS = 8;
const PATIENCE_MS = 60_000;
const PROJECTION = new LocalProjection({ latitude: 40.5, longitude: -74.4 });

const PROGRAM = `
import { migrate, self } from 'sm';
import { gpsr, gpsrWith } from 'sm/routing/gpsr';
export default async function ({ node, at, planarisation }) {
  await migrate({ node, at }, { via: planarisation === 'rng' ? gpsrWith({ planarisation }) : gpsr, timeout: ${PATIENCE_MS} });
  return self.hops;
}`;

interface Topology {
  readonly positions: readonly Position[];
  readonly graph: Graph;
}

interface Journey {
  readonly from: number;
  readonly to: number;
  readonly launched: Launched;
}

export async function run({ isFull }: { readonly isFull: boolean }): Promise<Result[]> {
  const guestSource = readFileSync(join(packageRoot(), 'dist', 'guest.js'), 'utf8');
  const compiled = compileText(PROGRAM, packageRoot());
  const stretches: number[] = [];
  let [journeys, delivered, stuck] = [0, 0, 0];
  for (let index = 0; index < (isFull ? TOPOLOGIES_FULL : TOPOLOGIES); index++) {
    const random = RandomStream.of(`gpsr ${index}`, 'topology');
    const topology = sparse(random);
    const world = await started(topology, `gpsr ${index}`, guestSource);
    const program = world.program('gpsr', compiled);
    const launched = Array.from({ length: JOURNEYS }, (_, number) => launch(world, program, topology, random, number));
    await world.until(() => launched.every((journey) => journey.launched.isOver), 2 * PATIENCE_MS);
    for (const { from, to, launched: journey } of launched) {
      journeys += 1;
      if (isGreedyStuck(topology, from, to)) stuck += 1;
      const result = journey.result();
      if (result?.outcome !== 'returned' || result.endedAt?.node !== world.nodes[to]!.id) continue;
      delivered += 1;
      stretches.push(result.hops / hopsFrom(topology.graph, from)[to]!);
    }
  }
  return [
    single('delivery_ratio', '1', delivered / journeys),
    summarize('path_stretch', '1', stretches),
    // Where greedy forwarding alone arrives, nothing is proven: this is the part of the journeys on which it would not.
    single('greedy_stuck_ratio', '1', stuck / journeys),
  ];
}

function sparse(random: RandomStream): Topology {
  const voids = Array.from({ length: VOIDS }, () => ({
    centre: { xM: random.between(0.2, 0.8) * AREA.widthM, yM: random.between(0.2, 0.8) * AREA.heightM },
    radiusM: VOID_RADIUS_M,
  }));
  const { positions } = connected(() => withVoids(NODES, AREA, voids, random), RANGE_M);
  return { positions, graph: unitDiskGraph(positions, RANGE_M) };
}

/** A network whose links are all up. */
async function started({ positions, graph }: Topology, seed: string, guestSource: string): Promise<World> {
  const world = await World.create({
    seed,
    nodes: positions.length,
    guestSource,
    medium: ({ clock }) => new IdealMedium({ clock, hearers: (node) => graph[node]!, delayMs: 1, kilobitsPerSecond: Infinity }),
    location: (node) => PROJECTION.toWgs84(positions[node]!),
  });
  await world.start();
  const isLinked = (): boolean => world.nodes.every(({ index, links }) => links.list().length === graph[index]!.length);
  if (!(await world.until(isLinked, PATIENCE_MS))) throw new Error(`${seed}: not all links came up`);
  return world;
}

function launch(
  world: World,
  program: ReturnType<World['program']>,
  { positions }: Topology,
  random: RandomStream,
  number: number,
): Journey {
  const from = random.below(NODES);
  const to = (from + 1 + random.below(NODES - 1)) % NODES;
  const { id: node } = world.nodes[to]!;
  const at = PROJECTION.toWgs84(positions[to]!);
  const args = { node, at, planarisation: number % 2 === 0 ? 'gabriel' : 'rng' };
  const budget = { hops: LIMITS.budgetHops, bytes: LIMITS.budgetBytes };
  return { from, to, launched: world.launch(program, from, { args, budget, transient: true }) };
}

/** Whether greedy forwarding alone ends at a node that has no neighbour nearer to the destination. */
function isGreedyStuck({ positions, graph }: Topology, from: number, to: number): boolean {
  const leftM = (node: number): number => distanceM(positions[node]!, positions[to]!);
  for (let here = from; here !== to;) {
    const next = graph[here]!.reduce((best, node) => (leftM(node) < leftM(best) ? node : best), here);
    if (next === here) return true;
    here = next;
  }
  return false;
}
