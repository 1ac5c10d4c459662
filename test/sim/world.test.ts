import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER, FaultyMedium } from '../../sim/faults/faulty-medium.ts';
import { IdealMedium } from '../../sim/link/ideal-medium.ts';
import type { WorldOptions } from '../../sim/world.ts';
import { linked, lineOf, programOf, ringOf, WANDERER, worldOf } from './support.ts';

describe('a simulated network', () => {
  it('finds itself by beacons and carries a program through every node', async () => {
    const world = await linked(await worldOf('line', 5, lineOf(5)), lineOf(5));
    const launched = world.launch(programOf(world, WANDERER), 0, { args: { hops: 4 } });
    expect(await world.until(() => launched.isOver, 10_000)).toBe(true);
    await world.run(1_000);
    expect(world.traffic.sum(['offer', 'accept'], 'root').messages).toBe(8);
    expect(world.nodes[4]!.node.residents(null)).toEqual([]);
    expect(launched.result()).toMatchObject({ outcome: 'returned', value: 4, hops: 4, endedAt: { name: 'n4' } });
  });

  it('tells the same story to the byte for the same seed, and another one for another', async () => {
    const story = async (seed: string): Promise<string> => {
      const world = await linked(await worldOf(seed, 6, ringOf(6)), ringOf(6));
      const program = programOf(world, WANDERER);
      for (const origin of [0, 2, 4]) world.launch(program, origin, { args: { hops: 20 }, transient: origin === 2 });
      await world.run(5_000);
      return world.log.digest();
    };
    const first = await story('one');
    expect(await story('one')).toBe(first);
    expect(await story('two')).not.toBe(first);
  });

  it('loses nothing but transients and time when a node loses its power', async () => {
    const hearers = lineOf(3);
    const world = await linked(await worldOf('power', 3, hearers), hearers);
    const program = programOf(
      world,
      `import { sysMigrate, neighbours, sleep } from 'sm';
       export default async function there() { await sysMigrate(neighbours()[0].id); await sleep(20_000); return 'slept'; }`,
    );
    const durable = world.launch(program, 0, {});
    const transient = world.launch(program, 0, { transient: true });
    await world.run(2_000);
    expect(world.nodes[1]!.node.residents(null)).toHaveLength(2);
    world.nodes[1]!.crash();
    await world.run(5_000);
    void world.nodes[1]!.start();
    expect(await world.until(() => durable.isOver, 60_000)).toBe(true);
    expect(durable.result()).toMatchObject({ outcome: 'returned', value: 'slept' });
    expect(transient.hasReturned).toBe(false);
  });

  it('takes a node that lost its memory for a new one', async () => {
    const hearers = lineOf(2);
    const world = await linked(await worldOf('memory', 2, hearers, { diskFlushMs: 0 }), hearers);
    const before = world.nodes[0]!.links.list()[0]!.peer;
    world.nodes[1]!.crash(null);
    await world.run(1_000);
    void world.nodes[1]!.start();
    await world.until(() => world.nodes[0]!.links.list().some(({ peer }) => peer.boot !== before.boot), 60_000);
    const after = world.nodes[0]!.links.list()[0]!.peer;
    expect(after.nodeId).toBe(before.nodeId);
    expect(after.incarnation).not.toBe(before.incarnation);
  });

  it('notices by missing beacons that a neighbour has gone', async () => {
    const hearers = lineOf(2);
    const world = await linked(await worldOf('gone', 2, hearers, { times: { beaconIntervalMs: 1_000, beaconMissed: 2 } }), hearers);
    world.nodes[1]!.crash();
    await world.run(1_500);
    expect(world.nodes[0]!.links.list()).toHaveLength(1);
    await world.run(3_000);
    expect(world.nodes[0]!.links.list()).toHaveLength(0);
  });

  it('links anew when one end has lost the link and the other has not noticed', async () => {
    const hearers = lineOf(2);
    const world = await linked(await worldOf('half-open', 2, hearers, { times: { beaconIntervalMs: 1_000 } }), hearers);
    for (const { links } of world.nodes) {
      links.list()[0]!.end('lost without a word');
      expect(
        await world.until(() => world.nodes.every((node) => node.links.list().length === 1 && node.links.list()[0]!.open), 10_000),
      ).toBe(true);
      await world.run(2_000);
      const [one, other] = world.nodes.map((node) => node.links.list()[0]!.session);
      expect(one).toBe(other);
    }
  });

  it('notices that the last thing it sent never came, though the medium said so and nothing followed', async () => {
    const hearers = lineOf(2);
    const skies: FaultyMedium[] = [];
    const medium: WorldOptions['medium'] = ({ clock, random }) => {
      const wires = new IdealMedium({ clock, hearers, delayMs: 1, kilobitsPerSecond: Infinity });
      skies.push(new FaultyMedium(wires, clock, random));
      return skies[0]!;
    };
    const world = await linked(await worldOf('silence', 2, hearers, { medium, times: { beaconIntervalMs: 1_000 } }), hearers);
    const [channel] = world.nodes[0]!.links.list();
    skies[0]!.weather = { ...FAIR_WEATHER, silentLoss: 1 };
    channel!.send({ type: 'settled', smId: '00'.repeat(16), epoch: 1 });
    await world.run(100);
    skies[0]!.weather = FAIR_WEATHER;
    expect(await world.until(() => !channel!.open, 10_000)).toBe(true);
    expect(await world.until(() => world.nodes.every(({ links }) => links.list().length === 1), 10_000)).toBe(true);
  });
});
