/** `sm tags` lists a node's tags; `sm tag read|write|watch` works on one. */
import type { Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import type { TagValue } from '../../core/tags.ts';
import type { TagInfo } from '../../runtime/control/protocol.ts';
import { parseValue } from '../arguments.ts';
import type { Context } from '../context.ts';
import { durationText, table } from '../output.ts';

export function registerTags(program: Command, context: () => Context): void {
  program
    .command('tags')
    .description('list the tags of a node: what it senses, and what Smart Messages left there')
    .argument('[node]', 'name of the node', '')
    .option('--prefix <prefix>', 'only names that start so', '')
    .addHelpText('after', '\nExample:\n  sm tags kitchen --prefix io:')
    .action((node: string, flags: { prefix: string }) => listTags(context(), node, flags.prefix));

  const tag = program
    .command('tag')
    .description('read, write or watch one tag')
    .addHelpText('after', '\nExample:\n  sm tag read kitchen io:temperature');
  tag
    .command('read')
    .description('print the value of a tag')
    .argument('<node>', 'name of the node')
    .argument('<tag>', 'name of the tag')
    .option('--fresh', 'ask the sensor now instead of taking the last reading', false)
    .addHelpText('after', '\nExample:\n  sm tag read kitchen io:temperature --fresh')
    .action((node: string, name: string, flags: { fresh: boolean }) => readTag(context(), node, name, flags.fresh));
  tag
    .command('write')
    .description('write a tag; the value is JSON, or else a string. Writing an actuator drives it')
    .argument('<node>', 'name of the node')
    .argument('<tag>', 'name of the tag')
    .argument('<value>', 'JSON value')
    .addHelpText('after', '\nExample:\n  sm tag write kitchen io:light/switch true')
    .action((node: string, name: string, value: string) => writeTag(context(), node, name, value));
  tag
    .command('watch')
    .description('print every change of tags until interrupted')
    .argument('<node>', 'name of the node')
    .argument('[prefix]', 'only names that start so', '')
    .addHelpText('after', '\nExample:\n  sm tag watch kitchen public:')
    .action((node: string, prefix: string) => watchTags(context(), node, prefix));
}

async function listTags(context: Context, node: string, prefix: string): Promise<void> {
  await using connection = await context.connect(node);
  const tags = await connection.client.call('tags.list', { prefix });
  context.output.result(tags, () =>
    tags.length === 0
      ? `no tags${prefix === '' ? '' : ` whose name starts with ${prefix}`} on ${connection.name}`
      : table(
          ['TAG', 'VALUE', 'UNIT', 'AGE', 'EXPIRES IN', 'OWNER'],
          tags.map((tag) => [tag.name, short(tag.value), tag.unit, durationText(tag.ageMs), lifetime(tag), tag.owner ?? 'node']),
        ),
  );
}

async function readTag(context: Context, node: string, name: string, fresh: boolean): Promise<void> {
  await using connection = await context.connect(node);
  const tag = await connection.client.call('tags.read', { name, fresh });
  context.output.result(tag, () => `${JSON.stringify(tag.value)}${tag.unit === '' ? '' : ` ${tag.unit}`}`);
}

async function writeTag(context: Context, node: string, name: string, text: string): Promise<void> {
  if (name === '') throw new MisuseError('bad-argument', 'the name of the tag is empty');
  const value = parseValue(text, 'the value') as TagValue;
  await using connection = await context.connect(node);
  const { version } = await connection.client.call('tags.write', { name, value });
  context.output.result({ node: connection.name, name, version }, `${name} on ${connection.name} is now version ${version}`);
}

async function watchTags(context: Context, node: string, prefix: string): Promise<void> {
  await using connection = await context.connect(node);
  const onEvent = (tag: TagInfo): void => context.output.line(tag, `${tag.name} = ${JSON.stringify(tag.value)} ${tag.unit}`.trimEnd());
  await connection.client.call('tags.watch', { prefix }, { onEvent, signal: context.interrupted });
}

function short(value: TagValue): string {
  const text = JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

function lifetime(tag: TagInfo): string {
  return tag.lifetimeLeftMs === null ? 'never' : durationText(tag.lifetimeLeftMs);
}
