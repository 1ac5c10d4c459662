/** The verb `sim`: networks in virtual time. */
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import type { Violation } from '../../sim/check/checker.ts';
import { CANARIES, type Canary } from '../../sim/faults/canary.ts';
import type { Outcome } from '../../sim/scenario/run.ts';
import { buildProgram } from '../compile.ts';
import type { Context } from '../context.ts';
import { ExitWith, EXIT } from '../exit.ts';
import { bytesText, countText, table } from '../output.ts';
import { packageRoot } from '../package-root.ts';
import { soakInJobs, type SoakJobs, type SoakSummary } from '../soak-jobs.ts';

const SEEDS = 20;
const FRESH_SEEDS = 1_000_000_000;

export function registerSim(program: Command, context: () => Context): void {
  const sim = program.command('sim').description('simulate networks of nodes in virtual time, with the same code that daemons run');
  sim
    .command('run')
    .description('play a scenario and say what came of it')
    .argument('<scenario>', 'a scenario file; see docs/guide/simulating.md')
    .option('--seed <seed>', "decides everything that is left to chance, in place of the scenario's own")
    .option('--log <file>', 'write the event log there')
    .addHelpText('after', '\nExample:\n  sm sim run examples/simulations/tour.yaml --seed 7')
    .action((file: string, flags: { seed?: string; log?: string }) => run(context(), file, flags));
  sim
    .command('soak')
    .description('random networks in random storms: check for each seed that every promise is kept')
    .option('--seeds <number>', 'how many', wholeNumber, SEEDS)
    .option('--from <number>', 'the first seed; a fresh one when not given', wholeNumber)
    .option('--canary <bug>', `put a known bug into every node, which must be found: ${CANARIES.join(', ')}`)
    .option('--jobs <number>', 'how many processes share the work', wholeNumber, 1)
    .addHelpText('after', '\nExample:\n  sm sim soak --seeds 100 --jobs 2')
    .action((flags: { seeds: number; from?: number; canary?: string; jobs: number }) => soak(context(), flags));
  sim
    .command('replay')
    .description('repeat one run of the soak, exactly')
    .requiredOption('--seed <seed>', 'as the soak printed it')
    .option('--canary <bug>', 'the same bug as then')
    .option('--log <file>', 'write the event log there')
    .addHelpText('after', '\nExample:\n  sm sim replay --seed 117 --log 117.log')
    .action((flags: { seed: string; canary?: string; log?: string }) => replay(context(), flags));
}

async function run(context: Context, file: string, flags: { seed?: string; log?: string }): Promise<void> {
  const { play } = await import('../../sim/scenario/run.ts');
  const { parseScenario } = await import('../../sim/scenario/schema.ts');
  const scenario = parseScenario(readText(file), file);
  // Files are named as seen from the scenario.
  const beside = (path: string): string => resolve(dirname(file), path);
  const log = openLog(flags.log);
  const { interrupted, output } = context;
  const outcome = await play({
    scenario,
    seed: flags.seed ?? scenario.seed,
    guestSource: guestSource(),
    read: (path) => readText(beside(path)),
    compile: (path) => buildProgram(beside(path)),
    progress: (nowMs, untilMs) => output.progress(`${seconds(nowMs)} of ${seconds(untilMs)} of virtual time`),
    isInterrupted: () => interrupted.aborted,
    ...log,
  });
  log?.close();
  output.result(outcome, () => describe(outcome));
  if (outcome.violations.length > 0) throw new ExitWith(EXIT.programFailed);
}

async function soak(context: Context, flags: { seeds: number; from?: number; canary?: string; jobs: number }): Promise<void> {
  const canary = canaryOf(flags.canary);
  const first = flags.from ?? randomInt(FRESH_SEEDS);
  const { output, interrupted } = context;
  output.note(`seeds ${first} to ${first + flags.seeds - 1}`);
  let total: SoakSummary = { seeds: 0, hops: 0, crashes: 0, violated: [] };
  const done = (part: SoakSummary): void => {
    total = added(total, part);
    const { seeds, hops, crashes, violated } = total;
    for (const { seed, violations, replay } of part.violated)
      output.note(`seed ${seed}: ${violationText(violations)}\n  replay: ${replay}`);
    output.progress(`${seeds} of ${flags.seeds} seeds, ${countText(hops, 'hop')}, ${crashes} crashes, ${violated.length} with violations`);
  };
  const seeds = { first, seeds: flags.seeds, canary, signal: interrupted, done };
  if (flags.jobs > 1) await soakInJobs({ ...seeds, jobs: flags.jobs });
  else await soakHere(seeds);
  output.result(
    total,
    `${countText(total.seeds, 'seed')}, ${countText(total.hops, 'hop')}, ${total.crashes} crashes: ${countText(total.violated.length, 'seed')} with violations`,
  );
  if (total.violated.length > 0) throw new ExitWith(EXIT.programFailed);
}

