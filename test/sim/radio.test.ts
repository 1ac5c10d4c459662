/** Whole nodes over simulated radios: what the models of sim/radio, sim/mobility and sim/power do to a network. */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../core/ports.ts';
import type { Position } from '../../sim/geometry.ts';
import { L2CAP_TLS_OVERHEADS } from '../../sim/link/frames.ts';
import { readCsvTrace } from '../../sim/mobility/csv-trace.ts';
import { LocalProjection } from '../../sim/mobility/projection.ts';
import { still, type Trajectory } from '../../sim/mobility/trajectory.ts';
import { totalJ } from '../../sim/power/account.ts';
import { EnergyMeter, metered } from '../../sim/power/meter.ts';
import { drawOf } from '../../sim/power/presets.ts';
import { BleMedium } from '../../sim/radio/ble-medium.ts';
import { bluetoothLe } from '../../sim/radio/ble.ts';
import { propagationOf } from '../../sim/radio/presets.ts';
import { unitDisk, type Propagation } from '../../sim/radio/propagation.ts';
import { WifiMedium } from '../../sim/radio/wifi-medium.ts';
import { wifi80211b, wifi80211n } from '../../sim/radio/wifi.ts';
import { RandomStream } from '../../sim/random.ts';
import { connected, line, uniform } from '../../sim/topology/placements.ts';
import type { World, WorldOptions } from '../../sim/world.ts';
import { linked, lineOf, programOf, WANDERER, worldOf } from './support.ts';

const RANGE_M = 250;

interface RadioWorld {
  readonly world: World;
  readonly medium: WifiMedium;
  readonly meter: EnergyMeter;
}

/** A world with 802.11b radios and, for each node, a battery or none. */
async function wifiWorld(
  seed: string,
  trajectories: readonly Trajectory[],
  options: Partial<WorldOptions> & { readonly batteriesJ?: readonly (number | null)[]; readonly propagation?: Propagation } = {},
): Promise<RadioWorld> {
  const parts: { medium?: WifiMedium; meter?: EnergyMeter; world?: World } = {};
  const makeMedium = ({ clock, random }: { clock: Clock; random: RandomStream }) => {
    parts.meter = new EnergyMeter({
      clock,
      nodes: trajectories.map((_, node) => ({
        draw: drawOf('wavelan-11', 'ipaq-processor'),
        batteryJ: options.batteriesJ?.[node] ?? null,
      })),
      emptied: (node) => parts.world!.nodes[node]!.crash(),
    });
    parts.medium = new WifiMedium({
      clock,
      random,
      trajectories,
      propagation: options.propagation ?? unitDisk({ rangeM: RANGE_M, senseRangeM: 2 * RANGE_M }),
      timing: wifi80211b(),
      observer: parts.meter,
    });
    return parts.medium;
  };
  const hearers = (node: number) => parts.medium!.neighbourhood.decodersOf(node, 0);
  parts.world = await worldOf(seed, trajectories.length, hearers, {
    medium: makeMedium,
    observers: [metered(() => parts.meter!)],
    ...options,
  });
  return parts as Required<typeof parts>;
}

function joined({ world, medium }: RadioWorld): Promise<World> {
  return linked(world, (node) => medium.neighbourhood.decodersOf(node, 0));
}

