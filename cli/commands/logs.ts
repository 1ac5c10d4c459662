/** `sm logs`: what a node and the Smart Messages on it say. */
import { Option, type Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import type { LogLine } from '../../runtime/control/protocol.ts';
import type { Context } from '../context.ts';

export function registerLogs(program: Command, context: () => Context): void {
  program
    .command('logs')
    .description('print what a node and the Smart Messages on it logged')
    .argument('[node]', 'name of the node', '')
    .option('-f, --follow', 'go on printing until interrupted', false)
    .option('--id <id>', 'only this application')
    .addOption(new Option('--level <level>', 'least level').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .option('-n, --last <lines>', 'how many of the past lines', '50')
    .addHelpText('after', '\nExample:\n  sm logs kitchen -f --level warn')
    .action((node: string, flags: { follow: boolean; id?: string; level: string; last: string }) => showLogs(context(), node, flags));
}

async function showLogs(
  context: Context,
  node: string,
  flags: { follow: boolean; id?: string; level: string; last: string },
): Promise<void> {
  const last = Number(flags.last);
  if (!Number.isSafeInteger(last) || last < 0) throw new MisuseError('bad-argument', `--last needs a number of lines, not "${flags.last}"`);
  const family = flags.id === undefined ? null : await context.completeFamily(flags.id);
  await using connection = await context.connect(node);
  const onEvent = (line: LogLine): void => context.output.line(line, logText(context, line));
  await connection.client.call(
    'logs',
    { follow: flags.follow, family, level: flags.level, last },
    { onEvent, signal: context.interrupted },
  );
}

function logText(context: Context, line: LogLine): string {
  const { colour } = context.output;
  const paint = { debug: colour.dim, info: colour.cyan, warn: colour.yellow, error: colour.red }[line.level];
  const who = line.smId === null ? '' : colour.dim(` ${line.smId.slice(0, 8)}`);
  return `${new Date(line.atMs).toISOString().slice(11, 23)} ${paint(line.level.padEnd(5))} ${line.node}${who}  ${line.text}`;
}
