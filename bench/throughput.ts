/** Hops per second through two daemons with 64 Smart Messages in flight. */
import { BenchNetwork } from './network.ts';
import { PING_PONG } from './ping-pong.ts';
import { summarize, type Result } from './result.ts';

const IN_FLIGHT = 64;
const HOPS_EACH = 150;
const ROUNDS = 4;

export async function run(): Promise<Result[]> {
  const network = await BenchNetwork.start();
  try {
    const program = await network.program(PING_PONG);
    const rates: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      await network.offers();
      await Promise.all(Array.from({ length: IN_FLIGHT }, () => network.run(program, { arg: [`hops=${HOPS_EACH}`] })));
      // The first round warms up.
      if (round > 0) rates.push(steadyRate(await network.offers()));
    }
    return [summarize('hops_per_s', '1/s', rates)];
  } finally {
    await network.stop();
  }
}

/** Hops per second while all are in flight: the middle 80 % of the offers. */
function steadyRate(times: readonly number[]): number {
  const from = Math.floor(times.length * 0.1);
  const to = Math.floor(times.length * 0.9);
  return ((to - from) / (times[to]! - times[from]!)) * 1000;
}
