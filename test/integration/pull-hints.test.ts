/** Routes of `pull` are hints that anybody may have written: lies cost hops, and never more than the journey. */
import { describe, expect, it } from 'vitest';
import { line } from '../../sim/topology/placements.ts';
import type { World } from '../../sim/world.ts';
import { unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';

const GO = `
import { migrate, self } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function ({ to, timeout = 10_000 }): Promise<unknown> {
  try {
    await migrate(to, { via: pull, timeout });
    return { at: self.nodeName, hops: self.hops };
  } catch (error) {
    return { name: error.name, reason: error.reason };
  }
}`;

/** Writes what others take for a route, or takes its name for itself alone. */
const LIE = `
import { tags } from 'sm';
export default async function ({ name, value, others = 'rwdb' }): Promise<void> {
  tags.create(name, value, { access: { owner: 'rwdb', others } });
}`;

const row = unitDiskField(line(6, 90), 100);
const GOAL = 5;

const routeTo = (world: World, node: number): string => `public:route/pull/${world.nodes[node]!.id}`;

describe('pull', () => {
  it.each([null, 7, 'x', [1], { next: 5, hops: 1 }, { next: 'nobody', hops: 1 }, { hops: 1 }])(
    'takes %j for no route',
    async (nonsense) => {
      const world = await worldOfField(row);
      for (const node of [0, 2]) await valueFrom(world, LIE, node, { name: routeTo(world, GOAL), value: nonsense });
      expect(await valueFrom(world, GO, 0, { to: { node: world.nodes[GOAL]!.id } })).toEqual({ at: `n${GOAL}`, hops: GOAL });
    },
  );

  it('leaves a circle, and finds the way from there', async () => {
    const world = await worldOfField(row);
    const [one, two] = [world.nodes[1]!.id, world.nodes[2]!.id];
    await valueFrom(world, LIE, 0, { name: routeTo(world, GOAL), value: { next: one, hops: 3 } });
    await valueFrom(world, LIE, 1, { name: routeTo(world, GOAL), value: { next: two, hops: 2 } });
    await valueFrom(world, LIE, 2, { name: routeTo(world, GOAL), value: { next: one, hops: 2 } });
    expect(await valueFrom(world, GO, 0, { to: { node: world.nodes[GOAL]!.id } })).toMatchObject({ at: `n${GOAL}` });
  });

  it('gives up, and does not fail, where somebody keeps the route to himself', async () => {
    const world = await worldOfField(row);
    await valueFrom(world, LIE, 2, { name: routeTo(world, GOAL), value: { next: 'nobody', hops: 1 }, others: '' });
    const value = await valueFrom(world, GO, 0, { to: { node: world.nodes[GOAL]!.id } });
    expect(value).toMatchObject({ name: 'MigrationTimeout' });
  });

  it('says at once that it cannot find points', async () => {
    const world = await worldOfField(row);
    const value = await valueFrom(world, GO, 0, { to: { point: { latitude: 40, longitude: -74 } } });
    expect(value).toEqual({ name: 'MigrationTimeout', reason: 'pull finds nodes, not points' });
  });
});
