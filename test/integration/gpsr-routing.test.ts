/** GPSR over whole nodes: what the pure decision promises, programs get. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position as Location } from '../../core/messages.ts';
import type { Position } from '../../sim/geometry.ts';
import { RandomStream } from '../../sim/random.ts';
import { hopsFrom } from '../../sim/topology/graph.ts';
import { withVoids } from '../../sim/topology/placements.ts';
import { unitDiskField, walk, type Field } from '../support/gpsr-walk.ts';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

const RANGE_M = 100;

let world: NodeWorld;
beforeEach(async () => {
  world = await NodeWorld.create();
});
afterEach(() => world.close());

/** Goes to each destination in turn; tells where it arrived, after how many hops, or why not. */
const GO = `
import { migrate, self } from 'sm';
import { gpsr, gpsrWith } from 'sm/routing/gpsr';
export default async function ({ stages, rng = false, timeout = 60_000 }): Promise<unknown> {
  const found: unknown[] = [];
  for (const { to, except } of stages) {
    const before = self.hops;
    try {
      await migrate(to, { via: rng ? gpsrWith({ planarisation: 'rng' }) : gpsr, timeout, except });
      found.push({ at: self.nodeName, hops: self.hops - before });
    } catch (error) {
      found.push({ at: self.nodeName, reason: error.reason });
    }
  }
  return found;
}`;

/** Metres east and north of a place near the equator, where a degree is as long in both directions to within 1 %. */
function locationOf({ xM, yM }: Position): Location {
  return { latitude: 1 + yM / 110_576, longitude: 20 + xM / 111_303 };
}

/** Nodes `n0`, `n1` ... that are linked where the field has an edge. */
async function start(field: Field, unknown: readonly number[] = []): Promise<readonly TestNode[]> {
  const names = field.positions.map((_, node) => `n${node}`);
  const links = field.graph.flatMap((others, node) =>
    others.filter((other) => other > node).map((other) => [`n${node}`, `n${other}`] as const),
  );
  const known = names.filter((_, node) => !unknown.includes(node));
  const locations = Object.fromEntries(known.map((name) => [name, locationOf(field.positions[Number(name.slice(1))]!)]));
  return world.start(names, links, { locations });
}

async function go(nodes: readonly TestNode[], from: number, stages: readonly object[], more: object = {}): Promise<unknown> {
  const { family } = await world.deploy(GO, nodes[from]!, { args: { stages, ...more } });
  return (await world.resultOf(family, nodes[from]!)).value;
}

/** A U that is open to the west. Node 0 is in its bottom; the last one is beyond. Greedy forwarding ends at once. */
function horseshoe(): Field {
  const at = (xM: number, yM: number): Position => ({ xM, yM });
  const arms = [1, 2, 3].flatMap((step) => [at(-step * 80, 160), at(-step * 80, -160)]);
  const round = [at(80, 160), at(160, 160), at(240, 120), at(300, 50), at(330, 0)];
  return unitDiskField([at(0, 0), at(0, 80), at(0, -80), at(0, 160), at(0, -160), ...arms, ...round], RANGE_M);
}

describe('gpsr', () => {
  it.each([false, true])('goes round a void to a node, and home (RNG: %s)', async (rng) => {
    const field = horseshoe();
    const nodes = await start(field);
    const to = nodes.length - 1;
    const stages = [
      { to: { node: `n${to}`, at: locationOf(field.positions[to]!) } },
      { to: { node: nodes[0]!.id, at: locationOf(field.positions[0]!) } },
    ];
    const planarisation = rng ? 'rng' : 'gabriel';
    const [there, back] = [
      walk(field, { from: 0, target: field.positions[to]!, isThere: (node) => node === to, planarisation }),
      walk(field, { from: to, target: field.positions[0]!, isThere: (node) => node === 0, planarisation }),
    ];
    expect(there.perimeterHops).toBeGreaterThan(0);
    // A node in sight is gone to at once, so a journey may be one hop shorter than the decision alone would make it.
    expect(await go(nodes, 0, stages, { rng })).toEqual([
      { at: `n${to}`, hops: there.path.length - 1 },
      { at: 'n0', hops: back.path.length - 1 },
    ]);
  });
});
