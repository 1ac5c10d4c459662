/** Every program in examples/ on real daemons with simulated devices. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult, FamilyResult } from '../../runtime/control/protocol.ts';
import { plainNode, TestNetwork } from './support/network.ts';
import { BOUND_MS, endAll, ROOT } from './support/processes.ts';

const CELSIUS = { porch: 20.5, kitchen: 21, hall: 21.5, attic: 24, cellar: -17.8, garden: 20 } as const;
let network: TestNetwork;

function thermometer(node: keyof typeof CELSIUS): string[] {
  return ['- kind: thermometer', `  value: ${CELSIUS[node]}`];
}

const sprinkler = ['- kind: light', '  tag: io:sprinkler'];

/**
 * A town: porch - kitchen - hall - attic, with cellar at the kitchen and garden at the hall; and a gate that measures nothing. Hall, attic and garden are
 * on a hill, the first two of them 33 m apart and the garden 220 m away; the porch is 1 km off, and the others do not know where they are.
 */
beforeAll(async () => {
  const offer = ['io:thermometer', 'io:light*', 'io:camera', 'io:location', 'io:sprinkler*'];
  network = await TestNetwork.start([
    plainNode('porch', [], {
      offer,
      location: '40.53,-74.46',
      simulated: [...thermometer('porch'), '- kind: light', '  delayMs: 400', ...sprinkler],
    }),
    plainNode('kitchen', ['porch'], { offer, simulated: thermometer('kitchen') }),
    plainNode('hall', ['kitchen'], { offer, location: '40.5203,-74.46', simulated: [...thermometer('hall'), ...sprinkler] }),
    plainNode('attic', ['hall'], {
      offer,
      location: '40.52,-74.46',
      simulated: [...thermometer('attic'), '- kind: camera', '  everyMs: 100', '  redFromMs: 0', '  redForMs: 1h', ...sprinkler],
    }),
    plainNode('cellar', ['kitchen'], { offer, simulated: thermometer('cellar') }),
    plainNode('garden', ['hall'], { offer, location: '40.518,-74.46', simulated: [...thermometer('garden'), ...sprinkler] }),
    plainNode('gate', ['garden'], { offer }),
  ]);
});
afterAll(async () => {
  await network.stop();
  await endAll();
});

const example = (name: string): string => join(ROOT, 'examples', `${name}.ts`);
const deploy = (name: string, ...flags: string[]): Promise<DeployResult> => network.json<DeployResult>('deploy', example(name), ...flags);
const finish = (name: string, ...flags: string[]): Promise<FamilyResult> =>
  network.json<FamilyResult>('deploy', example(name), '--wait', ...flags);
const tagOf = async (node: string, name: string): Promise<unknown> => (await network.call(node, 'tags.read', { name, fresh: false })).value;

