/** `sm deploy`: compile, sign, inject at a node, and say "running" only when it is. */
import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import { DataError, MisuseError, RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Budget, InDoubtPolicy, LaunchRequest } from '../../core/program.ts';
import type { DeployResult, NodeInfo } from '../../runtime/control/protocol.ts';
import { signLaunchRequest } from '../../runtime/identity/launch.ts';
import { parseArguments, parseDuration } from '../arguments.ts';
import { buildProgram, signProgram, type SignedProgram } from '../compile.ts';
import type { Context } from '../context.ts';
import { ExitWith } from '../exit.ts';
import type { Connection } from '../nodes.ts';
import { ProgramArchive } from '../programs.ts';
import { showWarnings } from './compile.ts';
import { printResult } from './family.ts';

/** How a launch shall be, as the command line says it. */
export interface LaunchChoices {
  readonly arg: readonly string[];
  readonly args?: string;
  readonly transient: boolean;
  readonly hops: string;
  readonly children: string;
  readonly cpu: string;
  readonly inDoubt: InDoubtPolicy;
  readonly guard: string;
}

/** A launch of which nothing was chosen. */
export const USUAL_CHOICES: LaunchChoices = {
  arg: [],
  transient: false,
  hops: String(LIMITS.budgetHops),
  children: String(LIMITS.budgetChildren),
  cpu: `${LIMITS.budgetCpuMs}ms`,
  inDoubt: 'wait',
  guard: '0',
};

interface DeployFlags extends LaunchChoices {
  readonly to?: string;
  readonly wait: boolean;
  readonly timeout: string;
  readonly succeeds: readonly string[];
}

const NO_BUDGET: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

export function registerDeploy(program: Command, context: () => Context): void {
  program
    .command('deploy')
    .description('compile and sign a program and start it at a node, its origin')
    .argument('<file>', 'the program')
    .option('--to <node>', 'name of the node; any known node that answers when left out')
    .option('--arg <key=value...>', 'one argument of the program; JSON or text', [])
    .option('--args <json>', 'all arguments as a JSON object')
    .option('--wait', 'wait for the result and print it', false)
    .option('--timeout <duration>', 'how long to wait with --wait', '5min')
    .option('--transient', 'do not journal it: faster, but a crash loses it', false)
    .option('--hops <number>', 'budget: how many hops it and its children may make', USUAL_CHOICES.hops)
    .option('--children <number>', 'budget: how many Smart Messages may descend from it', USUAL_CHOICES.children)
    .option('--cpu <duration>', 'budget: how long it and its children may compute in all', USUAL_CHOICES.cpu)
    .addOption(
      new Option('--in-doubt <policy>', 'when it is unknown whether a hop succeeded')
        .choices(['wait', 'duplicate', 'drop'])
        .default('wait'),
    )
    .option(
      '--guard <number>',
      'at how many of its last nodes a copy stays, to go on should the nodes after it be gone (at least once)',
      USUAL_CHOICES.guard,
    )
    .option('--succeeds <hash...>', 'earlier versions of this program whose tags it shares', [])
    .addHelpText(
      'after',
      `
Examples:
  sm deploy examples/extreme-reading.ts --arg tag=io:process/memory --arg visits=3 --wait
  sm deploy tour.ts --to kitchen --args '{"visits": 3}'

Exit codes: 0 running (or returned, with --wait), 1 the program failed, 2 wrong use, 4 refused, 5 not reachable or too late.`,
    )
    .action((file: string, flags: DeployFlags) => deployCommand(context(), file, flags));
}

async function deployCommand(context: Context, file: string, flags: DeployFlags): Promise<void> {
  const timeoutMs = parseDuration(flags.timeout, '--timeout');
  const built = await buildProgram(file);
  showWarnings(context.output, built);
  const signed = signProgram(built, context.network.author(), flags.succeeds as readonly Hash[]);
  await using connection = await context.connect(flags.to ?? '');
  const started = await deploy(context, connection, signed, flags);
  const id = started.family.slice(0, 8);
  if (!flags.wait) {
    const state = started.state === 'running' ? `running on ${started.nodeName}` : `already over on ${started.nodeName}`;
    context.output.result(started, `${id} ${state}\n  sm result ${id} --at ${started.nodeName} --wait`);
    return;
  }
  context.output.note(`${id} running on ${started.nodeName}`);
  await printResult(context, await waitForResult(context, connection, started.family, timeoutMs));
}

