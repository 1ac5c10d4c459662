/** A soak on several processors: the same command, some seeds at a time, in processes of their own. */
import { execFile } from 'node:child_process';
import { DataError } from '../core/errors.ts';
import type { Violation } from '../sim/check/checker.ts';
import type { Canary } from '../sim/faults/canary.ts';

/** What `sm sim soak --json` prints. */
export interface SoakSummary {
  readonly seeds: number;
  readonly hops: number;
  readonly crashes: number;
  readonly violated: readonly { readonly seed: string; readonly violations: readonly Violation[]; readonly replay: string }[];
}

export interface SoakJobs {
  readonly jobs: number;
  readonly first: number;
  readonly seeds: number;
  readonly canary: Canary | undefined;
  readonly signal: AbortSignal;
  /** Told of every part that is done. */
  readonly done: (part: SoakSummary) => void;
}

/** At most so many in one process: whoever watches wants to see how it goes. */
const SEEDS_PER_PROCESS = 10;
const OUTPUT_BYTES = 16 * 1024 * 1024;

/** Resolves when all seeds have been tried, or none is begun any more. Rejects with DataError `soak-failed` when a process broke down. */
export async function soakInJobs({ jobs, first, seeds, canary, signal, done }: SoakJobs): Promise<void> {
  const most = Math.min(SEEDS_PER_PROCESS, Math.ceil(seeds / jobs));
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + seeds && !signal.aborted) {
      const from = next;
      const count = Math.min(most, first + seeds - from);
      next += count;
      const flags = ['--from', String(from), '--seeds', String(count), '--json', ...(canary === undefined ? [] : ['--canary', canary])];
      done(await run(flags));
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

function run(flags: readonly string[]): Promise<SoakSummary> {
  const [, script = ''] = process.argv;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, 'sim', 'soak', ...flags], { maxBuffer: OUTPUT_BYTES }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as SoakSummary);
      } catch {
        const text = `the soak of ${flags.join(' ')} broke down: ${stderr.trim() || error?.message}`;
        reject(new DataError('soak-failed', text, { cause: error }));
      }
    });
  });
}
