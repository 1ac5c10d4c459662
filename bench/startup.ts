/** From the start of a process to a daemon that serves, and from `sm deploy` to a program that runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalNetwork } from '../cli/local-network.ts';
import { packageRoot } from '../cli/package-root.ts';
import { systemClock } from '../runtime/platform/clock.ts';
import { summarize, type Result } from './result.ts';

const STARTS = 7;
const DEPLOYS = 7;

export async function run(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sm-bench-'));
  const choices = { location: null, logLevel: 'error' };
  const network = await LocalNetwork.create(join(folder, 'network'), [{ name: 'only', dials: [], choices }], systemClock);
  try {
    const ready: number[] = [];
    for (let round = 0; round < STARTS; round++) {
      const startedAt = performance.now();
      const daemon = await network.start('only');
      ready.push(performance.now() - startedAt);
      if (round < STARTS - 1) await ended(daemon);
    }
    const deployed: number[] = [];
    for (let round = 0; round <= DEPLOYS; round++) {
      const startedAt = performance.now();
      await deploy(network.folder.path);
      // The first one warms the file system's cache.
      if (round > 0) deployed.push(performance.now() - startedAt);
    }
    return [summarize('ready_ms', 'ms', ready), summarize('deploy_running_ms', 'ms', deployed)];
  } finally {
    await network.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The network goes on: only this daemon is stopped, to be started again. */
function ended(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    daemon.once('exit', () => resolve());
    daemon.kill('SIGTERM');
  });
}

function deploy(network: string): Promise<void> {
  const cli = join(dirname(fileURLToPath(import.meta.url)), 'sm.js');
  const example = join(packageRoot(), 'examples', 'light-signal.ts');
  const child = spawn(process.execPath, [cli, '--network', network, 'deploy', example, '--to', 'only'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      code === 0 && said.includes('running on only') ? resolve() : reject(new Error(`sm deploy ended with ${code}: ${said}`)),
    );
  });
}
