/** Push routing in simulated networks of whole nodes: advertisement and interest meet, and hints that lie do no harm. */
import { describe, expect, it } from 'vitest';
import type { World } from '../../sim/world.ts';
import { grid, line } from '../../sim/topology/placements.ts';
import {
  launchFrom,
  locationOf,
  nodesWith,
  setTag,
  unitDiskField,
  valueFrom,
  valueOf,
  worldOfField,
  type Field,
} from '../support/fields.ts';

const ROUTES = 'public:route/push/';
const CAMERA = 'public:camera';

const ADVERTISE = `
import { self, sleep, tags } from 'sm';
import { advertise } from 'sm/routing/push';
export default async function ({ names, options, times = 1, stay = 0 }): Promise<unknown> {
  for (let time = 0; time < times; time++) {
    if (time > 0) await sleep(1_000);
    advertise(names, options);
  }
  await sleep(500 + stay);
  return self.budget;
}`;

const GO = `
import { migrate, self, sleep } from 'sm';
import { push } from 'sm/routing/push';
export default async function ({ to, except, timeout = 5_000, home = false }): Promise<unknown> {
  const start = self.node;
  try {
    await migrate(to, { via: push, timeout, except });
    const found = { at: self.nodeName, hops: self.hops, ageMs: self.ageMs };
    if (home) await migrate({ node: start }, { via: push, timeout });
    return { ...found, back: self.node === start };
  } catch (error) {
    return { at: self.nodeName, reason: error.reason, ageMs: self.ageMs };
  }
}`;

const row = unitDiskField(line(8, 90), 100);
const square = unitDiskField(grid(6, 6, 90), 100);

/** A network in which these nodes have a camera. */
async function world(field: Field, cameras: readonly number[]): Promise<World> {
  const made = await worldOfField(field);
  for (const node of cameras) await setTag(made, node, CAMERA, node);
  return made;
}

function advertised(network: World, node: number, options: object = {}, more: object = {}): Promise<unknown> {
  return valueFrom(network, ADVERTISE, node, { names: [CAMERA], options, ...more });
}

const explorers = (network: World): number => network.traffic.sum(['accept'], 'child').messages;

describe('advertise', () => {
  it('reaches every node within its radius, and no other', async () => {
    const network = await world(row, [2]);
    await advertised(network, 2, { radius: 3 });
    expect(nodesWith(network, ROUTES)).toEqual([0, 1, 3, 4, 5]);
  });

  it('leaves out whom its sender reaches', async () => {
    // Each node hears two to each side: a clone to every neighbour but the last would make three at each of them.
    const dense = unitDiskField(line(12, 45), 100);
    const network = await world(dense, [0]);
    await advertised(network, 0, { radius: 12, share: 0.5 });
    expect(nodesWith(network, ROUTES).length).toBe(11);
    expect(explorers(network)).toBeLessThan(2 * 11);
  });

  it('takes no more than its share of the budget', async () => {
    const network = await world(square, [14]);
    const left = (await advertised(network, 14, { share: 0.005 })) as { hops: number; bytes: number };
    expect(left.hops).toBe(4_096 - Math.floor(0.005 * 4_096));
    expect(explorers(network)).toBeGreaterThan(0);
    expect(explorers(network)).toBeLessThanOrEqual(20);
  });

  it('is forgotten after its lifetime', async () => {
    const network = await world(row, [2]);
    await advertised(network, 2, { lifetime: 3_000 });
    expect(nodesWith(network, ROUTES).length).toBe(7);
    await network.run(5_000);
    expect(await valueFrom(network, GO, 0, { to: { tags: [CAMERA] }, timeout: 100 })).toMatchObject({ at: 'n0' });
  });

  it('says what this node has, and all that it advertised before', async () => {
    const network = await world(row, [2]);
    await setTag(network, 2, 'public:microphone', 1);
    await advertised(network, 2);
    await valueFrom(network, ADVERTISE, 2, { names: ['public:microphone'] });
    const to = { tags: [CAMERA, 'public:microphone'] };
    expect(await valueFrom(network, GO, 7, { to })).toMatchObject({ at: 'n2', hops: 5 });
  });

  it.each([
    [{ names: ['public:nothing'] }, 'this node has no tag'],
    [{ names: [CAMERA], options: { radius: 0 } }, 'radius must be at least 1, not 0'],
    [{ names: [CAMERA], options: { lifetime: 1e9 } }, 'lifetime must be from 1 to 600000 milliseconds'],
    [{ names: [CAMERA], options: { share: 1 } }, 'share must be between 0 and 1, not 1'],
  ])('refuses %j', async (args, message) => {
    const network = await world(unitDiskField(line(1, 1), 1), [0]);
    await expect(valueFrom(network, ADVERTISE, 0, args)).rejects.toThrow(message);
  });
});

