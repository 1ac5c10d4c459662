/** Uncaught errors and killed slices, as the author sees them: real daemon, real command line. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainNode, TestNetwork } from './support/network.ts';
import { endAll } from './support/processes.ts';

let network: TestNetwork;

beforeAll(async () => {
  network = await TestNetwork.start([plainNode('home', [], { offer: [] })]);
});
afterAll(async () => {
  await network.stop();
  await endAll();
});

/** A library of the program's own, between the entry and what fails. */
const wrapped = (body: string): string => `import { block, migrate, sense, sleep, sysMigrate } from 'sm';
import { direct } from 'sm/routing/null';
async function visit() {
  await ${body};
}
export default async function tour() {
  await sleep(1);
  await visit();
  void [block, migrate, direct, sense, sysMigrate];
}`;

it.each([
  ['a sensor that is not there', "sense('io:nope')", /TagError: /],
  ['a wait that took too long', "block('public:nope', { timeout: 20 })", /TimeoutError: /],
  ['a neighbour that is not there', `sysMigrate('${'f'.repeat(32)}')`, /Migration(Timeout|Refused): /],
  [
    'a journey that led nowhere',
    "migrate({ node: 'nowhere' }, { via: direct, timeout: 50 })",
    /MigrationTimeout: .*started at home, now at home/,
  ],
  ['a slice without end', 'sleep(1).then(() => { for (;;); })', /Killed \(cpu\): .*; it was stopped in:\n.*:4:\d+\)/],
])('%s is told with the awaits that led to it', async (_what, body, name) => {
  const { code, err, out } = await network.sm('deploy', network.program(wrapped(body)), '--to', 'home', '--wait');
  const told = out + err;
  expect(code, told).toBe(1);
  expect(told).toMatch(name);
  expect(told).toMatch(/at visit \(.*:4:3\)\n +at tour \(.*:8:3\)/);
});

it('a first slice without end is told with the place where it was stopped', async () => {
  const body = `function spin(count: number): number {
  for (;;) count += 1;
}
export default async function endless() {
  return spin(0);
}`;
  const { code, err, out } = await network.sm('deploy', network.program(body), '--to', 'home', '--wait');
  const told = out + err;
  expect(code, told).toBe(1);
  expect(told).toMatch(/Killed \(cpu\): .*; it was stopped in:\n +at spin \(.*:1:\d+\)\n +at endless \(.*:5:\d+\)/);
});
