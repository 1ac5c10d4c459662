/**
 * A daemon that its parent can tell to kill itself with SIGKILL at a fault site, and to live with other bounds.
 *
 *   daemon.mjs FOLDER LIMITS-AS-JSON [ARMING-AS-JSON]
 */
import type { Limits } from '../../../core/limits.ts';
import { startDaemon } from '../../../runtime/daemon.ts';

/** What the parent sends: where to die, and at which visit of that place, counting from 1. */
export interface Arming {
  readonly site: string;
  readonly visit: number;
}

const [folder, limits, arming] = process.argv.slice(2);
let armed: { readonly site: string; visits: number } | null = null;
function arm({ site, visit }: Arming): void {
  armed = { site, visits: visit };
}
if (arming !== undefined) arm(JSON.parse(arming) as Arming);
process.on('message', (told: Arming) => {
  arm(told);
  process.send!({ armed: told.site });
});
const daemon = await startDaemon(folder!, () => process.exit(0), {
  limits: JSON.parse(limits ?? '{}') as Partial<Limits>,
  faults: {
    at(site) {
      if (armed?.site === site && --armed.visits === 0) process.kill(process.pid, 'SIGKILL');
    },
  },
});
process.once('SIGTERM', () => void daemon.stop().then(() => process.exit(0)));
// A test that is ended takes its daemons along.
process.once('disconnect', () => process.exit(0));
process.send!({ ready: true });
