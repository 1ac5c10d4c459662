/**
 * AODV as mobile code against ns-3's AODV on the same static networks and flows (`side-by-side/workload.ts`). Without `--full`, one network of
 * each size; with it, all forty, which takes long. What ns-3 did on the same networks stands in `ns3/results`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import { single, type Result } from './result.ts';
import { overall, type Outcome } from './side-by-side/outcome.ts';
import { runOurs } from './side-by-side/ours.ts';
import { SEEDS, SIDES_M, workload } from './side-by-side/workload.ts';

export async function run({ isFull }: { readonly isFull: boolean }): Promise<Result[]> {
  const root = packageRoot();
  const guestSource = readFileSync(join(root, 'dist', 'guest.js'), 'utf8');
  const seeds = isFull ? SEEDS : SEEDS.slice(0, 1);
  const ours: Outcome[] = [];
  const ns3: Outcome[] = [];
  for (const sideM of SIDES_M) {
    const reference = ns3Outcomes(root, sideM);
    for (const seed of seeds) {
      ours.push(await runOurs(workload(seed, sideM), guestSource, root));
      ns3.push(reference.find((outcome) => outcome.seed === seed)!);
      if (isFull) process.stderr.write(`${sideM} m, seed ${seed}: ${JSON.stringify(ours.at(-1))}\n`);
    }
  }
  const sizes = SIDES_M.flatMap((sideM) => {
    const bySize = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => outcome.sideM === sideM);
    return [...figures(`_${sideM}m`, bySize(ours)), ...figures(`_${sideM}m_ns3`, bySize(ns3))];
  });
  return [...figures('', ours), ...figures('_ns3', ns3), ...sizes];
}

function ns3Outcomes(root: string, sideM: number): readonly Outcome[] {
  const text = readFileSync(join(root, `bench/ns3/results/aodv-${sideM}m.json`), 'utf8');
  return (JSON.parse(text) as { readonly runs: readonly Outcome[] }).runs;
}

function figures(suffix: string, outcomes: readonly Outcome[]): Result[] {
  const { deliveryConnected, deliveryConnectedWorst, deliveryAll, ...costs } = overall(outcomes);
  return [
    single(`delivery_connected${suffix}`, 'share', deliveryConnected),
    single(`delivery_connected_worst${suffix}`, 'share', deliveryConnectedWorst),
    single(`delivery_all${suffix}`, 'share', deliveryAll),
    single(`control_per_delivered${suffix}`, 'messages', costs.controlPerDelivered),
    single(`control_per_delivered_together${suffix}`, 'messages', costs.controlPerDeliveredTogether ?? Infinity),
    single(`control_bytes_per_delivered${suffix}`, 'B', costs.controlBytesPerDelivered),
    single(`path_stretch${suffix}`, 'hops / shortest', costs.pathStretch),
  ];
}