describe('a network over 802.11b', () => {
  it('links those in range, carries programs, and pays for it', async () => {
    const area = { widthM: 800, heightM: 800 };
    const random = RandomStream.of('wifi', 'topology');
    const { positions } = connected(() => uniform(16, area, random), RANGE_M);
    const radio = await wifiWorld('wifi', positions.map(still));
    const world = await joined(radio);
    const program = programOf(world, WANDERER);
    const launches = [0, 3, 6, 9].map((origin) => world.launch(program, origin, { args: { hops: 10 }, transient: true }));
    expect(await world.until(() => launches.every(({ isOver }) => isOver), 60_000)).toBe(true);
    for (const launched of launches) expect(launched.hasReturned).toBe(true);
    // Forty hops of three messages, every frame acknowledged.
    expect(radio.medium.counters.frames).toBeGreaterThan(240);
    const energies = world.nodes.map(({ index }) => radio.meter.spent(index));
    for (const energy of energies) {
      expect(energy.transmitJ).toBeGreaterThan(0);
      expect(energy.receiveJ).toBeGreaterThan(energy.transmitJ);
      expect(energy.idleJ).toBeGreaterThan(energy.receiveJ);
    }
    expect(energies.some(({ computeJ }) => computeJ > 0)).toBe(true);
    expect(totalJ(energies[0]!)).toBeGreaterThan((world.nowMs / 1000) * 0.78);
  });

  it('links those who hear each other, and nobody who is only heard', async () => {
    const positions = uniform(24, { widthM: 700, heightM: 700 }, RandomStream.of('shadows', 'topology'));
    const random = RandomStream.of('shadows', 'shadowing');
    const propagation = propagationOf('802.11b', 'store', random, { asymmetrySigmaDb: 4 });
    const { world, medium } = await wifiWorld('shadows', positions.map(still), { propagation });
    const hears = (node: number, other: number): boolean => medium.neighbourhood.decodersOf(other, 0).includes(node);
    const pairs = positions.flatMap((_, node) => positions.slice(0, node).map((_place, other) => [node, other] as const));
    const mutual = pairs.filter(([one, other]) => hears(one, other) && hears(other, one));
    const oneWay = pairs.filter(([one, other]) => hears(one, other) !== hears(other, one));
    expect(mutual.length).toBeGreaterThan(20);
    expect(oneWay.length).toBeGreaterThan(10);
    await world.start();
    await world.run(30_000);
    const isLinked = ([one, other]: readonly [number, number]): boolean =>
      [
        [one, other],
        [other, one],
      ].every(([node, peer]) => world.nodes[node!]!.links.list().some(({ peerIndex }) => peerIndex === peer));
    expect(mutual.filter((pair) => !isLinked(pair))).toEqual([]);
    expect(pairs.filter(isLinked)).toHaveLength(mutual.length);
  });

  it('does the same to the byte for the same seed', async () => {
    const story = async (seed: string): Promise<string> => {
      const world = await joined(await wifiWorld(seed, line(4, 200).map(still)));
      world.launch(programOf(world, WANDERER), 0, { args: { hops: 12 } });
      await world.run(5_000);
      return world.log.digest();
    };
    const first = await story('one');
    expect(await story('one')).toBe(first);
    expect(await story('two')).not.toBe(first);
  });

  it('loses a neighbour that walks away, and finds it again', async () => {
    const walk = 'timeMs,node,xM,yM\n0,0,0,0\n0,1,100,0\n60000,1,100,0\n61000,1,600,0\n160000,1,600,0\n161000,1,100,0\n';
    const { world } = await wifiWorld('walk', readCsvTrace(walk, 'walk.csv'));
    await world.start();
    const links = () => world.nodes.map((node) => node.links.list().length);
    await world.run(50_000);
    expect(links()).toEqual([1, 1]);
    await world.run(100_000);
    expect(links()).toEqual([0, 0]);
    await world.run(60_000);
    expect(links()).toEqual([1, 1]);
  });

  it('does without a node whose battery is empty', async () => {
    const draw = drawOf('wavelan-11', 'ipaq-processor');
    const lifeS = 40;
    const batteryJ = (lifeS * (draw.idleMw + draw.boardMw)) / 1000;
    const radio = await wifiWorld('battery', line(3, 200).map(still), { batteriesJ: [null, batteryJ, null] });
    const world = await joined(radio);
    expect(await world.until(() => radio.meter.isEmpty(1), lifeS * 1000)).toBe(true);
    expect(world.nodes[1]!.isUp).toBe(false);
    // Sending and computing cost something, so it is over a little sooner.
    expect(world.nowMs).toBeGreaterThan(0.9 * lifeS * 1000);
    await world.run(60_000);
    expect(world.nodes[0]!.links.list()).toEqual([]);
    expect(totalJ(radio.meter.spent(1))).toBeCloseTo(batteryJ, 1);
  });
});

describe('a network over Bluetooth LE', () => {
  it('carries programs, at the pace of its connection events', async () => {
    const positions: readonly Position[] = line(3, 8);
    const world = await worldOf('ble', 3, lineOf(3), {
      overheads: L2CAP_TLS_OVERHEADS,
      medium: ({ clock, random }) =>
        new BleMedium({ clock, random, trajectories: positions.map(still), propagation: unitDisk({ rangeM: 10 }), timing: bluetoothLe() }),
    });
    await linked(world, lineOf(3));
    const launched = world.launch(programOf(world, WANDERER), 0, { args: { hops: 8 }, transient: true });
    const startMs = world.nowMs;
    expect(await world.until(() => launched.isOver, 60_000)).toBe(true);
    expect(launched.hasReturned).toBe(true);
    // An offer and its answer each wait for an event, every 30 ms: about 15 ms on the average.
    expect(world.nowMs - startMs).toBeGreaterThan(8 * 15);
  });
});

describe('positions', () => {
  it('of the plane are what programs see in degrees', async () => {
    const projection = new LocalProjection({ latitude: 40.5, longitude: -74.4 });
    const positions = line(2, 200);
    const radio = await wifiWorld('place', positions.map(still), { location: (node) => projection.toWgs84(positions[node]!) });
    const world = await joined(radio);
    const text = `import { location, neighbours } from 'sm';
      export default async function where() { return { mine: location(), theirs: neighbours()[0].location }; }`;
    const launched = world.launch(programOf(world, text), 0, {});
    expect(await world.until(() => launched.isOver, 10_000)).toBe(true);
    const { mine, theirs } = launched.result()!.value as { mine: { latitude: number }; theirs: { longitude: number; latitude: number } };
    expect(mine.latitude).toBeCloseTo(40.5, 9);
    expect(projection.toPlane(theirs).xM).toBeCloseTo(200, 3);
  });
});

describe('a faster radio', () => {
  it('brings a program over the same way in less time', async () => {
    const hopsMs = async (timing: ReturnType<typeof wifi80211b>) => {
      const trajectories = line(2, 100).map(still);
      const world = await worldOf('fast', 2, lineOf(2), {
        medium: ({ clock, random }) => new WifiMedium({ clock, random, trajectories, propagation: unitDisk({ rangeM: RANGE_M }), timing }),
      });
      await linked(world, lineOf(2));
      const startMs = world.nowMs;
      const launched = world.launch(programOf(world, WANDERER), 0, { args: { hops: 20 }, transient: true });
      await world.until(() => launched.isOver, 60_000);
      expect(launched.hasReturned).toBe(true);
      return world.nowMs - startMs;
    };
    expect(await hopsMs(wifi80211n())).toBeLessThan((await hopsMs(wifi80211b({ mbps: 2 }))) / 3);
  });
});
