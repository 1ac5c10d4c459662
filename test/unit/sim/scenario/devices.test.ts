/** Sensors of a scenario: who has them, what they show, and what is said of those that make no sense. */
import { describe, expect, it } from 'vitest';
import { fieldAt, measured, type Field } from '../../../../sim/devices/field.ts';
import { Recording } from '../../../../sim/devices/recording.ts';
import { sensorDriver } from '../../../../sim/devices/sensors.ts';
import { randomWaypoint } from '../../../../sim/mobility/random-waypoint.ts';
import { still } from '../../../../sim/mobility/trajectory.ts';
import { compileText, SIM_RESOURCES } from '../../../../sim/program.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { sensorsOf } from '../../../../sim/scenario/devices.ts';
import { play } from '../../../../sim/scenario/run.ts';
import { parseScenario, type Scenario } from '../../../../sim/scenario/schema.ts';
import { guestSource } from '../../../differential/machines.ts';
import { ROOT } from '../../../process/support/processes.ts';

function scenario(devices: unknown, changes: object = {}): Scenario {
  const plain = {
    nodes: 4,
    forMs: '20s',
    placement: { kind: 'line', spacingM: 50 },
    radio: { kind: 'wires', rangeM: 60 },
    programs: [{ file: 'reader.ts', at: 'first', startMs: '12s' }],
  };
  return parseScenario(JSON.stringify({ ...plain, devices, ...changes }), 'field.yaml');
}

const CONSTANT = { kind: 'constant', value: 1 };
const PLANE = { kind: 'field', base: 20, eastPerM: 0.1, northPerM: -0.2, swing: 5, periodMs: 4000 };
const FIELD: Field = { base: 20, eastPerM: 0.1, northPerM: -0.2, swing: 5, periodMs: 4000, spots: [], noise: 0 };

describe('a field', () => {
  it('is a plane that swings', () => {
    expect(fieldAt(FIELD, { xM: 0, yM: 0 }, 0)).toBe(20);
    expect(fieldAt(FIELD, { xM: 100, yM: 50 }, 0)).toBeCloseTo(20 + 10 - 10);
    expect(fieldAt(FIELD, { xM: 0, yM: 0 }, 1000)).toBeCloseTo(25);
    expect(fieldAt(FIELD, { xM: 0, yM: 0 }, 3000)).toBeCloseTo(15);
  });

  it('has hills that come and go', () => {
    const field = { ...FIELD, swing: 0, spots: [{ xM: 100, yM: 0, value: 8, radiusM: 10, fromMs: 500, untilMs: 900 }] };
    const rise = (xM: number, timeMs: number): number => fieldAt(field, { xM, yM: 0 }, timeMs) - (20 + 0.1 * xM);
    expect([499, 500, 899, 900].map((timeMs) => rise(100, timeMs))).toEqual([0, 8, 8, 0]);
    expect(rise(110, 500)).toBeCloseTo(8 * Math.exp(-0.5));
    expect(rise(130, 500)).toBeCloseTo(8 * Math.exp(-4.5));
  });

  it('is measured with errors of this deviation, and without any when there is none', () => {
    const random = RandomStream.of('seed', 'noise');
    const errors = Array.from({ length: 4000 }, () => measured({ ...FIELD, noise: 3 }, { xM: 0, yM: 0 }, 0, random) - 20);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.2);
    expect(deviation).toBeGreaterThan(2.85);
    expect(deviation).toBeLessThan(3.15);
    expect(measured(FIELD, { xM: 0, yM: 0 }, 0, random)).toBe(20);
  });
});

describe('a recording', () => {
  const read = (text: string): Recording => Recording.read(text, 'rain.csv', 4);

  it('shows the last reading of its node', () => {
    const recording = read('timeMs,node,value\n100,2,5\n300,2,7\n0,0,1');
    expect([0, 99, 100, 299, 300, 1e6].map((timeMs) => recording.at(2, timeMs))).toEqual([null, null, 5, 5, 7, 7]);
    expect([0, 1, 2, 3].map((node) => recording.has(node))).toEqual([true, false, true, false]);
  });

  it.each([
    ['timeMs,node\n0,0', 'rain.csv:1: head lacks value'],
    ['timeMs,node,value\n0,4,1', 'rain.csv:2: node is 4; expected a number from 0 to 3'],
    ['timeMs,node,value\n0,0.5,1', 'rain.csv:2: node is 0.5; expected a whole number'],
    ['timeMs,node,value\n0,0,wet', 'rain.csv:2: value is "wet"; expected a number'],
    ['timeMs,node,value\n-1,0,1', 'rain.csv:2: timeMs is -1; expected a number from 0'],
    ['timeMs,node,value\n5,0,1\n\n5,0,2', "rain.csv:4: timeMs is 5; the node's reading before is at 5, and times must rise"],
    ['timeMs,node,value\n0,0', 'rain.csv:2: record has 2 cells'],
    ['timeMs,node,value', 'rain.csv:1: value is missing: there is no reading at all'],
  ])('%j is refused', (text, message) => expect(() => read(text)).toThrow(message));
});

