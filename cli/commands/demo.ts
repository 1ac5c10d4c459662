/** `sm demo`: a whole network on this machine, a program that travels through it, its answer. What `npm start` runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import type { HopInfo } from '../../runtime/control/protocol.ts';
import { buildProgram, signProgram } from '../compile.ts';
import { Context } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { demoNodes, SEARCHED_TAG, type DemoNode } from '../demo-nodes.ts';
import { hopText, showHops } from '../hops.ts';
import { untilLinked } from '../local-links.ts';
import { LocalNetwork } from '../local-network.ts';
import { packageRoot } from '../package-root.ts';
import { durationText } from '../output.ts';
import { deploy, USUAL_CHOICES, waitForResult } from './deploy.ts';
import { printResult } from './family.ts';

const DEFAULT_NODES = 5;
const MOST_NODES = 64;
const MEMORY_PER_NODE = 120_000_000;
const LINKS_TIMEOUT_MS = 30_000;
const RESULT_TIMEOUT_MS = 60_000;

export function registerDemo(program: Command, context: () => Context): void {
  program
    .command('demo')
    .description('start a network of daemons on this machine, send a program through it, show every hop and the answer')
    .option('--nodes <number>', 'how many daemons', String(DEFAULT_NODES))
    .option('--keep', 'leave the network running and say how to use it', false)
    .addHelpText('after', '\nExample:\n  sm demo --nodes 12')
    .action((flags: { nodes: string; keep: boolean }) => demo(context(), flags));
}

async function demo(outer: Context, flags: { nodes: string; keep: boolean }): Promise<void> {
  const { output } = outer;
  const count = nodesThatFit(outer, Number(flags.nodes));
  const folder = mkdtempSync(join(tmpdir(), 'smart-messages-'));
  const context = new Context({ network: join(folder, 'network'), json: output.json, quiet: output.quiet });
  const nodes = demoNodes(count);
  output.note(`making a throwaway network in ${folder}`);
  const network = await LocalNetwork.create(context.network.path, nodes, context.clock);
  let kept = false;
  try {
    await Promise.race([startAndTour(context, network, nodes), interruption(context)]);
    if (flags.keep) {
      showHowToUse(context, network, folder, nodes[0]!.name);
      kept = true;
    }
  } finally {
    if (!kept) {
      await network.stop();
      rmSync(folder, { recursive: true, force: true });
      output.note('everything that was started has been stopped');
    }
  }
}

async function startAndTour(context: Context, network: LocalNetwork, nodes: readonly DemoNode[]): Promise<void> {
  await startAll(context, network, nodes);
  const matching = nodes.filter(({ searched }) => searched).map(({ name }) => name);
  await tour(context, nodes[0]!.name, matching);
}

/** Rejects when the command is interrupted, so that what was started is stopped at once. */
function interruption(context: Context): Promise<never> {
  return new Promise((_resolve, reject) => {
    context.interrupted.addEventListener('abort', () => reject(new ExitWith(context.interruptedExit)), { once: true });
  });
}

/** Throws MisuseError when the number makes no sense; lowers it, and says so, when there is too little memory. */
function nodesThatFit({ output }: Context, wanted: number): number {
  if (!Number.isSafeInteger(wanted) || wanted < 2 || wanted > MOST_NODES) {
    throw new MisuseError('bad-argument', `--nodes needs a number from 2 to ${MOST_NODES}`);
  }
  const fitting = Math.max(2, Math.floor(freemem() / MEMORY_PER_NODE));
  if (fitting >= wanted) return wanted;
  output.warning(`there is memory for ${fitting} daemons, so ${fitting} are started instead of ${wanted}`);
  return fitting;
}

async function startAll(context: Context, network: LocalNetwork, nodes: readonly DemoNode[]): Promise<void> {
  const startedAtMs = context.clock.monotonicMs();
  const died = (name: string): void => context.output.warning(`the daemon of ${name} ended`);
  // One after the other is as fast as all at once where there are few cores, and kinder to everything else on them.
  for (const { name } of nodes) {
    context.output.progress(`starting ${name} ...`);
    await network.start(name, died);
  }
  context.output.progress('waiting for the links ...');
  await untilLinked(nodes, context.nodes, context.clock, LINKS_TIMEOUT_MS);
  context.output.note(`${nodes.length} daemons up and linked in ${durationText(context.clock.monotonicMs() - startedAtMs)}`);
}

async function tour(context: Context, origin: string, matching: readonly string[]): Promise<void> {
  const { output } = context;
  const file = join(packageRoot(), 'examples', 'extreme-reading.ts');
  output.note(
    `deploying ${'examples/extreme-reading.ts'} at ${origin}: the highest ${SEARCHED_TAG} of the ${matching.length} nodes that have it`,
  );
  const program = signProgram(await buildProgram(file), context.network.author(), []);
  await using connection = await context.connect(origin);
  const flags = { ...USUAL_CHOICES, arg: [`tag=${SEARCHED_TAG}`, `visits=${matching.length}`] };
  const { family } = await deploy(context, connection, program, flags);
  output.note('');
  const show = (hop: HopInfo): void => output.note(`  ${hopText(context, hop)}`);
  const [result] = await Promise.all([
    waitForResult(context, connection, family, RESULT_TIMEOUT_MS),
    showHops(context, connection.client, family, true, show),
  ]);
  output.note('');
  await printResult(context, result);
  if (result.outcome === 'returned') announce(context, result.value as { best?: { value: number; unit: string; node: string } | null });
}

function announce({ output }: Context, value: { best?: { value: number; unit: string; node: string } | null }): void {
  if (value.best)
    output.note(
      `\nThe highest ${SEARCHED_TAG} is ${value.best.value} ${value.best.unit}, found on ${output.colour.bold(value.best.node)}.`,
    );
}

function showHowToUse(context: Context, network: LocalNetwork, folder: string, origin: string): void {
  const pids = network.release();
  const flag = `--network ${context.network.path}`;
  context.output.note(
    [
      '',
      'The network stays up. Try:',
      `  npx sm ${flag} nodes`,
      `  npx sm ${flag} tags ${[...pids.keys()].at(-1)}`,
      `  npx sm ${flag} deploy examples/hello-neighbours.ts --to ${origin} --wait`,
      `  npx sm ${flag} logs ${[...pids.keys()][1]}`,
      '',
      'Stop it with:',
      `  kill ${[...pids.values()].join(' ')} && rm -rf ${folder}`,
    ].join('\n'),
  );
}