async function soakHere({ first, seeds, canary, signal, done }: Omit<SoakJobs, 'jobs'>): Promise<void> {
  const { runTrial } = await import('../../sim/soak/trial.ts');
  const shared = { guestSource: guestSource(), root: packageRoot(), ...(canary !== undefined && { canary }) };
  for (let seed = first; seed < first + seeds && !signal.aborted; seed += 1) {
    const { hops, crashes, violations } = await runTrial({ ...shared, seed: String(seed) });
    const violated = violations.length === 0 ? [] : [{ seed: String(seed), violations, replay: replayCommand(String(seed), canary) }];
    done({ seeds: 1, hops, crashes, violated });
  }
}

function added(one: SoakSummary, other: SoakSummary): SoakSummary {
  return {
    seeds: one.seeds + other.seeds,
    hops: one.hops + other.hops,
    crashes: one.crashes + other.crashes,
    violated: [...one.violated, ...other.violated],
  };
}

async function replay(context: Context, flags: { seed: string; canary?: string; log?: string }): Promise<void> {
  const { runTrial } = await import('../../sim/soak/trial.ts');
  const canary = canaryOf(flags.canary);
  const log = openLog(flags.log);
  const result = await runTrial({
    seed: flags.seed,
    guestSource: guestSource(),
    root: packageRoot(),
    ...(canary !== undefined && { canary }),
    ...log,
  });
  log?.close();
  const { tail, ...facts } = result;
  context.output.result(facts, () =>
    [
      ...(result.violations.length > 0 && flags.log === undefined ? tail : []),
      `${result.nodes} nodes, ${result.launches} launches, ${result.hops} hops, ${result.crashes} crashes in ${seconds(result.endedAtMs)}`,
      `event log ${result.digest}`,
      violationText(result.violations),
    ].join('\n'),
  );
  if (result.violations.length > 0) throw new ExitWith(EXIT.programFailed);
}

function replayCommand(seed: string, canary: Canary | undefined): string {
  return `sm sim replay --seed ${seed}${canary === undefined ? '' : ` --canary ${canary}`}`;
}

function describe({ launches, hops, messages, load, crashes, energy, virtualMs, digest, violations, seed }: Outcome): string {
  const rows = Object.entries(messages).map(([kind, amount]) => [kind, amount.messages, bytesText(amount.bytes)]);
  return [
    table(['MESSAGE', 'COUNT', 'BYTES'], rows),
    '',
    `${launches.asked} launched: ${launches.returned} returned, ${launches.failed} failed, ${launches.refused} refused, ${launches.open} under way`,
    `${hops} hops, ${load.messages} transmissions of ${bytesText(load.bytes)} with all headers, ${crashes} crashes, in ${seconds(virtualMs)} of virtual time`,
    ...(energy === null ? [] : [energyText(energy)]),
    `seed ${seed}, event log ${digest}`,
    violationText(violations),
  ].join('\n');
}

function energyText({ emptied, ...parts }: NonNullable<Outcome['energy']>): string {
  const spent = Object.entries(parts).map(([part, joules]) => `${part.slice(0, -1)} ${joules.toPrecision(3)} J`);
  return `energy: ${spent.join(', ')}; ${emptied} batteries empty`;
}

function violationText(violations: readonly Violation[]): string {
  if (violations.length === 0) return 'every promise was kept';
  return violations.map(({ checker, atMs, text }) => `${checker} at ${seconds(atMs)}: ${text}`).join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}

/** Throws MisuseError `unknown-canary`. */
function canaryOf(name: string | undefined): Canary | undefined {
  const found = CANARIES.find((canary) => canary === name);
  if (found !== undefined || name === undefined) return found;
  throw new MisuseError('unknown-canary', `there is no canary "${name}"`, { hint: `Canaries: ${CANARIES.join(', ')}.` });
}

/** Throws MisuseError `no-file`. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new MisuseError('no-file', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function openLog(path: string | undefined): { readonly write: (text: string) => void; readonly close: () => void } | undefined {
  if (path === undefined) return undefined;
  const file = openSync(path, 'w');
  return { write: (text) => void writeSync(file, text), close: () => closeSync(file) };
}

function guestSource(): string {
  return readText(join(packageRoot(), 'dist', 'guest.js'));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}