/** Starts a signed program at the connected node. Throws RefusedError with the node's reason. */
export async function deploy(
  context: Context,
  connection: Connection,
  program: SignedProgram,
  flags: LaunchChoices,
): Promise<DeployResult> {
  const info = await connection.client.call('info', {});
  context.nodes.learn(info);
  if (context.network.isRevoked(info.nodeId)) {
    throw new RefusedError('revoked', `${info.name} was revoked: no other node would take a program from it`, {
      hint: 'Deploy at another node; see which there are with: sm nodes',
    });
  }
  const request = launchRequest(context, info, program, flags);
  new ProgramArchive(context.network.path).save(program.hash, program.compiled.maps);
  const params = {
    manifest: Buffer.from(program.manifestBytes).toString('base64'),
    bricks: program.compiled.bricks.map(({ code }) => code),
    request: Buffer.from(signLaunchRequest(request, context.network.author())).toString('base64'),
  };
  try {
    return await connection.client.call('deploy', params);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { reason, message, hint, retryAfterMs } = error;
    throw new RefusedError(reason, `refused because ${message}`, { hint, retryAfterMs, cause: error });
  }
}

function launchRequest(context: Context, info: NodeInfo, program: SignedProgram, flags: LaunchChoices): LaunchRequest {
  const guard = guardOf(flags);
  if (flags.transient && flags.inDoubt === 'wait') flags = { ...flags, inDoubt: 'drop' };
  const budget: Budget = {
    hops: wholeNumber(flags.hops, '--hops'),
    cpuMs: parseDuration(flags.cpu, '--cpu'),
    bytes: LIMITS.budgetBytes,
    children: wholeNumber(flags.children, '--children'),
  };
  return {
    network: context.network.author().network,
    manifest: program.hash,
    arguments: parseArguments(flags.arg, flags.args),
    resources: program.resources,
    budget,
    reserve: flags.inDoubt === 'duplicate' || guard > 0 ? budget : NO_BUDGET,
    inDoubt: flags.inDoubt,
    inDoubtTimeoutMs: LIMITS.settleTimeoutMs,
    guard,
    transient: flags.transient,
    origin: info.nodeId,
    nonce: randomBytes(16).toString('hex'),
    expiresAtMs: Math.trunc(context.clock.wallMs()) + LIMITS.launchValidMs,
  };
}

function guardOf({ guard, transient }: LaunchChoices): number {
  const copies = wholeNumber(guard, '--guard');
  if (copies > LIMITS.guardsPerSm)
    throw new MisuseError('bad-argument', `--guard may be at most ${LIMITS.guardsPerSm}, not ${copies}`, {
      hint: 'One copy outlives one node that is gone for good; more outlive as many at once.',
    });
  if (copies > 0 && transient)
    throw new MisuseError('bad-argument', 'a transient Smart Message cannot be guarded: it is written down nowhere', {
      hint: 'Leave out --transient or --guard.',
    });
  return copies;
}

function wholeNumber(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new MisuseError('bad-argument', `${flag} needs a whole number, not "${text}"`);
}

/** Waits for the end of an application; the result stays at the origin when the time is over. Throws DataError `timeout`. */
export async function waitForResult(context: Context, connection: Connection, family: string, timeoutMs: number) {
  const stop = new AbortController();
  const timer = context.clock.setTimer(timeoutMs, () => stop.abort());
  context.interrupted.addEventListener('abort', () => stop.abort(), { once: true });
  context.output.progress(`waiting for ${family.slice(0, 8)} ...`);
  try {
    return await connection.client.call('result', { family, follow: true, keep: false }, { signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    const id = family.slice(0, 8);
    if (context.interrupted.aborted) {
      context.output.note(`${id} runs on, its result will wait at ${connection.name}`);
      throw new ExitWith(context.interruptedExit);
    }
    throw new DataError('timeout', `no result after ${timeoutMs} ms; ${id} runs on, its result will wait at ${connection.name}`, {
      hint: `sm result ${id} --wait      or end it: sm kill ${id}`,
      cause: error,
    });
  } finally {
    timer.cancel();
  }
}
