/** ns-3's 802.11b under the loads that our radio is held to. */
import { writeTopology } from '../../sim/topology/file.ts';
import { MEAN_INTERVALS_MS, RADIO_RUN_MS, RADIO_SEEDS, radioLoad, type Packet, type RadioCounts } from '../side-by-side/radio-load.ts';
import { RANGE_M } from '../side-by-side/workload.ts';
import { Ns3Program, writeResult } from './program.ts';

function loadTable(packets: readonly Packet[]): string {
  const records = packets.map(({ atMs, from, to, bytes }) => `${atMs},${from},${to === 'broadcast' ? -1 : to},${bytes}`);
  return `${['atMs,from,to,bytes', ...records].join('\n')}\n`;
}

export async function measureRadio(folder: string): Promise<void> {
  const program = await Ns3Program.compile('radio-side-by-side', folder);
  const runs: object[] = [];
  for (const meanIntervalMs of MEAN_INTERVALS_MS) {
    for (const seed of RADIO_SEEDS) {
      const { positions, packets } = radioLoad(seed, meanIntervalMs);
      const tables = { topology: writeTopology(positions), load: loadTable(packets) };
      const counts = (await program.run(tables, { rangeM: RANGE_M, durationMs: RADIO_RUN_MS })) as RadioCounts;
      runs.push({ meanIntervalMs, seed, ...counts });
    }
    process.stderr.write(`radio, a packet every ${meanIntervalMs} ms: done\n`);
  }
  const simulator = 'ns-3.37, 802.11b ad hoc: unicast at 11 Mb/s, broadcast and acknowledgements at 1 Mb/s, no RTS, no ARP';
  await writeResult('radio', { simulator, runs });
}
