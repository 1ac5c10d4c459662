/**
 * `npm run bench:ns3`: runs ns-3's AODV on every workload of the comparison and writes what it counted to bench/ns3/results/.
 * Needs ns-3.37 and a C++ compiler (Debian: `apt-get install g++ libns3-dev`); the comparison itself only reads the results.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeTopology } from '../../sim/topology/file.ts';
import { judge, overall, type FlowCounts, type Outcome } from '../side-by-side/outcome.ts';
import { RANGE_M, RUN_MS, SEEDS, SIDES_M, workload, type Flow, type Workload } from '../side-by-side/workload.ts';

const run = promisify(execFile);
const SOURCE = 'bench/ns3/aodv-side-by-side.cc';
const LIBRARIES = ['aodv', 'wifi', 'internet', 'mobility', 'propagation', 'network', 'core'].map((name) => `-lns3-${name}`);
const COMPILE = ['-O2', '-std=c++17', SOURCE, ...LIBRARIES, '-o'];

/** What the ns-3 program prints. */
interface Ns3Counts {
  readonly control: Readonly<Record<'rreq' | 'rrep' | 'rerr' | 'rrepAck' | 'hello', number>>;
  readonly controlBytes: number;
  readonly flows: readonly (FlowCounts & { readonly delayMs: number })[];
}

function flowTable(flows: readonly Flow[]): string {
  const columns = ['source', 'destination', 'startMs', 'intervalMs', 'messages', 'bytes'] as const;
  return `${[columns.join(','), ...flows.map((flow) => columns.map((column) => flow[column]).join(','))].join('\n')}\n`;
}

async function measure(binary: string, folder: string, load: Workload) {
  const topology = writeTopology(load.positions);
  const flows = flowTable(load.flows);
  const topologyFile = join(folder, 'topology.csv');
  const flowsFile = join(folder, 'flows.csv');
  await writeFile(topologyFile, topology);
  await writeFile(flowsFile, flows);
  const options = [
    `--topology=${topologyFile}`,
    `--flows=${flowsFile}`,
    `--rangeM=${RANGE_M}`,
    `--durationMs=${RUN_MS}`,
    `--run=${load.seed}`,
  ];
  const { stdout } = await run(binary, options, { maxBuffer: 2 ** 24 });
  const counts = JSON.parse(stdout) as Ns3Counts;
  const controlMessages = Object.values(counts.control).reduce((total, count) => total + count, 0);
  const workloadSha256 = createHash('sha256').update(topology).update(flows).digest('hex');
  return { ...judge(load, { ...counts, controlMessages }), workloadSha256, counts };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ns3-'));
  try {
    const binary = join(folder, 'aodv-side-by-side');
    await run('g++', [...COMPILE, binary]);
    for (const sideM of SIDES_M) {
      const runs: (Outcome & { readonly workloadSha256: string; readonly counts: Ns3Counts })[] = [];
      for (const seed of SEEDS) {
        runs.push(await measure(binary, folder, workload(seed, sideM)));
        process.stderr.write(`${sideM} m, seed ${seed}: ${runs.length} of ${SEEDS.length} done\n`);
      }
      const result = {
        command: 'npm run bench:ns3',
        simulator:
          'ns-3.37, AODV with its defaults, 802.11b ad hoc: unicast at 11 Mb/s, broadcast and acknowledgements at 1 Mb/s, no RTS, no ARP',
        overall: overall(runs),
        runs,
      };
      await writeFile(`bench/ns3/results/aodv-${sideM}m.json`, `${JSON.stringify(result, null, 1)}\n`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main();
