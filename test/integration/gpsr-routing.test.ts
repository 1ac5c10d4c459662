/** GPSR over whole nodes: what the pure decision promises, programs get. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position as Location } from '../../core/messages.ts';
import type { Position } from '../../sim/geometry.ts';
import { RandomStream } from '../../sim/random.ts';
import { hopsFrom } from '../../sim/topology/graph.ts';
import { line, withVoids } from '../../sim/topology/placements.ts';
import { locationOf, unitDiskField, type Field } from '../support/fields.ts';
import { walk } from '../support/gpsr-walk.ts';
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
      walk(field, { from: 0, target: field.positions[to]!, to, planarisation }),
      walk(field, { from: to, target: field.positions[0]!, to: 0, planarisation }),
    ];
    expect(there.perimeterHops).toBeGreaterThan(0);
    // A node in sight is gone to at once, so a journey may be one hop shorter than the decision alone would make it.
    expect(await go(nodes, 0, stages, { rng })).toEqual([
      { at: `n${to}`, hops: there.path.length - 1 },
      { at: 'n0', hops: back.path.length - 1 },
    ]);
  });

  it('takes the way that the decision alone takes, on random fields with a void', async () => {
    let perimeterHops = 0;
    for (const seed of ['one', 'two', 'three']) {
      const random = RandomStream.of(seed, 'field');
      const area = { widthM: 420, heightM: 420 };
      const hole = { centre: { xM: 210, yM: 210 }, radiusM: 110 };
      const field = unitDiskField(withVoids(16, area, [hole], random), RANGE_M);
      const nodes = await start(field);
      const reachable = hopsFrom(field.graph, 0);
      const stages: object[] = [];
      const expected: object[] = [];
      let from = 0;
      for (let stage = 0; stage < 6; stage++) {
        const to = 1 + random.below(15);
        if (to === from) continue;
        const found = walk(field, { from, target: field.positions[to]!, to });
        expect(found.end === 'arrived').toBe(reachable[to]! < Infinity);
        perimeterHops += found.perimeterHops;
        stages.push({ to: { node: `n${to}`, at: locationOf(field.positions[to]!) } });
        from = found.path.at(-1)!;
        const reason = 'no node was found there: this is the nearest that can be reached';
        expected.push(found.end === 'arrived' ? { at: `n${to}`, hops: found.path.length - 1 } : { at: `n${from}`, reason });
      }
      expect(await go(nodes, 0, stages)).toEqual(expected);
      await world.close();
      world = await NodeWorld.create();
    }
    expect(perimeterHops).toBeGreaterThan(10);
  });

  it('ends in a region, at the node nearest to a point, and says why not', async () => {
    const field = horseshoe();
    const nodes = await start(field);
    const last = nodes.length - 1;
    const around = (xM: number, yM: number, radiusMetres: number) => ({ region: { centre: locationOf({ xM, yM }), radiusMetres } });
    const corner = (xM: number, yM: number): Location => locationOf({ xM, yM });
    const stages = [
      { to: around(320, 20, 60) },
      // Its middles are all in the void; nodes are only in its northern tip.
      { to: { region: { polygon: [corner(-200, 0), corner(-40, 0), corner(-170, 175)] } } },
      { to: { point: corner(1000, -30) } },
      { to: { point: corner(1000, -30) }, except: [nodes[last]!.id] },
      { to: around(-80, 0, 50) },
      { to: { node: `n${last}` } },
      { to: { tags: ['public:nowhere'] } },
    ];
    const [inCircle, inPolygon, nearest, excepted, empty, placeless, tagged] = (await go(nodes, 0, stages)) as {
      at: string;
      reason?: string;
    }[];
    expect(['n14', 'n15']).toContain(inCircle!.at);
    expect(['n5', 'n7']).toContain(inPolygon!.at);
    expect(nearest!).toMatchObject({ at: `n${last}` });
    expect(excepted).toEqual({ at: `n${last}`, reason: 'the nearest node does not count' });
    expect(empty!.reason).toContain('no node was found there');
    expect(placeless!.reason).toContain('{node} with at');
    expect(tagged!.reason).toContain('gpsr needs a destination with a place');
  });

  it('starts where the place is not known, and goes round nodes that do not tell theirs', async () => {
    const at = (xM: number, yM: number): Position => ({ xM, yM });
    // The short way is by node 1; node 0 and node 1 do not know where they are.
    const field = unitDiskField([at(0, 0), at(80, 0), at(40, 75), at(120, 80), at(160, 0)], RANGE_M);
    const nodes = await start(field, [0, 1]);
    const stages = [{ to: { node: 'n4', at: locationOf(field.positions[4]!) } }, { to: { point: locationOf(field.positions[1]!) } }];
    const [there, nearest] = (await go(nodes, 0, stages)) as { at: string; hops: number }[];
    expect(there).toEqual({ at: 'n4', hops: 3 });
    expect(nearest!.at).toBe('n4');
  });

  it('turns round when the way breaks in the middle of a face', async () => {
    const at = (xM: number, yM: number): Position => ({ xM, yM });
    // A ring with a spur into its middle, at whose tip (node 14) greedy forwarding to node 0 ends: both ways round lead there.
    const ring = Array.from({ length: 12 }, (_, index) => at(170 * Math.cos((index * Math.PI) / 6), 170 * Math.sin((index * Math.PI) / 6)));
    const field = unitDiskField([...ring, at(-90, 0), at(-20, 0), at(60, 0)], RANGE_M);
    const nodes = await start(field);
    const planned = walk(field, { from: 14, target: ring[0]!, to: 0 }).path;
    expect(planned.slice(0, 4)).toEqual([14, 13, 12, 6]);
    const stages = [{ to: { node: 'n0', at: locationOf(ring[0]!) } }];
    const { family } = await world.deploy(GO, nodes[14]!, { args: { stages, timeout: 100_000 } });
    // Two hops ahead of it, so that nothing is in doubt.
    await world.until(() => nodes[planned[4]!]!.headers().length > 0, 'the program on its way round');
    await nodes[planned[6]!]!.crash();
    const result = await world.resultOf(family, nodes[14]!);
    expect(result.value).toEqual([{ at: 'n0', hops: expect.any(Number) as number }]);
    const { hops } = (result.value as { hops: number }[])[0]!;
    expect(hops).toBeGreaterThan(planned.length - 1);
  });

  it('gives up where its budget ends', async () => {
    const row = unitDiskField(line(5, 90), RANGE_M);
    const nodes = await start(row);
    const stages = [{ to: { node: 'n4', at: locationOf(row.positions[4]!) } }];
    const { family } = await world.deploy(GO, nodes[0]!, { args: { stages }, budget: { hops: 2 } });
    const { value } = await world.resultOf(family, nodes[0]!);
    expect(value).toEqual([{ at: 'n2', reason: expect.stringContaining('budget') as string }]);
  });

  it('does not call a node the nearest when a nearer one did not take the program', async () => {
    const row = unitDiskField(line(3, 90), RANGE_M);
    const locations = Object.fromEntries(row.positions.map((position, node) => [`n${node}`, locationOf(position)]));
    const nodes = await world.start(['n0', 'n1'], [['n0', 'n1']], { locations });
    const [full] = await world.start(['n2'], [['n2', 'n1']], { locations, limits: { residents: 0 } });
    const [found] = (await go(nodes, 0, [{ to: { point: locationOf(row.positions[2]!) } }])) as { at: string; reason: string }[];
    expect(found!.reason).toBe(`no way closer, after ${full!.id} did not take the program`);
  });
});
