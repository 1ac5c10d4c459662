/** The same seed tells the same story, to the byte, also in another process. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sm-sim-'));
const execute = promisify(execFile);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sm(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [join(root, 'dist/sm.js'), ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as unknown as { code: number; stdout: string; stderr: string };
  }
}

it('a soak run is repeated byte for byte by two processes', async () => {
  const logs = ['one.log', 'two.log'].map((name) => join(folder, name));
  const [one, two] = await Promise.all(logs.map((log) => sm('sim', 'replay', '--seed', '11', '--log', log, '--json')));
  expect(one!.code).toBe(0);
  const [first, second] = logs.map((log) => readFileSync(log));
  expect(first!.length).toBeGreaterThan(10_000);
  expect(first!.equals(second!)).toBe(true);
  expect(two!.stdout).toBe(one!.stdout);
});

it('a scenario over radios is repeated byte for byte by two processes', async () => {
  const scenario = join(root, 'examples/simulations/meadow.yaml');
  const logs = ['three.log', 'four.log'].map((name) => join(folder, name));
  const [one, two] = await Promise.all(logs.map((log) => sm('sim', 'run', scenario, '--log', log, '--json')));
  expect(one!.stderr).toBe('');
  expect(JSON.parse(one!.stdout)).toMatchObject({ seed: 'meadow', violations: [], launches: { asked: 60 } });
  expect(two!.stdout).toBe(one!.stdout);
  expect(readFileSync(logs[0]!).equals(readFileSync(logs[1]!))).toBe(true);
});

const SOUND = `
nodes: 3
forMs: 1s
placement: { kind: line, spacingM: 10 }
radio: { kind: wires, rangeM: 15 }
programs: []
`;

it.each([
  ['no nodes', SOUND.replace('nodes: 3', 'nodes: 0'), 'nodes is 0; expected a whole number from 1'],
  ['a negative range', SOUND.replace('rangeM: 15', 'rangeM: -5'), 'radio.rangeM is -5; expected a number from 0'],
  ['an unknown radio', SOUND.replace('kind: wires', 'kind: wire'), 'radio.kind is "wire"; expected one of wires, wifi, ble'],
  ['a probability above 1', `${SOUND}faults: { loss: 1.5 }`, 'faults.loss is 1.5; expected a number from 0 to 1'],
  ['an unknown key', `${SOUND}weather: fine`, 'weather is not a known key'],
  ['arguments that are no JSON', SOUND.replace('programs: []', 'programs: [{ file: a.ts, args: "{hops" }]'), 'args is "{hops"'],
  ['a topology of another size', SOUND.replace('{ kind: line, spacingM: 10 }', '{ kind: file, path: two.csv }'), 'two.csv has 2 nodes'],
  [
    'a topology that is none',
    SOUND.replace('{ kind: line, spacingM: 10 }', '{ kind: file, path: bad.csv }'),
    'bad.csv:2: xM is "far"; expected a number',
  ],
])('refuses a scenario with %s and names the field', async (_what, content, message) => {
  writeFileSync(join(folder, 'two.csv'), 'node,xM,yM\n0,0,0\n1,10,0\n');
  writeFileSync(join(folder, 'bad.csv'), 'node,xM,yM\n0,far,0\n');
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, content);
  const { code, stderr } = await sm('sim', 'run', file);
  expect(stderr).toContain(message);
  expect(code).toBeGreaterThan(1);
});

it('names an unknown canary, and shows how to repeat a run that broke a promise', async () => {
  expect((await sm('sim', 'soak', '--seeds', '1', '--canary', 'finch')).stderr).toContain('there is no canary "finch"');
  const { code, stdout, stderr } = await sm('sim', 'soak', '--seeds', '2', '--from', '1', '--jobs', '2', '--canary', 'sleeps-on');
  expect(code).toBe(1);
  expect(stdout).toContain('2 seeds with violations');
  for (const seed of [1, 2]) expect(stderr).toContain(`sm sim replay --seed ${seed} --canary sleeps-on`);
});