describe('push', () => {
  it('follows an advertisement that was there before it, and comes back the way it went', async () => {
    const network = await world(row, [6]);
    await advertised(network, 6);
    const before = explorers(network);
    const value = await valueFrom(network, GO, 1, { to: { tags: [CAMERA] }, home: true });
    expect(value).toMatchObject({ at: 'n6', hops: 5, back: true });
    expect(explorers(network)).toBe(before);
  });

  it('waits for an advertisement that comes after it', async () => {
    const network = await world(row, [6]);
    const interest = launchFrom(network, GO, 1, { to: { tags: [CAMERA] }, timeout: 20_000 });
    await network.run(3_000);
    await advertised(network, 6);
    const { at, ageMs } = (await valueOf(network, interest)) as { at: string; ageMs: number };
    expect(at).toBe('n6');
    expect(ageMs).toBeGreaterThan(2_000);
    expect(ageMs).toBeLessThan(6_000);
  });

  it('goes to the nearest, and to another when that one does not count, or does not do', async () => {
    const network = await world(row, [1, 6]);
    await advertised(network, 1);
    await advertised(network, 6);
    const go = (args: object): Promise<unknown> => valueFrom(network, GO, 3, args);
    expect(await go({ to: { tags: [CAMERA] } })).toMatchObject({ at: 'n1', hops: 2 });
    expect(await go({ to: { tags: [CAMERA] }, except: [network.nodes[1]!.id] })).toMatchObject({ at: 'n6', hops: 3 });
    expect(await go({ to: { tags: [{ name: CAMERA, above: 5 }] } })).toMatchObject({ at: 'n6', hops: 7 });
    expect(await go({ to: { node: 'n6' } })).toMatchObject({ at: 'n6', hops: 3 });
    const east = { centre: locationOf({ xM: 540, yM: 0 }), radiusMetres: 50 };
    expect(await go({ to: { tags: [CAMERA], region: east } })).toMatchObject({ at: 'n6', hops: 3 });
  });

  it('gives up in time where nothing is advertised, and at once for a point', async () => {
    const network = await world(row, []);
    const waited = await valueFrom(network, GO, 3, { to: { tags: [CAMERA] }, timeout: 2_000 });
    expect(waited).toMatchObject({ at: 'n3', reason: 'nothing that will do was advertised here in time' });
    expect((waited as { ageMs: number }).ageMs).toBeLessThan(2_100);
    const point = { point: locationOf({ xM: 0, yM: 0 }) };
    expect(await valueFrom(network, GO, 3, { to: point })).toMatchObject({ reason: 'push finds nodes, not points' });
  });

  it('takes a newer advertisement after an older one led nowhere', async () => {
    const network = await world(row, [6]);
    await advertised(network, 6);
    const [cut, next] = [network.nodes[4]!, network.nodes[5]!];
    // The way ends at node 4, whose route has been lost.
    await setTag(network, 4, ROUTES + network.nodes[6]!.id, null);
    const interest = launchFrom(network, GO, 1, { to: { tags: [CAMERA] }, timeout: 20_000 });
    await network.run(1_000);
    expect(cut.node.residents(null).length).toBe(1);
    expect(next.node.residents(null).length).toBe(0);
    await advertised(network, 6);
    expect(await valueOf(network, interest)).toMatchObject({ at: 'n6', hops: 5 });
  });

  it('believes no hint further than it can see', async () => {
    const network = await world(row, []);
    const ids = network.nodes.map(({ id }) => id);
    const lie = { name: '', sequence: 1, names: [CAMERA], at: null, hops: 1 };
    // Two nodes that point at each other, one that points at nobody, and nonsense.
    await setTag(network, 3, ROUTES + ids[7]!, { ...lie, next: ids[4] });
    await setTag(network, 4, ROUTES + ids[7]!, { ...lie, next: ids[3] });
    await setTag(network, 3, ROUTES + ids[6]!, { ...lie, next: 'nobody' });
    for (const [index, nonsense] of [null, 7, 'x', [1], { next: 5 }, { ...lie, names: 'all', at: 3 }].entries())
      await setTag(network, 3, `${ROUTES}${index}`, nonsense);
    const value = await valueFrom(network, GO, 3, { to: { tags: [CAMERA] }, timeout: 3_000 });
    expect(value).toMatchObject({ reason: 'nothing that will do was advertised here in time' });
  });
});
