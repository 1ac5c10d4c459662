/** `sm policy check|explain|set`: the network's policy document. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { DataError, MisuseError, RefusedError } from '../../core/errors.ts';
import { signPolicy } from '../../runtime/identity/policy-document.ts';
import { checkPolicy, parsePolicy } from '../../runtime/policy/document.ts';
import type { Context } from '../context.ts';
import { EXIT, ExitWith } from '../exit.ts';

export function registerPolicy(program: Command, context: () => Context): void {
  const policy = program.command('policy').description("check, explain and spread the network's policy");
  policy
    .command('check')
    .description('check a policy file; errors come with line and column')
    .argument('[file]', "the file; the network's policy.yaml when left out")
    .addHelpText('after', '\nExample:\n  sm policy check policy.yaml')
    .action((file: string | undefined) => check(context(), file));
  policy
    .command('explain')
    .description('which rule decides what for an author, a program and a tag, on a node')
    .argument('<author>', 'name of the author')
    .option('--code <hash>', 'manifest hash of the program')
    .option('--tag <name>', 'an I/O tag')
    .option('--at <node>', 'the node to ask')
    .addHelpText('after', '\nExample:\n  sm policy explain anna --tag io:light-switch --at porch')
    .action((author: string, flags: { code?: string; tag?: string; at?: string }) => explain(context(), author, flags));
  policy
    .command('set')
    .description('sign a policy as the operator and give it to every node that can be reached')
    .argument('[file]', "the file; the network's policy.yaml when left out")
    .addHelpText('after', '\nExample:\n  sm policy set policy.yaml')
    .action((file: string | undefined) => set(context(), file));
}

function read(context: Context, file: string | undefined): { readonly path: string; readonly text: string } {
  const path = file ?? join(context.network.path, 'policy.yaml');
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new MisuseError('no-file', `cannot read ${path}`, {
      hint: 'Name the policy file, or make a network with "sm network init".',
      cause,
    });
  }
}

function check(context: Context, file: string | undefined): void {
  const { path, text } = read(context, file);
  const problems = checkPolicy(text, path);
  context.output.result({ file: path, problems }, problems.length === 0 ? `${path}: in order` : problems.join('\n'));
  if (problems.length > 0) throw new ExitWith(EXIT.data);
}

async function explain(context: Context, author: string, flags: { code?: string; tag?: string; at?: string }): Promise<void> {
  await using connection = await context.connect(flags.at ?? '');
  const rules = await connection.client.call('policy.explain', { author, code: flags.code ?? null, tag: flags.tag ?? null });
  context.output.result(rules, () =>
    rules.map(({ question, answer, because }) => `${question}\n  ${answer}\n  because of ${because}`).join('\n'),
  );
}

async function set(context: Context, file: string | undefined): Promise<void> {
  const { path, text } = read(context, file);
  const { version } = parsePolicy(text, path);
  const caller = context.network.caller();
  if (caller.role !== 'operator') {
    throw new RefusedError('wrong-role', `only an operator sets the policy; ${caller.name} is ${caller.role}`, {
      hint: 'Run this where the network was made, or with a certificate of the role operator.',
    });
  }
  const signed = signPolicy({ version, issuedAtMs: Math.trunc(context.clock.wallMs()), text }, caller);
  const document = Buffer.from(signed).toString('base64');
  const told: string[] = [];
  const missed: string[] = [];
  for (const node of context.nodes.names()) {
    context.output.progress(`telling ${node} ...`);
    try {
      await using connection = await context.connect(node);
      const inForce = await connection.client.call('policy.get', {});
      // The same policy may be given out again, to reach the nodes that were away the first time.
      if (inForce.version !== version || inForce.text !== text) await connection.client.call('policy.set', { document });
      told.push(node);
    } catch (error) {
      missed.push(`${node} (${(error as Error).message})`);
    }
  }
  context.output.result({ told, missed }, `policy ${version} in force on ${told.join(', ') || 'no node'}`);
  if (missed.length > 0) context.output.warning(`not told: ${missed.join(', ')}`);
  if (told.length === 0) throw new DataError('unreachable', 'no node took the policy');
}
