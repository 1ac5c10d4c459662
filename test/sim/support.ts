/** Simulated networks for tests: nodes in a line, a ring or a grid, over a medium without radio. */
import { join } from 'node:path';
import { IdealMedium } from '../../sim/link/ideal-medium.ts';
import type { NodeIndex } from '../../sim/medium.ts';
import { compileText, type SimProgram } from '../../sim/program.ts';
import { World, type WorldOptions } from '../../sim/world.ts';
import { guestSource } from '../differential/machines.ts';

const ROOT = join(import.meta.dirname, '../..');
const DELAY_MS = 1;
/** Virtual time in which every network of these tests stands. */
const LINKED_MS = 30_000;

let source: string | undefined = undefined;

export type Hearers = (node: NodeIndex) => readonly NodeIndex[];

export function lineOf(nodes: number): Hearers {
  return (node) => [node - 1, node + 1].filter((other) => other >= 0 && other < nodes);
}

export function ringOf(nodes: number): Hearers {
  return (node) => [(node + nodes - 1) % nodes, (node + 1) % nodes].sort((one, other) => one - other);
}

export async function worldOf(seed: string, nodes: number, hearers: Hearers, options: Partial<WorldOptions> = {}): Promise<World> {
  source ??= guestSource();
  return World.create({
    seed,
    nodes,
    guestSource: source,
    medium: ({ clock }) => new IdealMedium({ clock, hearers, delayMs: DELAY_MS, kilobitsPerSecond: Infinity }),
    ...options,
  });
}

/** Powers on, and waits until everybody has the neighbours that it hears. */
export async function linked(world: World, hearers: Hearers): Promise<World> {
  await world.start();
  const stands = await world.until(
    () => world.nodes.every(({ index, isUp, links }) => isUp && links.list().length === hearers(index).length),
    LINKED_MS,
  );
  if (!stands) throw new Error(`the network does not stand\n${world.log.tail().join('\n')}`);
  return world;
}

export function programOf(world: World, text: string): SimProgram {
  return world.program('program', compileText(text, ROOT));
}

/** Goes from neighbour to neighbour, never straight back unless there is no other way, and says how many hops it made. */
export const WANDERER = `
import { sysMigrate, neighbours, self } from 'sm';
export default async function wander({ hops = 10 }) {
  let done = 0;
  while (done < hops) {
    const near = neighbours();
    const next = near.find(({ id }) => id !== self.previous) ?? near[0];
    try {
      await sysMigrate(next.id);
      done += 1;
    } catch (error) {
      if (error.name !== 'MigrationTimeout' && error.name !== 'MigrationRefused') throw error;
    }
  }
  return done;
}`;
