/** One hop between two daemons: cached, durable, with new code; beside the floors of this machine. */
import { cryptoFloor, fsyncFloor, tcpFloor } from './floors.ts';
import { BenchNetwork } from './network.ts';
import { PING_PONG } from './ping-pong.ts';
import { summarize, type Result } from './result.ts';

const HOPS_PER_JOURNEY = 250;
const JOURNEYS = 10;
const DURABLE_HOPS = 100;
const DURABLE_JOURNEYS = 4;
const NEW_PROGRAMS = 40;
const WARM_UP_HOPS = 500;

/** The same with about 5 kB of code that no node has seen: one hop there and one back. */
function newProgram(serial: number): string {
  const table = Array.from({ length: 120 }, (_, index) => `case ${index}: return value * ${serial * 1000 + index} + ${index};`).join(
    '\n    ',
  );
  return `
import { neighbours, sysMigrate } from 'sm';
function work(kind: number, value: number): number {
  switch (kind) {
    ${table}
    default: return value;
  }
}
export default async function journey() {
  const load = 'x'.repeat(1000);
  await sysMigrate(neighbours()[0].id);
  const value = work(7, 1);
  await sysMigrate(neighbours()[0].id);
  return load.length + value;
}`;
}

export async function run(): Promise<Result[]> {
  const floors = [await tcpFloor(), cryptoFloor(), await fsyncFloor()];
  const network = await BenchNetwork.start();
  try {
    const program = await network.program(PING_PONG);
    await journeys(network, () => network.run(program, { arg: [`hops=${WARM_UP_HOPS}`] }), 2);
    const cached = await journeys(network, () => network.run(program, { arg: [`hops=${HOPS_PER_JOURNEY}`] }), JOURNEYS);
    const durable = await journeys(
      network,
      () => network.run(program, { arg: [`hops=${DURABLE_HOPS}`], transient: false, inDoubt: 'wait' }),
      DURABLE_JOURNEYS,
    );
    const uncached: number[] = [];
    for (let serial = 0; serial < NEW_PROGRAMS; serial++) {
      const fresh = await network.program(newProgram(serial));
      uncached.push(...(await journeys(network, () => network.run(fresh), 1)));
    }
    return [
      ...floors,
      summarize('hop.transient.cached', 'ms', cached),
      summarize('hop.durable.cached', 'ms', durable),
      summarize('hop.transient.uncached', 'ms', uncached),
    ];
  } finally {
    await network.stop();
  }
}

/** Times of single hops: from each OFFER of a journey to the next. The first hop's OFFER begins the first interval. */
async function journeys(network: BenchNetwork, journey: () => Promise<unknown>, count: number): Promise<number[]> {
  const hops: number[] = [];
  await network.offers();
  for (let round = 0; round < count; round++) {
    await journey();
    const times = await network.offers();
    for (let index = 1; index < times.length; index++) hops.push(times[index]! - times[index - 1]!);
  }
  return hops;
}
