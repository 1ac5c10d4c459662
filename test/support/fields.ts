/** Fields of nodes: where they stand, who reaches whom, and simulated networks of them. */
import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import type { Position as Location } from '../../core/messages.ts';
import type { Budget } from '../../core/program.ts';
import type { Position } from '../../sim/geometry.ts';
import { IdealMedium } from '../../sim/link/ideal-medium.ts';
import type { Launched } from '../../sim/launches.ts';
import { LocalProjection } from '../../sim/mobility/projection.ts';
import { compileText } from '../../sim/program.ts';
import { unitDiskGraph, type Graph } from '../../sim/topology/graph.ts';
import { World, type WorldOptions } from '../../sim/world.ts';
import { guestSource } from '../differential/machines.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROJECTION = new LocalProjection({ latitude: 40.5, longitude: -74.4 });
const LINKED_MS = 30_000;
/** Virtual time in which every program of these tests ends. */
const PATIENCE_MS = 120_000;
/** What `sm deploy` gives. */
const BUDGET: Budget = { hops: LIMITS.budgetHops, cpuMs: LIMITS.budgetCpuMs, bytes: LIMITS.budgetBytes, children: LIMITS.budgetChildren };

let source: string | undefined;

export interface Field {
  readonly positions: readonly Position[];
  readonly graph: Graph;
}

export function unitDiskField(positions: readonly Position[], rangeM: number): Field {
  return { positions, graph: unitDiskGraph(positions, rangeM) };
}

/** Where a position of a field is on Earth. */
export function locationOf(position: Position): Location {
  return PROJECTION.toWgs84(position);
}

/** A simulated network of the field, with all links up. Nodes are called n0, n1 ... What a test changes in the field holds at once. */
export async function worldOfField(field: Field, seed = 'field', drivers?: WorldOptions['drivers']): Promise<World> {
  const world = await World.create({
    seed,
    nodes: field.positions.length,
    guestSource: (source ??= guestSource()),
    medium: ({ clock }) => new IdealMedium({ clock, hearers: (node) => field.graph[node]!, delayMs: 1, kilobitsPerSecond: Infinity }),
    location: (node) => locationOf(field.positions[node]!),
    times: { beaconIntervalMs: 1_000, beaconMissed: 3 },
    ...(drivers !== undefined && { drivers }),
  });
  await world.start();
  await linksOf(world, field);
  return world;
}

/** Waits until the nodes that are up have the links that the field gives them. */
export async function linksOf(world: World, field: Field): Promise<void> {
  const up = (node: number): boolean => world.nodes[node]!.isUp;
  const stand = (): boolean =>
    world.nodes.every((node) => !node.isUp || node.links.list().length === field.graph[node.index]!.filter(up).length);
  if (!(await world.until(stand, LINKED_MS))) throw new Error(`the network does not stand\n${world.log.tail().join('\n')}`);
}

/** Gives a node a tag, as its operator would. */
export async function setTag(world: World, node: number, name: string, value: unknown): Promise<void> {
  await world.settle(world.nodes[node]!.node.engine.applyExternal([{ kind: 'override', name, value: value as never }]), 1_000);
}

/** The nodes that have a tag whose name begins so. */
export function nodesWith(world: World, prefix: string): readonly number[] {
  return world.nodes.flatMap(({ index, node }) =>
    [...node.engine.tags.records()].some(({ name }) => name.startsWith(prefix)) ? [index] : [],
  );
}

export function launchFrom(world: World, source: string, origin: number, args: unknown): Launched {
  return world.launch(world.program('program', compileText(source, ROOT)), origin, { args, budget: BUDGET });
}

/** What a program returns. Throws when it does not end well. */
export async function valueOf(world: World, launched: Launched): Promise<unknown> {
  const isOver = await world.until(() => launched.isOver, PATIENCE_MS);
  const result = launched.result();
  if (!isOver || result?.outcome !== 'returned') throw new Error(`the program did not return: ${JSON.stringify(result)}`);
  return result.value;
}

export async function valueFrom(world: World, source: string, origin: number, args: unknown): Promise<unknown> {
  return valueOf(world, launchFrom(world, source, origin, args));
}
