/** Runs of the workload, several at once, in processes of their own: each takes a minute or so, and they know nothing of each other. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../cli/package-root.ts';
import type { Ours } from './ours.ts';

/** The first argument of a child. */
export const RUN_ARGUMENT = 'run-side-by-side';

export interface Task {
  readonly seed: string;
  readonly sideM: number;
}

/**
 * The outcomes of all tasks, in their order.
 *
 * @param script what a child runs, which calls {@link serveRun} when its first argument is {@link RUN_ARGUMENT}
 * @param done told of every run that is over
 */
export async function runAll(script: string, tasks: readonly Task[], done: (outcome: Ours, runs: number) => void): Promise<Ours[]> {
  const outcomes: Ours[] = [];
  const left = tasks.entries();
  let runs = 0;
  const work = async (): Promise<void> => {
    for (const [index, task] of left) {
      const outcome = await runInChild(script, task);
      outcomes[index] = outcome;
      done(outcome, ++runs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(cpus().length, tasks.length) }, work));
  return outcomes;
}

function runInChild(script: string, { seed, sideM }: Task): Promise<Ours> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [RUN_ARGUMENT, seed, String(sideM)]);
    child.once('message', (outcome) => resolve(outcome as Ours));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the run of seed ${seed} at ${sideM} m ended with ${signal ?? code}`)));
  });
}

/** A child's life: one run. */
export async function serveRun([seed = '', sideM = '']: readonly string[]): Promise<void> {
  process.once('disconnect', () => process.exit());
  const [{ runOurs }, { workload }] = await Promise.all([import('./ours.ts'), import('./workload.ts')]);
  const root = packageRoot();
  const guestSource = readFileSync(join(root, 'dist', 'guest.js'), 'utf8');
  const outcome = await runOurs(workload(seed, Number(sideM)), guestSource, root);
  process.send!(outcome, () => process.exit());
}
