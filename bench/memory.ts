/** Resident memory: of an idle daemon, of the bare minimum it is compared with, and of a parked Smart Message. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchNetwork } from './network.ts';
import { single, type Result } from './result.ts';

const PARKED = 10_000;
const SETTLE_MS = 3_000;
const MIB = 1024 * 1024;

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
  const skeleton = await skeletonRss();
  const network = await BenchNetwork.start();
  try {
    const program = await network.program(PARK);
    await pause(SETTLE_MS);
    const [idle = 0] = await network.rssBytes();
    // A first small herd, so that what is counted is the parked ones and not the first use of everything.
    await network.run(program, { arg: ['count=500'], children: '500' });
    await pause(SETTLE_MS);
    const [before = 0] = await network.rssBytes();
    await network.run(program, { arg: [`count=${PARKED}`], children: String(PARKED) });
    await pause(SETTLE_MS);
    const [after = 0] = await network.rssBytes();
    const { residents } = await network.connection.client.call('info', {});
    if (residents < PARKED) throw new Error(`only ${residents} Smart Messages are parked`);
    return [
      single('skeleton_rss_mib', 'MiB', skeleton / MIB),
      single('idle_rss_mib', 'MiB', idle / MIB),
      single('idle_above_skeleton_mib', 'MiB', (idle - skeleton) / MIB),
      single('parked_bytes_per_sm', 'B', (after - before) / PARKED),
    ];
  } finally {
    await network.stop();
  }
}

async function skeletonRss(): Promise<number> {
  const child = fork(fileURLToPath(new URL('bench-skeleton.js', import.meta.url)));
  try {
    await new Promise((resolve) => child.once('message', resolve));
    await pause(SETTLE_MS);
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
