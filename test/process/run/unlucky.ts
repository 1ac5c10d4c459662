/** `smd FOLDER`, in whose process something goes wrong that nobody catches, when its parent says what. */
import { runDaemon } from '../../../runtime/run.ts';

export type Mishap = 'rejection' | 'exception';

process.on('message', (mishap: Mishap) => {
  if (mishap === 'rejection') void Promise.reject(new Error('nobody waited for this'));
  else
    setImmediate(() => {
      throw new Error('nobody caught this');
    });
});
// A test that is ended takes its daemons along; for the rest, only the daemon's own work keeps the process alive.
process.once('disconnect', () => process.exit(0));
process.channel?.unref();
process.exitCode = await runDaemon(process.argv[2]!);
