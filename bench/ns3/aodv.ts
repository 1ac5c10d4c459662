/** ns-3's AODV on the workloads of the comparison. */
import { createHash } from 'node:crypto';
import { writeTopology } from '../../sim/topology/file.ts';
import { judge, overall, type FlowCounts, type Outcome } from '../side-by-side/outcome.ts';
import { RANGE_M, RUN_MS, SEEDS, SIDES_M, workload, type Flow, type Workload } from '../side-by-side/workload.ts';
import { Ns3Program, writeResult } from './program.ts';

/** What the program prints. */
interface Counts {
  readonly control: Readonly<Record<'rreq' | 'rrep' | 'rerr' | 'rrepAck' | 'hello', number>>;
  readonly controlBytes: number;
  readonly flows: readonly (FlowCounts & { readonly delayMs: number })[];
}

function flowTable(flows: readonly Flow[]): string {
  const columns = ['source', 'destination', 'startMs', 'intervalMs', 'messages', 'bytes'] as const;
  return `${[columns.join(','), ...flows.map((flow) => columns.map((column) => flow[column]).join(','))].join('\n')}\n`;
}

/** What ns-3 is given. */
function tablesOf(load: Workload) {
  return { topology: writeTopology(load.positions), flows: flowTable(load.flows) };
}

/** Tells whether a result belongs to the workload as it is generated now. */
export function fingerprintOf(load: Workload): string {
  const { topology, flows } = tablesOf(load);
  return createHash('sha256').update(topology).update(flows).digest('hex');
}

async function measure(program: Ns3Program, load: Workload) {
  const tables = tablesOf(load);
  const counts = (await program.run(tables, { rangeM: RANGE_M, durationMs: RUN_MS, run: load.seed })) as Counts;
  const controlMessages = Object.values(counts.control).reduce((total, count) => total + count, 0);
  return { ...judge(load, { ...counts, controlMessages }), workloadSha256: fingerprintOf(load), counts };
}

export async function measureAodv(folder: string): Promise<void> {
  const program = await Ns3Program.compile('aodv-side-by-side', folder);
  for (const sideM of SIDES_M) {
    const runs: (Outcome & { readonly workloadSha256: string; readonly counts: Counts })[] = [];
    for (const seed of SEEDS) {
      runs.push(await measure(program, workload(seed, sideM)));
      process.stderr.write(`AODV, ${sideM} m, seed ${seed}: ${runs.length} of ${SEEDS.length} done\n`);
    }
    const simulator =
      'ns-3.37, AODV with its defaults, 802.11b ad hoc: unicast at 11 Mb/s, broadcast and acknowledgements at 1 Mb/s, no RTS, no ARP';
    await writeResult(`aodv-${sideM}m`, { simulator, overall: overall(runs), runs });
  }
}
