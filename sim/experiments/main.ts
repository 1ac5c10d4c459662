/** The command `npm run sim:experiments`: computes experiments, and writes their figures and pictures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { DataError } from '../../core/errors.ts';
import { EXIT, reportError } from '../../cli/exit.ts';
import { durationText, Output, table } from '../../cli/output.ts';
import { packageRoot } from '../../cli/package-root.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { draw } from './draw.ts';
import type { Experiment } from './experiment.ts';
import { CHILD_ARGUMENT, openProcess, serveTasks } from './process.ts';
import { EXPERIMENT_NAMES, loadExperiment } from './registry.ts';
import { resultText, summariesOf } from './results.ts';
import { run, type PointResult } from './runner.ts';
import { settingAt } from './setting.ts';

interface Flags {
  readonly list?: boolean;
  readonly full?: boolean;
  readonly seeds?: number;
  readonly jobs: number;
  readonly out: string;
}

const RESULTS = 'sim/experiments/results';
/** Where nobody watches a terminal, every so many percent are worth a line. */
const STEP_PERCENT = 10;

const output = new Output({ json: false, quiet: false, stdout: process.stdout, stderr: process.stderr });

async function main(argv: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());
  const command = new Command('npm run sim:experiments --')
    .description('Computes experiments in virtual time, and writes what came out: NAME.json and a picture or more.')
    .argument('[name...]', 'which experiments; all when none is named')
    .option('--list', 'say which experiments there are')
    .option('--seeds <number>', 'how many seeds at each point, in place of what the experiment takes', wholeNumber)
    .option('--full', 'more points and more seeds: hours')
    .option('--jobs <number>', 'how many processes compute', wholeNumber, cpus().length)
    .option('--out <folder>', 'where the results go', join(packageRoot(), RESULTS))
    .exitOverride()
    .action((names: string[], flags: Flags) => (flags.list === true ? list() : computeAll(names, flags, interruption.signal)));
  try {
    await command.parseAsync([...argv], { from: 'user' });
    return interruption.signal.aborted ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misuse;
    return reportError(error, output);
  }
}

async function list(): Promise<void> {
  const experiments = await Promise.all(EXPERIMENT_NAMES.map(loadExperiment));
  const rows = experiments.map(({ name, title }) => [name, title]);
  output.result(EXPERIMENT_NAMES, table(['NAME', 'WHAT'], rows));
}

async function computeAll(names: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  // All of them first: a name that is wrong must not be noticed after an hour.
  const experiments = await Promise.all((names.length > 0 ? names : EXPERIMENT_NAMES).map(loadExperiment));
  const folder = resolve(flags.out);
  makeFolder(folder);
  for (const experiment of experiments) {
    const results = await compute(experiment, flags, signal);
    if (results === null) return output.warning('interrupted; nothing was written of what is not complete');
    await write(experiment, flags, results, folder);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new DataError('no-folder', `${folder} cannot be made: ${(cause as Error).message}`, { hint: 'Name another with --out.', cause });
  }
}

async function compute(experiment: Experiment, flags: Flags, signal: AbortSignal): Promise<readonly PointResult[] | null> {
  const startMs = systemClock.monotonicMs();
  const [, script = ''] = process.argv;
  let step = 0;
  const results = await run(experiment, {
    size: flags.full === true ? 'full' : 'default',
    seeds: flags.seeds ?? null,
    jobs: flags.jobs,
    open: () => openProcess(script),
    signal,
    done: (tasks, of) => {
      const leftMs = ((systemClock.monotonicMs() - startMs) / tasks) * (of - tasks);
      const text = `${experiment.name}: ${tasks} of ${of} runs${tasks < of ? `, about ${durationText(leftMs)} left` : ''}`;
      if (process.stderr.isTTY) return output.progress(text);
      if ((tasks / of) * 100 < step + STEP_PERCENT) return;
      step = Math.floor((tasks / of) * 100);
      output.note(text);
    },
  });
  if (results !== null) output.note(`${experiment.name}: computed in ${durationText(systemClock.monotonicMs() - startMs)}`);
  return results;
}

async function write(experiment: Experiment, flags: Flags, results: readonly PointResult[], folder: string): Promise<void> {
  const size = flags.full === true ? 'full' : 'default';
  const machine = { processor: cpus()[0]?.model.trim() ?? 'unknown', node: process.version };
  const files = new Map([
    [`${experiment.name}.json`, resultText(experiment, size, results, null)],
    [`${experiment.name}.machine.json`, resultText(experiment, size, results, machine)],
  ]);
  const points = summariesOf(experiment, results);
  for (const figure of experiment.figures) {
    const name = figure.name === '' ? experiment.name : `${experiment.name}-${figure.name}`;
    files.set(`${name}.svg`, await draw(experiment, figure, points));
  }
  for (const [name, text] of files) if (text !== null) writeFileSync(join(folder, name), text);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

if (process.argv[2] === CHILD_ARGUMENT) serveTasks(loadExperiment, settingAt(packageRoot()));
else process.exitCode = await main(process.argv.slice(2));
