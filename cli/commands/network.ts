/** `sm network init`: makes a network: its authority, its operator and its first author. */
import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLIC_FILE, writeFileAtomic } from '../../runtime/identity/files.ts';
import { DEFAULT_POLICY_TEXT } from '../../runtime/policy/default.ts';
import type { Context } from '../context.ts';
import { NetworkFolder, type PersonRole } from '../network.ts';

export function registerNetwork(program: Command, context: () => Context): void {
  const network = program
    .command('network')
    .description('make and look after a network')
    .addHelpText('after', '\nExample:\n  sm network init --author anna');
  network
    .command('init')
    .description('make a network: its certificate authority, an operator and an author certificate, all on this machine')
    .option('--author <name>', 'your name as an author of programs')
    .addHelpText('after', '\nExample:\n  sm network init --author anna\n\nBack up the folder: whoever has authority.key is the network.')
    .action((flags: { author?: string }) => initNetwork(context(), flags.author));
  network
    .command('certify')
    .description('certify another person, and make a folder for their laptop')
    .argument('<name>', 'who it is: letters, digits, dashes')
    .requiredOption('-o, --out <folder>', 'the folder to make; give it to them, and keep no copy')
    .addOption(new Option('--role <role>', 'what they may do').choices(['operator', 'author', 'observer']).default('author'))
    .addHelpText(
      'after',
      '\nExample:\n  sm network certify ben --role observer --out /media/stick/smart-messages\n\nAn observer looks, an author also deploys and ends own programs, an operator also changes policy.',
    )
    .action((name: string, flags: { out: string; role: PersonRole }) => certify(context(), name, flags));
}

async function initNetwork(context: Context, author: string | undefined): Promise<void> {
  const { output, network, clock } = context;
  output.progress('making keys ...');
  const { folder, authority } = await NetworkFolder.create(network.path, author, clock);
  const policy = join(folder.path, 'policy.yaml');
  if (!existsSync(policy)) writeFileAtomic(policy, DEFAULT_POLICY_TEXT, PUBLIC_FILE);
  const made = { network: authority.network, folder: folder.path, author: folder.author().name, operator: folder.caller().name };
  output.result(made, () =>
    [
      `network ${made.network.slice(0, 12)} in ${made.folder}`,
      `author ${made.author}, operator ${made.operator}`,
      '',
      'Next: sm node init NAME    (once for every board; then copy its folder there and start smd)',
    ].join('\n'),
  );
}

async function certify({ network, output }: Context, name: string, { out, role }: { out: string; role: PersonRole }): Promise<void> {
  const { path } = await network.certify(name, role, out);
  output.result({ name, role, folder: path }, `${role} ${name} in ${path}; there it works with: sm --network ${path} nodes`);
}
