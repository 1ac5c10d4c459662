/** Our radio against what ns-3 counted for the very same packets; `npm run bench:ns3` measures ns-3 anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEAN_INTERVALS_MS, RADIO_SEEDS, radioLoad, runRadio, type RadioCounts } from '../../bench/side-by-side/radio-load.ts';

type Ns3Run = RadioCounts & { readonly meanIntervalMs: number; readonly seed: string };

const RESULTS = join(import.meta.dirname, '../../bench/ns3/results/radio.json');
const { runs } = JSON.parse(readFileSync(RESULTS, 'utf8')) as { readonly runs: readonly Ns3Run[] };

/** Both sides over all seeds: shares of what could be received, frames, and how long a unicast took. */
async function sides(meanIntervalMs: number) {
  const total = { possible: 0, unicasts: 0, ours: emptyCounts(), ns3: emptyCounts() };
  for (const seed of RADIO_SEEDS) {
    const load = radioLoad(seed, meanIntervalMs);
    total.possible += load.broadcastsPossible;
    total.unicasts += load.unicasts;
    add(total.ours, await runRadio(load));
    add(
      total.ns3,
      runs.find((run) => run.seed === seed && run.meanIntervalMs === meanIntervalMs)!,
    );
  }
  const figures = (counts: RadioCounts) => ({
    broadcast: counts.broadcastsReceived / total.possible,
    unicast: counts.unicastsReceived / total.unicasts,
    frames: counts.frames,
    delayMs: counts.unicastDelayMs / counts.unicastsReceived,
  });
  return { ours: figures(total.ours), ns3: figures(total.ns3) };
}

function emptyCounts(): { -readonly [K in keyof RadioCounts]: number } {
  return { broadcastsReceived: 0, unicastsReceived: 0, unicastDelayMs: 0, frames: 0 };
}

function add(sum: ReturnType<typeof emptyCounts>, counts: RadioCounts): void {
  for (const key of Object.keys(sum) as (keyof RadioCounts)[]) sum[key] += counts[key];
}

const [overload] = MEAN_INTERVALS_MS.slice(-1);

describe('contention, beside ns-3', () => {
  it.each(MEAN_INTERVALS_MS.slice(0, -1))(
    'loses as many packets and takes as long with one every %d ms at each of 50 nodes',
    async (everyMs) => {
      const { ours, ns3 } = await sides(everyMs);
      expect(Math.abs(ours.broadcast - ns3.broadcast)).toBeLessThan(0.01);
      expect(Math.abs(ours.unicast - ns3.unicast)).toBeLessThan(0.01);
      expect(Math.abs(ours.frames / ns3.frames - 1)).toBeLessThan(0.02);
      expect(Math.abs(ours.delayMs / ns3.delayMs - 1)).toBeLessThan(0.25);
    },
  );

  it('is near it also where the channel cannot carry all: ns-3 forgets what has waited for 500 ms, our queues are bounded by number only', async () => {
    const { ours, ns3 } = await sides(overload!);
    expect(Math.abs(ours.broadcast - ns3.broadcast)).toBeLessThan(0.04);
    expect(Math.abs(ours.unicast - ns3.unicast)).toBeLessThan(0.02);
    expect(Math.abs(ours.frames / ns3.frames - 1)).toBeLessThan(0.06);
    expect(ours.delayMs).toBeGreaterThan(ns3.delayMs);
  });
});
