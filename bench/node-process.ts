/**
 * A daemon as the benchmarks run it: the product's own, with its default settings, whose fault port only notes when an OFFER
 * leaves. From one OFFER to the next of the same Smart Message is exactly one full hop: capture, offer, admission, ACCEPT,
 * restore, first instruction. The system's monotonic clock is the same in all processes. A bundle of its own, started with the
 * node's folder, so that it loads what the daemon loads and nothing else.
 */
import type { Faults } from '../core/ports.ts';
import { startDaemon } from '../runtime/daemon.ts';
import { systemClock } from '../runtime/platform/clock.ts';

const OFFER_LEAVES = 'handoff.offer.before-send';

/** What the other processes ask; `collect` is answered by collector.ts, where that is loaded. */
export type NodeQuestion = 'offers' | 'rss' | 'collect';

async function serveNode(folder: string): Promise<void> {
  let offers: number[] = [];
  const faults: Faults = { at: (site) => void (site === OFFER_LEAVES && offers.push(systemClock.monotonicMs())) };
  // Every hop verifies the launch record anew, as if each were of a family that this node has never seen.
  const daemon = await startDaemon(folder, () => {}, { faults, limits: { launchesCached: 0 } });
  process.on('message', (question: NodeQuestion) => {
    if (question === 'rss') process.send!(process.memoryUsage.rss());
    if (question !== 'offers') return;
    process.send!(offers);
    offers = [];
  });
  process.once('SIGTERM', () => void daemon.stop().then(() => process.exit()));
  process.once('disconnect', () => process.exit());
  process.send!('ready');
}

await serveNode(process.argv[2]!);
