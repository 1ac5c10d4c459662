/** Hybrid routing in simulated networks of whole nodes: who is asked, and who is not. */
import { describe, expect, it } from 'vitest';
import type { Position } from '../../sim/geometry.ts';
import { grid } from '../../sim/topology/placements.ts';
import { locationOf, nodesWith, setTag, unitDiskField, valueFrom, worldOfField } from '../support/fields.ts';

const RANGE_M = 110;
const GOAL = 'public:goal';
/** Marks that explorers of `pull` leave. */
const ASKED = 'public:search/pull/';

const at = (xM: number, yM: number): Position => ({ xM, yM });

/** Nodes 0 to 5 lead east to a square of 3 x 3 nodes, 6 to 14, of which 6 is the south-western corner. */
const field = unitDiskField(
  [...Array.from({ length: 6 }, (_, index) => at(index * 100, 100)), ...grid(3, 3, 100).map(({ xM, yM }) => at(600 + xM, yM))],
  RANGE_M,
);
const square = { polygon: [at(550, -50), at(850, -50), at(850, 250), at(550, 250)].map(locationOf) };
const NORTH_EAST = 14;

const GO = `
import { inside, location, migrate, self } from 'sm';
import { aodv } from 'sm/routing/aodv';
import { gpsr } from 'sm/routing/gpsr';
import { choosing, hybrid, hybridWith } from 'sm/routing/hybrid';
import { pull } from 'sm/routing/pull';
const routers = {
  gpsr, pull, hybrid,
  reversed: hybridWith({ towards: pull, around: gpsr }),
  withAodv: hybridWith({ around: aodv }),
  chosen: choosing(({ to }) => (inside(to.region, location()) ? pull : gpsr)),
};
export default async function ({ to, via, timeout = 20_000, except }): Promise<unknown> {
  try {
    await migrate(to, { via: routers[via], timeout, except });
    return { at: self.nodeName, hops: self.hops };
  } catch (error) {
    return { at: self.nodeName, reason: error.reason };
  }
}`;

/** A goal near the start, outside the region, and one in its far corner. */
async function world(goals: readonly number[] = [1, NORTH_EAST]) {
  const made = await worldOfField(field);
  for (const goal of goals) await setTag(made, goal, GOAL, 1);
  return made;
}

describe('hybrid', () => {
  it('asks nobody on the way to the region, and finds the node in it that has the tag', async () => {
    const network = await world();
    const to = { region: square, tags: [GOAL] };
    expect(await valueFrom(network, GO, 0, { to, via: 'hybrid' })).toEqual({ at: `n${NORTH_EAST}`, hops: 9 });
    const asked = nodesWith(network, ASKED);
    expect(asked).toContain(NORTH_EAST);
    // One node beyond the border may be asked, should the region hang together only by it.
    expect(asked.filter((node) => node < 5)).toEqual([]);
  });

  it('spares nodes that a search on demand alone would ask', async () => {
    const network = await world();
    expect(await valueFrom(network, GO, 0, { to: { region: square, tags: [GOAL] }, via: 'pull' })).toMatchObject({ at: `n${NORTH_EAST}` });
    expect(nodesWith(network, ASKED).length).toBe(field.graph.length);
  });

  it('goes everywhere from the region when nobody in it has the tag, and says so', async () => {
    const network = await world([1]);
    const to = { region: square, tags: [GOAL] };
    expect(await valueFrom(network, GO, 0, { to, via: 'hybrid', timeout: 12_000 })).toMatchObject({ reason: 'no node found in time' });
    expect(nodesWith(network, ASKED).length).toBe(field.graph.length);
  });

  it('finds a node that is no longer where it was seen', async () => {
    const network = await world([]);
    const to = { node: 'n2', at: locationOf(field.positions[NORTH_EAST]!) };
    expect(await valueFrom(network, GO, 12, { to, via: 'hybrid' })).toMatchObject({ at: 'n2' });
  });

  it('is the geographic router for a point and a region, and the one on demand for tags', async () => {
    const network = await world([NORTH_EAST]);
    expect(await valueFrom(network, GO, 0, { to: { point: locationOf(at(820, 210)) }, via: 'hybrid' })).toMatchObject({ at: 'n14' });
    expect(await valueFrom(network, GO, 0, { to: { region: square }, via: 'hybrid' })).toEqual({ at: 'n9', hops: 6 });
    expect(nodesWith(network, ASKED)).toEqual([]);
    expect(await valueFrom(network, GO, 0, { to: { tags: [GOAL] }, via: 'hybrid' })).toMatchObject({ at: 'n14' });
  });

  it('gives both reasons when both give up', async () => {
    const network = await world([]);
    const to = { node: 'nobody', at: locationOf(at(600, 100)) };
    const { reason } = (await valueFrom(network, GO, 0, { to, via: 'hybrid', timeout: 5_000 })) as { reason: string };
    expect(reason).toMatch(/^no node was found there.*; then no node found in time$/);
  });

  it('takes other routers', async () => {
    const network = await world();
    const to = { region: square };
    expect(await valueFrom(network, GO, 0, { to, via: 'reversed' })).toMatchObject({ at: 'n9' });
    expect(nodesWith(network, ASKED)).toContain(0);
  });

  it('goes on with AODV in the region, and comes back', async () => {
    const network = await world();
    const to = { region: square, tags: [GOAL] };
    expect(await valueFrom(network, GO, 0, { to, via: 'withAodv' })).toMatchObject({ at: `n${NORTH_EAST}` });
    expect(nodesWith(network, ASKED)).toEqual([]);
    const back = { node: 'n0', at: locationOf(field.positions[0]!) };
    expect(await valueFrom(network, GO, NORTH_EAST, { to: back, via: 'withAodv' })).toMatchObject({ at: 'n0', hops: 9 });
  });
});

describe('choosing', () => {
  it('changes the router at the node where the choice changes', async () => {
    const network = await world();
    const to = { region: square, tags: [GOAL] };
    expect(await valueFrom(network, GO, 0, { to, via: 'chosen' })).toEqual({ at: `n${NORTH_EAST}`, hops: 9 });
    expect(nodesWith(network, ASKED).filter((node) => node < 5)).toEqual([]);
  });

  it('ends when the chosen router gives up', async () => {
    const network = await world([1]);
    const to = { region: square, tags: [GOAL] };
    expect(await valueFrom(network, GO, 0, { to, via: 'chosen', timeout: 12_000 })).toMatchObject({ reason: 'no node found in time' });
  });
});