describe('a scenario with devices', () => {
  it.each([
    [[{ tag: 'temperature', reading: CONSTANT }], 'devices[0].tag is "temperature"; expected a tag name beginning with io:'],
    [[{ tag: 'io:t' }], 'devices[0].reading is missing'],
    [[{ tag: 'io:t', reading: { kind: 'magic' } }], 'devices[0].reading.kind is "magic"; expected one of constant, recording, field'],
    [[{ tag: 'io:t', reading: { kind: 'constant' } }], 'devices[0].reading.value is missing'],
    [[{ tag: 'io:t', reading: { kind: 'field' } }], 'devices[0].reading.base is missing'],
    [[{ tag: 'io:t', reading: { ...PLANE, noise: -1 } }], 'devices[0].reading.noise is -1; expected a number from 0'],
    [[{ tag: 'io:t', reading: { ...PLANE, periodMs: 0 } }], 'devices[0].reading.periodMs is 0; expected a duration from 1ms'],
    [
      [{ tag: 'io:t', reading: { ...PLANE, spots: [{ xM: 0, yM: 0, value: 1, radiusM: 0 }] } }],
      'devices[0].reading.spots[0].radiusM is 0; expected a number from 0.001',
    ],
    [[{ tag: 'io:t', reading: CONSTANT, share: 1.5 }], 'devices[0].share is 1.5; expected a number from 0 to 1'],
    [[{ tag: 'io:t', reading: CONSTANT, nodes: [0], share: 0.5 }], 'devices[0] has both nodes and share'],
    [[{ tag: 'io:t', reading: CONSTANT, nodes: [0, 4] }], 'devices[0].nodes names 4; expected numbers from 0 to 3'],
    [[{ tag: 'io:t', reading: CONSTANT, nodes: ['n1'] }], 'devices[0].nodes[0] is "n1"; expected a whole number'],
    [[{ tag: 'io:t', reading: CONSTANT, samplingMs: 1 }], 'devices[0].samplingMs is 1; expected a duration from 20ms'],
    [
      [
        { tag: 'io:t', reading: CONSTANT, nodes: [0, 1] },
        { tag: 'io:t', reading: CONSTANT, nodes: [1, 2] },
      ],
      'devices[1].tag is io:t, as is devices[0].tag; expected different nodes for the same tag',
    ],
  ])('%j is refused', (devices, message) => expect(() => scenario(devices)).toThrow(message));

  it('deals sensors out by number, by chance, and by recording', () => {
    const { devices } = scenario(
      [
        { tag: 'io:some', reading: CONSTANT, nodes: [1, 3] },
        { tag: 'io:chance', reading: CONSTANT, share: 0.25 },
        { tag: 'io:rain', reading: { kind: 'recording', path: 'rain.csv' } },
        { tag: 'io:all', reading: CONSTANT },
      ],
      { nodes: 400 },
    );
    const trajectories = Array.from({ length: 400 }, () => still({ xM: 0, yM: 0 }));
    const sensors = sensorsOf(devices, { seed: '1', trajectories, read: () => 'timeMs,node,value\n0,7,1\n' });
    const having = (tag: string): number[] => sensors.flatMap((has, node) => (has.some((sensor) => sensor.tag === tag) ? [node] : []));
    expect(having('io:some')).toEqual([1, 3]);
    expect(having('io:rain')).toEqual([7]);
    expect(having('io:all')).toHaveLength(400);
    // Four standard deviations around 100.
    expect(having('io:chance').length).toBeGreaterThan(65);
    expect(having('io:chance').length).toBeLessThan(135);
  });

  it('shows a node that moves what is where it is', async () => {
    const { devices } = scenario([{ tag: 'io:t', reading: PLANE }]);
    const walk = { area: { widthM: 1000, heightM: 1000 }, speedMinMps: 5, speedMaxMps: 10, pauseMinMs: 0, pauseMaxMs: 0 };
    const trajectory = randomWaypoint({ ...walk, start: 'steady-state' }, RandomStream.of('1', 'walk'));
    const [sensors] = sensorsOf(devices, { seed: '1', trajectories: [trajectory], read: () => '' });
    let nowMs = 0;
    const driver = sensorDriver(sensors!, () => nowMs);
    for (nowMs of [0, 12_345, 60_000])
      expect(await driver.sample('io:t', AbortSignal.abort())).toBeCloseTo(fieldAt(FIELD, trajectory.positionAt(nowMs), nowMs));
  });

  it('lets programs read them, at virtual time, and tells them where there is no reading yet', async () => {
    const said: string[] = [];
    const text = `
      import { log, neighbours, sense, sysMigrate, tags } from 'sm';
      export default async function read() {
        await sysMigrate(neighbours()[0].id);
        const { value, unit } = tags.read('io:t');
        let late = 'none';
        try { late = (await sense('io:rain')).value; } catch (error) { late = error.message; }
        log.info([value, unit, tags.read('io:now').value, late].join('|'));
      }`;
    const outcome = await play({
      scenario: scenario([
        { tag: 'io:t', unit: 'celsius', reading: { ...PLANE, swing: 0 } },
        { tag: 'io:now', reading: { kind: 'recording', path: 'now.csv' }, samplingMs: '100ms' },
        { tag: 'io:rain', reading: { kind: 'recording', path: 'late.csv' } },
      ]),
      seed: '1',
      guestSource: guestSource(),
      read: (path) => (path === 'now.csv' ? 'timeMs,node,value\n0,1,4\n10000,1,5' : 'timeMs,node,value\n900000,1,1'),
      compile: async () => ({ name: 'reader', compiled: compileText(text, ROOT), resources: SIM_RESOURCES }),
      write: (line) => void said.push(line),
    });
    expect(outcome.launches).toMatchObject({ asked: 1, returned: 1 });
    expect(outcome.violations).toEqual([]);
    // The second node of the line is 50 m east: 20 + 5.
    expect(said.join('')).toContain('25|celsius|5|io:rain: the scenario has no reading yet');
  });
});
