/**
 * A daemon that does what its parent says: kills itself with SIGKILL at a fault site, lives with other bounds, or with a wall clock
 * that somebody has set wrong.
 *
 *   daemon.mjs FOLDER LIMITS-AS-JSON ORDERS-AS-JSON
 */
import type { Limits } from '../../../core/limits.ts';
import { startDaemon } from '../../../runtime/daemon.ts';

export interface Orders {
  /** Where to die, the first time. */
  readonly dieAt?: string;
  /** How far the wall clock of the main thread is ahead of the true one. Programs see the true time. */
  readonly aheadMs?: number;
}

let dieAt: string | undefined;
let aheadMs = 0;
const trueNow = Date.now;
Date.now = () => trueNow() + aheadMs;

function obey(orders: Orders): void {
  dieAt = orders.dieAt ?? dieAt;
  aheadMs = orders.aheadMs ?? aheadMs;
}

const [folder, limits, orders] = process.argv.slice(2);
obey(JSON.parse(orders!) as Orders);
process.on('message', (told: Orders) => {
  obey(told);
  process.send!({ obeyed: true });
});
const daemon = await startDaemon(folder!, () => process.exit(0), {
  limits: JSON.parse(limits!) as Partial<Limits>,
  faults: {
    at(site) {
      if (site === dieAt) process.kill(process.pid, 'SIGKILL');
    },
  },
});
process.once('SIGTERM', () => void daemon.stop().then(() => process.exit(0)));
// A test that is ended takes its daemons along.
process.once('disconnect', () => process.exit(0));
process.send!({ ready: true });
