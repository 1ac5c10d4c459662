/** What a scenario says of places, movement, radios and batteries, and what becomes of it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { compileText, SIM_RESOURCES } from '../../../../sim/program.ts';
import { play } from '../../../../sim/scenario/run.ts';
import { parseScenario, type Scenario } from '../../../../sim/scenario/schema.ts';
import { trajectoriesOf } from '../../../../sim/scenario/stage.ts';
import { isConnected, unitDiskGraph } from '../../../../sim/topology/graph.ts';
import { guestSource } from '../../../differential/machines.ts';
import { WANDERER } from '../../../sim/support.ts';

const ROOT = join(import.meta.dirname, '../../../..');

function scenario(changes: Readonly<Record<string, unknown>>): Scenario {
  const plain = {
    nodes: 12,
    forMs: '30s',
    placement: { kind: 'grid', columns: 4, spacingM: 100 },
    radio: { kind: 'wifi', standard: '802.11b', rangeM: 120 },
    programs: [{ file: 'wander.ts', startMs: 10_000, count: 5, perSecond: 1, args: '{"hops": 5}', transient: true }],
  };
  // JSON is YAML.
  return parseScenario(JSON.stringify({ ...plain, ...changes }), 'field.yaml');
}

function noFile(path: string): never {
  throw new Error(`nothing asks for ${path} here`);
}

function positions(changes: Readonly<Record<string, unknown>>, timeMs = 0) {
  return trajectoriesOf(scenario(changes), '1', noFile).map((trajectory) => trajectory.positionAt(timeMs));
}

describe('a scenario', () => {
  it('keeps nodes out of voids, and connects them around', () => {
    const voids = [{ xM: 300, yM: 300, radiusM: 150 }];
    for (const kind of ['uniform', 'connected']) {
      const places = positions({
        nodes: 40,
        placement: { kind, widthM: 600, heightM: 600, voids, ...(kind === 'connected' && { rangeM: 160 }) },
      });
      expect(Math.min(...places.map((place) => distanceM(place, { xM: 300, yM: 300 })))).toBeGreaterThanOrEqual(150);
      if (kind === 'connected') expect(isConnected(unitDiskGraph(places, 160))).toBe(true);
    }
  });

  it('moves groups as groups', () => {
    const mobility = {
      kind: 'group',
      widthM: 5000,
      heightM: 5000,
      groups: 3,
      spreadM: 40,
      strayM: 10,
      speedMinMps: 1,
      speedMaxMps: 5,
    };
    for (const timeMs of [0, 600_000]) {
      const places = positions({ nodes: 11, mobility }, timeMs);
      expect(places).toHaveLength(11);
      for (const [node, place] of places.entries()) expect(distanceM(place, places[node % 3]!)).toBeLessThanOrEqual(100);
    }
    const [before, after] = [0, 600_000].map((timeMs) => positions({ nodes: 3, mobility }, timeMs));
    expect(distanceM(before![0]!, after![0]!)).toBeGreaterThan(100);
    expect(distanceM(before![0]!, before![1]!)).toBeGreaterThan(100);
  });

  it.each([
    [{ radio: { kind: 'wifi' } }, 'radio has both or neither of rangeM and shadowing'],
    [{ radio: { kind: 'ble', rangeM: 5, shadowing: { surroundings: 'office' } } }, 'radio has both or neither of rangeM and shadowing'],
    [
      { radio: { kind: 'wifi', shadowing: { surroundings: 'moon' } } },
      'radio.shadowing.surroundings is "moon"; expected one of free-space, store',
    ],
    [{ radio: { kind: 'ble', rangeM: 5, connectionIntervalMs: 5 } }, 'radio.connectionIntervalMs is 5; expected a number from 7.5'],
    [{ nodes: 0 }, 'nodes is 0; expected a whole number from 1'],
    [{ nodes: 2.5 }, 'nodes is 2.5; expected a whole number from 1'],
    [{ nodes: -3 }, 'nodes is -3; expected a whole number from 1'],
    [{ nodes: 1e9 }, 'nodes is 1000000000; expected a whole number from 1'],
    [{ forMs: 0 }, 'forMs is 0; expected a duration from 1ms'],
    [{ radio: { kind: 'wires', rangeM: -5 } }, 'radio.rangeM is -5; expected a number from 0.001'],
    [{ radio: { kind: 'smoke' } }, 'radio.kind is "smoke"; expected one of wires, wifi, ble'],
    [{ radio: { kind: 'wifi', rangeM: 5, lossRate: 1.5 } }, 'radio.lossRate is 1.5; expected a number from 0 to 1'],
    [{ placement: { kind: 'grid', columns: 0, spacingM: 5 } }, 'placement.columns is 0; expected a whole number from 1'],
    [{ placement: { kind: 'file' } }, 'placement.path is missing'],
    [{ mobility: { kind: 'brownian' } }, 'mobility.kind is "brownian"; expected one of still, waypoint, group, trace'],
    [{ mobility: { kind: 'trace', format: 'gpx', path: 'a' } }, 'mobility.format is "gpx"; expected one of ns2, csv'],
    [
      { mobility: { kind: 'waypoint', widthM: 5, heightM: 5, speedMinMps: 0, speedMaxMps: 1 } },
      'mobility.speedMinMps is 0; expected a number from 0.001',
    ],
    [{ beacons: { intervalMs: 1 } }, 'beacons.intervalMs is 1; expected a duration from 10ms'],
    [{ faults: { forMs: 1000, loss: -0.1 } }, 'faults.loss is -0.1; expected a number from 0 to 1'],
    [
      { programs: [{ file: 'a.ts', journeys: { via: 'bus', most: 1 } }] },
      'programs[0].journeys.via is "bus"; expected one of direct, pull',
    ],
    [{ weather: 'fair' }, 'weather is not a known key'],
    [{ radio: { kind: 'wifi', rangeM: 0 } }, 'radio.rangeM is 0; expected a number from 0.001'],
    [{ placement: { kind: 'uniform', widthM: 5, heightM: 5, voids: [{ xM: 1, yM: 1 }] } }, 'placement.voids[0].radiusM is missing'],
    [{ power: { radio: 'wavelan-11', batteryJ: -1 } }, 'power.batteryJ is -1; expected a number from 0.001'],
    [{ power: { radio: 'coil' } }, 'power.radio is "coil"; expected one of wavelan-11'],
  ])('refuses %j', (changes, message) => expect(() => scenario(changes)).toThrow(message));

  it.each(['.nan', '.inf', '-.inf', 'far'])('takes no %s for a number', (value) => {
    const text = `nodes: 2\nforMs: 1s\nplacement: { kind: line, spacingM: 5 }\nradio: { kind: wires, rangeM: ${value} }\nprograms: []\n`;
    expect(() => parseScenario(text, 'field.yaml')).toThrow(/^field\.yaml:4:\d+: radio\.rangeM is .*; expected a number from 0\.001/);
  });

  it('says when speeds contradict each other, and when a file has another number of nodes', () => {
    const walk = { kind: 'waypoint', widthM: 5, heightM: 5, speedMinMps: 2, speedMaxMps: 1 };
    expect(() => trajectoriesOf(scenario({ mobility: walk }), '1', noFile)).toThrow('speedMaxMps is 1; expected');
    const placement = { kind: 'file', path: 'field.csv' };
    expect(() => trajectoriesOf(scenario({ placement }), '1', () => 'node,xM,yM\n0,1,1\n')).toThrow(
      'field.csv has 1 nodes; the field nodes of the scenario says 12',
    );
    const mobility = { kind: 'trace', format: 'csv', path: 'walk.csv' };
    expect(() => trajectoriesOf(scenario({ mobility }), '1', () => 'timeMs,node,xM,yM\n0,0,a,1\n')).toThrow('walk.csv:2: xM is "a"');
  });
});

function run(changes: Readonly<Record<string, unknown>>) {
  return play({
    scenario: scenario(changes),
    seed: '1',
    guestSource: guestSource(),
    read: noFile,
    compile: async () => {
      const compiled = compileText(WANDERER, ROOT);
      return { name: 'wander', compiled, resources: SIM_RESOURCES };
    },
  });
}

describe('a run', () => {
  it('counts energy, and loses for good what has no battery left', async () => {
    // 739 mW of listening and 50 mW of the processor: 15 J last for 19 s.
    const power = { radio: 'wavelan-11', board: 'ipaq-processor', batteryJ: 15 };
    const outcome = await run({ power, faults: { forMs: '25s' } });
    expect(outcome.energy).toMatchObject({ emptied: 12 });
    expect(outcome.energy!.idleJ).toBeGreaterThan(outcome.energy!.transmitJ);
    expect(outcome.energy!.transmitJ).toBeGreaterThan(0);
    expect(outcome.crashes).toBe(12);
    const { emptied, ...parts } = outcome.energy!;
    // Empty within a second of when they should be.
    expect(Object.values(parts).reduce((sum, joules) => sum + joules, 0) / emptied).toBeCloseTo(15, 0);
  });

  it('over shadowed links differs with the surroundings, and pays nothing when nobody looks', async () => {
    const hops = async (surroundings: string) => {
      const outcome = await run({ radio: { kind: 'wifi', standard: '802.11b', shadowing: { surroundings, asymmetrySigmaDb: 1 } } });
      expect(outcome.energy).toBeNull();
      expect(outcome.violations).toEqual([]);
      return outcome.hops;
    };
    expect(await hops('store')).toBeGreaterThan(0);
    // At 100 m an obstructed factory lets nothing through: 15 - 40 - 66 dBm.
    expect(await hops('factory')).toBe(0);
  });

  it('calls more hops than its journeys take a loop', async () => {
    const wanderers = (journeys: object | null) => [{ file: 'wander.ts', startMs: 10_000, at: 'first', args: '{"hops": 5}', journeys }];
    const radio = { kind: 'wires', rangeM: 120 };
    expect((await run({ radio, programs: wanderers(null) })).violations).toEqual([]);
    expect((await run({ radio, programs: wanderers({ via: 'direct', most: 5 }) })).violations).toEqual([]);
    const { violations } = await run({ radio, programs: wanderers({ via: 'direct', most: 4 }) });
    expect(violations.map(({ checker, text }) => [checker, text.slice(33)])).toContainEqual([
      'loops',
      expect.stringMatching(/^has made 5 hops at n\d+; the bound is 4$/),
    ]);
  });

  it('over Bluetooth LE carries programs from neighbour to neighbour', async () => {
    const outcome = await run({ placement: { kind: 'grid', columns: 4, spacingM: 8 }, radio: { kind: 'ble', rangeM: 10 } });
    expect(outcome.launches).toMatchObject({ asked: 5, returned: 5 });
  });
});
