/** A daemon's bundle as a process of its own. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The daemon's bundle: beside this one, or in `dist` when run from the sources. */
export function daemonProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, 'smd.js');
  return existsSync(beside) ? beside : join(here, '..', 'dist', 'smd.js');
}

/**
 * Starts `bundle` as a user would: by its own first lines, which set up the process. The `node` that they look for is the one that runs this.
 * Emits `error` when it cannot be started, as `spawn` does.
 *
 * @param environment variables beside those of this process
 */
export function spawnDaemon(
  bundle: string,
  folder: string,
  stdio: StdioOptions,
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return spawn(bundle, [folder], { stdio, env: { ...process.env, ...environment, PATH: path } });
}
