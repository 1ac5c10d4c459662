/**
 * `npm run --silent bench -- SUITE --json`: runs one suite of measurements and prints one JSON object
 * `{suite, results: [{name, unit, min, p50, p95, n}]}`. With `--full` some suites are larger than what a minute allows. The
 * other processes that suites need are bundles beside this one.
 */
import { ECHO_ARGUMENT, serveEcho } from './floors.ts';
import type { Result } from './result.ts';
import { RUN_ARGUMENT, serveRun } from './side-by-side/processes.ts';

interface SuiteOptions {
  readonly isFull: boolean;
}

const SUITES: Readonly<Record<string, () => Promise<{ run(options: SuiteOptions): Promise<Result[]> }>>> = {
  hop: () => import('./hop.ts'),
  throughput: () => import('./throughput.ts'),
  memory: () => import('./memory.ts'),
  tags: () => import('./tags.ts'),
  continuation: () => import('./continuation.ts'),
  startup: () => import('./startup.ts'),
  aodv: () => import('./aodv.ts'),
  gpsr: () => import('./gpsr.ts'),
  sim: () => import('./sim.ts'),
};

async function runSuite(name: string, json: boolean, options: SuiteOptions): Promise<number> {
  const load = SUITES[name];
  if (load === undefined) {
    process.stderr.write(`There is no suite "${name}". Suites: ${Object.keys(SUITES).join(', ')}.\n`);
    return 2;
  }
  const results = await (await load()).run(options);
  if (json) process.stdout.write(`${JSON.stringify({ suite: name, results })}\n`);
  else
    for (const { name: figure, unit, min, p50, p95, n } of results)
      process.stdout.write(`${figure}: p50 ${round(p50)} ${unit} (min ${round(min)}, p95 ${round(p95)}, n ${n})\n`);
  return 0;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const [first = '', ...flags] = process.argv.slice(2);
if (first === ECHO_ARGUMENT) serveEcho();
else if (first === RUN_ARGUMENT) await serveRun(flags);
else process.exit(await runSuite(first, flags.includes('--json'), { isFull: flags.includes('--full') }));
