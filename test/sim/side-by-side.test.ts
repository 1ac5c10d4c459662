/** The comparison of our AODV with ns-3's: that both sides get the same, and are judged alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../bench/ns3/aodv.ts';
import { judge, overall, type Outcome } from '../../bench/side-by-side/outcome.ts';
import { NODES, RANGE_M, SEEDS, SIDES_M, workload, type Workload } from '../../bench/side-by-side/workload.ts';
import { line } from '../../sim/topology/placements.ts';

interface Results {
  readonly overall: ReturnType<typeof overall>;
  readonly runs: readonly (Outcome & { readonly workloadSha256: string })[];
}

const BENCH = join(import.meta.dirname, '../../bench');

function resultsOf(folder: string, sideM: number): Results {
  return JSON.parse(readFileSync(join(BENCH, folder, `aodv-${sideM}m.json`), 'utf8')) as Results;
}

const NS3 = 'ns3/results';
const OURS = 'side-by-side/results';

describe.each([NS3, OURS].flatMap((folder) => SIDES_M.map((sideM) => [folder, sideM] as const)))(
  'the results in %s on %d m',
  (folder, sideM) => {
    const { runs, overall: stated } = resultsOf(folder, sideM);

    it('belong to the workloads as they are generated now, and none is missing', () => {
      expect(runs.map(({ seed }) => seed)).toEqual(SEEDS);
      expect(runs.map(({ workloadSha256 }) => workloadSha256)).toEqual(SEEDS.map((seed) => fingerprintOf(workload(seed, sideM))));
    });

    it('are summed up by the same arithmetic', () => expect(overall(runs)).toEqual(stated));
  },
);

describe.each(SIDES_M)('our AODV on %d m', (sideM) => {
  const { runs, overall: ours } = resultsOf(OURS, sideM);
  const ns3 = resultsOf(NS3, sideM).runs;

  it('delivers between connected pairs', () => {
    expect(ours.deliveryConnected).toBeGreaterThanOrEqual(0.98);
    expect(ours.deliveryConnectedWorst).toBeGreaterThanOrEqual(0.93);
  });

  it("sends no more control messages for each delivered message than ns-3's, on any network", () => {
    const costlier = runs.filter(({ controlPerDelivered }, index) => (controlPerDelivered ?? 0) > (ns3[index]!.controlPerDelivered ?? 0));
    expect(costlier.map(({ seed }) => seed)).toEqual([]);
  });
});

describe('a workload', () => {
  it('has ten flows of four messages a second between different nodes, and ends all of them at 100 s', () => {
    for (const { flows, positions } of SEEDS.map((seed) => workload(seed, 1000))) {
      expect(positions).toHaveLength(NODES);
      expect(flows).toHaveLength(10);
      for (const { source, destination, startMs, intervalMs, messages } of flows) {
        expect(source).not.toBe(destination);
        expect(intervalMs).toBe(250);
        const endMs = startMs + messages * intervalMs;
        expect(endMs).toBeGreaterThan(99_750);
        expect(endMs).toBeLessThanOrEqual(100_000);
      }
    }
  });

  it('is another for each seed and each area', () => {
    const all = SIDES_M.flatMap((sideM) => SEEDS.map((seed) => fingerprintOf(workload(seed, sideM))));
    expect(new Set(all).size).toBe(SIDES_M.length * SEEDS.length);
  });
});

describe('a run', () => {
  // Two islands: 0 - 1 - 2 and, out of reach, 3.
  const positions = [...line(3, RANGE_M), { xM: 10_000, yM: 0 }];
  const flow = { startMs: 0, intervalMs: 250, messages: 10, bytes: 512 };
  const load: Workload = {
    seed: 'test',
    sideM: 1000,
    positions,
    flows: [
      { ...flow, source: 0, destination: 2 },
      { ...flow, source: 0, destination: 1 },
      { ...flow, source: 0, destination: 3 },
    ],
  };

  it('is judged by what arrived where something could, by what it cost, and by how far it went', () => {
    const outcome = judge(load, {
      // Eight arrive over two hops or four, ten over one, and none can reach the other island.
      flows: [
        { sent: 10, delivered: 8, hops: 6 * 2 + 2 * 4 },
        { sent: 10, delivered: 10, hops: 10 },
        { sent: 10, delivered: 0, hops: 0 },
      ],
      controlMessages: 36,
      controlBytes: 900,
    });
    expect(outcome).toMatchObject({
      connectedFlows: 2,
      sent: 30,
      delivered: 18,
      deliveryConnected: 0.9,
      deliveryAll: 0.6,
      controlPerDelivered: 2,
      controlBytesPerDelivered: 50,
    });
    expect(outcome.pathStretch).toBeCloseTo((6 * 1 + 2 * 2 + 10 * 1) / 18, 12);
  });

  it('without any delivery has no ratio, but its cost counts when all runs are taken together', () => {
    const nothing = { sent: 10, delivered: 0, hops: 0 };
    const failed = judge(load, { flows: [nothing, nothing, nothing], controlMessages: 100, controlBytes: 1000 });
    expect(failed).toMatchObject({ deliveryConnected: 0, controlPerDelivered: null, pathStretch: null });
    const all = { sent: 10, delivered: 10, hops: 10 };
    const fine = judge(load, { flows: [all, all, nothing], controlMessages: 20, controlBytes: 200 });
    expect(overall([failed, fine])).toMatchObject({
      runs: 2,
      deliveryConnected: 0.5,
      deliveryConnectedWorst: 0,
      controlPerDelivered: 1,
      controlPerDeliveredTogether: 6,
    });
  });
});
