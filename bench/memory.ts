/** Resident memory: of an idle daemon, of the bare minimum it is compared with, and of a parked Smart Message. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchNetwork } from './network.ts';
import { single, type Result } from './result.ts';

/** Of these the first also sees the first use of everything: counted is what comes after it. */
const HERDS = [2_500, 2_500, 2_500, 2_500];
const PARKED = 10_000;
/** Until V8 has taken notice that nothing happens any more, which takes eight seconds, and has given back what the start left. */
const IDLE_MS = 12_000;
/** Until what was collected is given back to the system, which V8 does beside its other work. */
const GIVE_BACK_MS = 1_000;
const MIB = 1024 * 1024;

interface Reading {
  readonly residents: number;
  readonly rssBytes: number;
}

/** Parks `count` children with 1 kB of data each. */
const PARK = `
import { launch, sleep } from 'sm';
export async function parked(serial: number) {
  const load = String(serial).padEnd(1000, 'x');
  await sleep(600_000);
  return load.length;
}
export default async function park({ count = 100 }) {
  for (let from = 0; from < count; from += 16) {
    for (let each = from; each < Math.min(from + 16, count); each++) launch(parked, [each], { share: 0.0001, transient: true });
    await sleep(0);
  }
  return count;
}`;

export async function run(): Promise<Result[]> {
  const skeletonSettled = skeletonRss();
  const network = await BenchNetwork.start({ collector: true });
  try {
    const program = await network.program(PARK);
    await pause(IDLE_MS);
    // The one that has no collector in it.
    const [, idle = 0] = await network.rssBytes();
    const skeleton = await skeletonSettled;
    const readings: Reading[] = [];
    for (const herd of HERDS) {
      await network.run(program, { arg: [`count=${herd}`], children: String(herd) });
      readings.push(await reading(network));
    }
    const last = readings.at(-1)!;
    if (last.residents < PARKED) throw new Error(`only ${last.residents} Smart Messages are parked`);
    return [
      single('skeleton_rss_mib', 'MiB', skeleton / MIB),
      single('idle_rss_mib', 'MiB', idle / MIB),
      single('idle_above_skeleton_mib', 'MiB', (idle - skeleton) / MIB),
      single('parked_bytes_per_sm', 'B', slope(readings)),
    ];
  } finally {
    await network.stop();
  }
}

/** Memory with so many parked, garbage aside. */
async function reading(network: BenchNetwork): Promise<Reading> {
  await network.collect();
  await pause(GIVE_BACK_MS);
  const [rssBytes = 0] = await network.rssBytes();
  const { residents } = await network.connection.client.call('info', {});
  return { residents, rssBytes };
}

/** Bytes for each one more, by least squares: what a node takes however many there are does not count. */
function slope(readings: readonly Reading[]): number {
  const mean = (of: (each: Reading) => number): number => readings.reduce((sum, each) => sum + of(each), 0) / readings.length;
  const residents = mean((each) => each.residents);
  const rssBytes = mean((each) => each.rssBytes);
  const shared = mean((each) => (each.residents - residents) * (each.rssBytes - rssBytes));
  return shared / mean((each) => (each.residents - residents) ** 2);
}

async function skeletonRss(): Promise<number> {
  const child = fork(fileURLToPath(new URL('bench-skeleton.js', import.meta.url)));
  try {
    await new Promise((resolve) => child.once('message', resolve));
    await pause(IDLE_MS);
    return await new Promise<number>((resolve) => {
      child.once('message', (rss) => resolve(Number(rss)));
      child.send('rss');
    });
  } finally {
    child.kill();
  }
}

/** Memory settles in its own time; there is no event for it. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