describe('examples', () => {
  it('are all tested here', () => {
    const tested = [
      'extreme-reading',
      'fire-detector',
      'fire-watch',
      'hello-neighbours',
      'light-signal',
      'light-switch',
      'sprinklers',
      'town-average',
    ];
    expect(readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'))).toEqual(tested.map((name) => `${name}.ts`));
  });

  it('light switch: a second signal while the light flashes is not lost; six flashes for two signals', async () => {
    const watching = network.following('--json', 'tag', 'watch', 'porch', 'io:light-status');
    const statuses = (): number[] =>
      watching.out
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { value: number }).value);
    await watching.until(() => statuses().length > 0, 'the light is watched');
    const { family } = await deploy('light-switch', '--to', 'porch', '--arg', 'rounds=2');
    expect((await finish('light-signal', '--to', 'porch')).value).toBe(1);
    await watching.until(() => statuses().includes(1), 'it flashes');
    // A second signal, given as a person gives it, before the three flashes for the first are over.
    await network.call('porch', 'tags.write', { name: 'public:three-signal', value: 2 });
    expect(statuses().filter((status) => status === 1).length).toBeLessThan(3);
    const result = await network.json<FamilyResult>('result', family, '--wait', '--at', 'porch');
    expect(result).toMatchObject({ outcome: 'returned', value: { rounds: 2, flashes: 6 } });
    await watching.until(() => statuses().length >= 13, 'all flashes were seen');
    await watching.end('SIGINT');
    expect(statuses()).toEqual([0, ...Array.from({ length: 6 }, () => [1, 0]).flat()]);
  });

  it('fire: the watch publishes a red image with its place, the detector finds it and brings the place home', async () => {
    const watch = await finish('fire-watch', '--to', 'attic');
    expect(watch).toMatchObject({ outcome: 'returned', value: { where: { latitude: 40.52, longitude: -74.46 } } });
    const detector = await finish('fire-detector', '--to', 'porch');
    expect(detector).toMatchObject({
      outcome: 'returned',
      value: { where: { latitude: 40.52, longitude: -74.46 }, seenBy: 'attic' },
      endedAt: { name: 'porch' },
    });
    const { red, green } = (detector.value as { image: { red: number; green: number } }).image;
    expect(red).toBeGreaterThan(2 * green);
    // The detector may also be there first, and wait for a fire.
    expect(await tagOf('attic', 'public:fire')).toMatchObject({ where: { latitude: 40.52 } });
  });

  it('extreme reading: the highest and the lowest of the nodes that measure, and where', async () => {
    const highest = await finish('extreme-reading', '--to', 'porch', '--arg', 'tag=io:thermometer', '--arg', 'visits=6');
    expect(highest.value).toMatchObject({ best: { value: 24, unit: 'celsius', node: 'attic' }, visited: 6 });
    const { readings } = highest.value as unknown as { readings: { node: keyof typeof CELSIUS; value: number }[] };
    expect(Object.fromEntries(readings.map(({ node, value }) => [node, value]))).toEqual(CELSIUS);
    // Without a number of visits it ends when it finds no further node in time.
    const lowest = await finish(
      'extreme-reading',
      '--to',
      'gate',
      '--arg',
      'tag=io:thermometer',
      '--arg',
      'lowest=true',
      '--arg',
      'timeout=12000',
    );
    expect(lowest.value).toMatchObject({ best: { value: -17.8, node: 'cellar' }, visited: 6 });
  });

  it('town average: merges what its scouts bring home, rejects the 0 °F node, and reports coverage', async () => {
    const { value } = await finish('town-average', '--to', 'porch', '--arg', 'patience=15000');
    const good = [20.5, 21, 21.5, 24, 20];
    const answer = value as { average: number; readings: number; rejected: unknown; coverage: unknown };
    expect(answer.rejected).toEqual([{ node: 'cellar', value: -17.8 }]);
    expect(answer.coverage).toEqual({ reached: 7, answered: 6 });
    expect(answer.readings).toBe(good.length);
    expect(answer.average).toBeCloseTo(good.reduce((sum, celsius) => sum + celsius, 0) / good.length, 9);
  });

  it('sprinklers: the hottest spot of the hill is watered by those near it, which are off again in the end', async () => {
    const hill = ['latitude=40.52', 'longitude=-74.46', 'radius=300', 'reach=60', 'water=500', 'timeout=12000'];
    const result = await finish('sprinklers', '--to', 'porch', ...hill.flatMap((argument) => ['--arg', argument]));
    expect(result).toMatchObject({ outcome: 'returned', endedAt: { name: 'porch' } });
    const { hottest, watered, left } = result.value as unknown as { hottest: object; watered: string[]; left: string[] };
    expect(hottest).toEqual({ node: 'attic', celsius: CELSIUS.attic });
    expect([watered.sort(), left]).toEqual([['attic', 'hall'], []]);
    for (const node of watered) expect(await tagOf(node, 'io:sprinkler-switch')).toBe(0);
  });

  it('hello, neighbours: greets exactly the direct neighbours', async () => {
    const { value, family } = await finish('hello-neighbours', '--to', 'kitchen');
    expect(value).toMatchObject({ from: 'kitchen' });
    expect([...(value as unknown as { greeted: string[] }).greeted].sort()).toEqual(['cellar', 'hall', 'porch']);
    const nodeId = (await network.call('kitchen', 'info', {})).nodeId;
    const tag = `public:greeting/${nodeId.slice(0, 8)}`;
    const greeted = async (): Promise<string[]> => {
      const names = network.nodes.map(({ name }) => name);
      const lists = await Promise.all(names.map((name) => network.call(name, 'tags.list', { prefix: 'public:greeting/' })));
      return names.filter((_name, index) => lists[index]!.some(({ name }) => name === tag));
    };
    await expect.poll(greeted, { timeout: BOUND_MS, interval: 50 }).toEqual(['porch', 'hall', 'cellar']);
    expect(await tagOf('hall', tag)).toBe('hello, hall');
    expect((await network.sm('logs', 'hall')).out).toContain(`hello from ${nodeId.slice(0, 8)}, now on hall`);
    expect(family).toMatch(/^[0-9a-f]{32}$/);
  });
});
