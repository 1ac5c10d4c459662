/**
 * AODV as mobile code against ns-3's AODV on the same static networks and flows (`side-by-side/workload.ts`). Without `--full`, one network of
 * each size; with it, all forty, whose outcomes are kept in `side-by-side/results`. What ns-3 did on the same networks stands in `ns3/results`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import { fingerprintOf } from './ns3/aodv.ts';
import { single, type Result } from './result.ts';
import { overall, type Outcome } from './side-by-side/outcome.ts';
import { runAll } from './side-by-side/processes.ts';
import { SEEDS, SIDES_M, workload } from './side-by-side/workload.ts';

export async function run({ isFull }: { readonly isFull: boolean }): Promise<Result[]> {
  const root = packageRoot();
  const seeds = isFull ? SEEDS : SEEDS.slice(0, 1);
  const tasks = seeds.flatMap((seed) => SIDES_M.map((sideM) => ({ seed, sideM })));
  const ours = await runAll(process.argv[1]!, tasks, ({ seed, sideM, deliveryConnected, controlPerDelivered }, runs) => {
    const figures = `delivered ${deliveryConnected?.toFixed(3)} of what can be, ${controlPerDelivered?.toFixed(2)} control messages each`;
    process.stderr.write(`aodv: ${runs} of ${tasks.length} runs; seed ${seed}, ${sideM} m: ${figures}\n`);
  });
  const bySide = SIDES_M.map((sideM) => {
    const reference = ns3Outcomes(root, sideM);
    const here = ours.filter((outcome) => outcome.sideM === sideM);
    if (isFull) keep(root, sideM, here);
    return { sideM, ours: here, ns3: here.map(({ seed }) => reference.find((outcome) => outcome.seed === seed)!) };
  });
  const ns3 = bySide.flatMap((side) => side.ns3);
  const sizes = bySide.flatMap((side) => [...figures(`_${side.sideM}m`, side.ours), ...figures(`_${side.sideM}m_ns3`, side.ns3)]);
  return [...figures('', ours), ...figures('_ns3', ns3), ...sizes];
}

function keep(root: string, sideM: number, outcomes: readonly Outcome[]): void {
  const runs = outcomes.map((outcome) => ({ ...outcome, workloadSha256: fingerprintOf(workload(outcome.seed, sideM)) }));
  const result = { command: 'npm run bench -- aodv --full', overall: overall(runs), runs };
  writeFileSync(join(root, `bench/side-by-side/results/aodv-${sideM}m.json`), `${JSON.stringify(result, null, 1)}\n`);
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
