/** `sm policy check|explain|set`: the network's policy document. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { DataError, MisuseError, RefusedError } from '../../core/errors.ts';
import { signPolicy } from '../../runtime/identity/policy-document.ts';
import type { Explanation } from '../../runtime/policy/explain.ts';
import { checkPolicy, parsePolicy } from '../../runtime/policy/document.ts';
import type { Context } from '../context.ts';
import { EXIT, ExitWith } from '../exit.ts';

export function registerPolicy(program: Command, context: () => Context): void {
  const policy = program
    .command('policy')
    .description("check, explain and spread the network's policy")
    .addHelpText('after', '\nExample:\n  sm policy check policy.yaml');
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
    const hint = context.network.exists()
      ? 'Name the policy file. Without one, nodes have the default policy.'
      : 'Name the policy file, or make a network with "sm network init".';
    throw new MisuseError('no-file', `cannot read ${path}`, { hint, cause });
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
  const answers = [...membership(context, author), ...rules];
  context.output.result(answers, () =>
    answers.map(({ question, answer, because }) => `${question}\n  ${answer}\n  because of ${because}`).join('\n'),
  );
}

/** Rules go by name: they also speak of names that nobody has. Only the operator's laptop knows who has which. */
function membership({ network }: Context, author: string): readonly Explanation[] {
  const members = network.members();
  if (members === null) return [];
  const holders = members.filter(({ name }) => name === author);
  const holder = holders.find(({ revoked }) => !revoked);
  if (holder !== undefined && holder.role !== 'node') return [];
  const because =
    holder !== undefined
      ? 'members.json: it is the name of a node'
      : holders.length > 0
        ? 'members.json: it was revoked'
        : 'members.json: nobody of that name was certified; what follows would hold for one';
  return [{ question: `May ${author} do anything in this network?`, answer: 'no', because }];
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
  const nodes = context.nodes.names();
  context.output.progress(`telling ${nodes.join(', ')} ...`);
  const asked = await context.nodes.ask(nodes, async ({ client }) => {
    const inForce = await client.call('policy.get', {});
    // The same policy may be given out again, to reach the nodes that were away the first time.
    if (inForce.version !== version || inForce.text !== text) await client.call('policy.set', { document });
  });
  const told = asked.filter(({ error }) => error === undefined).map(({ name }) => name);
  const missed = asked.flatMap(({ name, error }) => (error === undefined ? [] : [`${name} (${error.message})`]));
  context.output.result({ told, missed }, `policy ${version} in force on ${told.join(', ') || 'no node'}`);
  if (missed.length > 0) context.output.warning(`not told: ${missed.join(', ')}`);
  if (told.length === 0) throw new DataError('unreachable', 'no node took the policy');
}
