/** Runs a daemon in this process: says when it serves, ends in order on a signal, and says why when it cannot start. */
import { BugError, SmError } from '../core/errors.ts';
import { startDaemon, type Daemon } from './daemon.ts';
import type { Node } from './node.ts';

const EXIT_BY_FAULT = { bug: 70, misuse: 2, data: 3, refused: 4 } as const;

/** Resolves with the exit code when the daemon has ended. Prints one JSON line when it serves. */
export async function runDaemon(folder: string): Promise<number> {
  let stop: () => void = () => {};
  const asked = new Promise<void>((resolve) => (stop = resolve));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
  let daemon: Daemon;
  try {
    daemon = await startDaemon(folder, () => stop());
  } catch (error) {
    return report(error);
  }
  const { node, layout } = daemon;
  superviseFailures(node);
  const { name, nodeId } = node.options.identity;
  process.stdout.write(`${JSON.stringify({ ready: { name, nodeId, address: node.neighbours.address, socket: layout.socket } })}\n`);
  await asked;
  await daemon.stop();
  return 0;
}

/**
 * What nobody has caught. A rejection that nobody waited for has left no work half done, so the daemon says that it is not well and
 * serves on. After an exception out of an event nobody knows what is half done: the process ends, as in a crash, which the
 * journal is made for, and whoever supervises it starts it again.
 */
function superviseFailures(node: Node): void {
  process.on('unhandledRejection', (error) => node.defect(error));
  process.on('uncaughtException', (error) => {
    node.defect(error);
    process.exit(report(new BugError('uncaught', error.stack ?? String(error), { cause: error })));
  });
}

/** Says why the daemon ends, and gives the exit code. */
function report(error: unknown): number {
  if (error instanceof SmError) {
    process.stderr.write(`smd: ${error.message}\n${error.hint === '' ? '' : `  ${error.hint}\n`}`);
    return EXIT_BY_FAULT[error.fault];
  }
  process.stderr.write(`smd: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_BY_FAULT.bug;
}
