/** `sm node init|run|renew|revoke`: a node's folder, its daemon, its certificate. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import { nodeLayout } from '../../runtime/config/layout.ts';
import { parseNodeConfig } from '../../runtime/config/node-config.ts';
import { PUBLIC_FILE, writeFileAtomic } from '../../runtime/identity/files.ts';
import { loadIdentity, writeIdentity } from '../../runtime/identity/identity.ts';
import type { Context } from '../context.ts';
import { nodeConfigText, type NodeChoices } from '../node-config-text.ts';

export function registerNode(program: Command, context: () => Context): void {
  const node = program.command('node').description('make nodes, run them, renew or revoke their certificates');
  node
    .command('init')
    .description("make a node's folder: key, certificate, configuration. Copy it to the board and start smd there")
    .argument('<name>', 'name of the node: letters, digits, dashes')
    .option('--listen <host:port>', 'where it listens; port 0 takes any free one', '0.0.0.0:7345')
    .option('--peer <host:port...>', 'neighbours to dial; needed only where multicast is blocked')
    .option('--location <latitude,longitude>', 'where it stands, in degrees')
    .option('--no-multicast', 'do not send or hear beacons')
    .addHelpText(
      'after',
      '\nExample:\n  sm node init kitchen --location 40.5,-74.4\n  scp -r ~/.config/smart-messages/nodes/kitchen pi@kitchen:\n  ssh pi@kitchen smd kitchen',
    )
    .action((name: string, flags: InitFlags) => initNode(context(), name, flags));
  node
    .command('run')
    .description('run the daemon of a node on this machine; the same as smd')
    .argument('<name-or-folder>', 'a node made here, or its folder')
    .addHelpText('after', '\nExample:\n  sm node run kitchen')
    .action((name: string) => runNode(context(), name));
  node
    .command('renew')
    .description("renew a node's certificate; its key and id stay the same")
    .argument('<name>', 'name of the node')
    .option('--days <days>', 'how long the new certificate is valid', '365')
    .addHelpText('after', '\nExample:\n  sm node renew kitchen --days 365')
    .action((name: string, flags: { days: string }) => renewNode(context(), name, Number(flags.days)));
  node
    .command('revoke')
    .description('revoke the certificate of a node, author or operator, and tell every node that can be reached')
    .argument('<name>', 'whose certificate')
    .addHelpText('after', '\nExample:\n  sm node revoke attic')
    .action((name: string) => revoke(context(), name));
}

interface InitFlags {
  readonly listen: string;
  readonly peer?: readonly string[];
  readonly location?: string;
  readonly multicast: boolean;
}

async function initNode(context: Context, name: string, flags: InitFlags): Promise<void> {
  const choices: NodeChoices = {
    listen: flags.listen,
    peers: flags.peer ?? [],
    location: flags.location ?? null,
    multicast: flags.multicast,
  };
  const text = nodeConfigText(choices);
  parseNodeConfig(text, 'the options given');
  const folder = context.network.nodeFolder(name);
  if (existsSync(folder))
    throw new MisuseError('node-exists', `there is a node "${name}" in ${folder}`, {
      hint: 'Choose another name, or renew it with "sm node renew".',
    });
  const identity = await context.network.authority().issue({ role: 'node', name });
  const layout = nodeLayout(folder);
  mkdirSync(layout.data, { recursive: true, mode: 0o700 });
  writeIdentity(layout.identity, identity);
  writeFileAtomic(layout.config, text, PUBLIC_FILE);
  const policy = join(context.network.path, 'policy.yaml');
  if (existsSync(policy)) cpSync(policy, layout.policy);
  const revocations = context.network.authority().revocations();
  if (revocations !== null) writeFileAtomic(layout.revocations, `${Buffer.from(revocations).toString('base64')}\n`, PUBLIC_FILE);
  context.output.result({ name, nodeId: identity.nodeId, folder }, () =>
    [
      `node ${name} (${identity.nodeId.slice(0, 8)}) in ${folder}`,
      '',
      `On this machine:  sm node run ${name}`,
      `On a board:       copy the folder there, then: smd ${name}`,
    ].join('\n'),
  );
}

async function runNode(context: Context, name: string): Promise<void> {
  const made = context.network.nodeFolder(name);
  const folder = existsSync(made) ? made : name;
  if (!existsSync(nodeLayout(folder).identity)) {
    throw new MisuseError('unknown-node', `"${name}" is neither a node made here nor the folder of one`, {
      hint: `Nodes made here: ${context.network.nodeNames().join(', ') || 'none'}. Make one with "sm node init ${name}".`,
    });
  }
  const { runDaemon } = await import('../../runtime/run.ts');
  await runDaemon(folder);
}

async function renewNode(context: Context, name: string, days: number): Promise<void> {
  if (!Number.isSafeInteger(days) || days < 1 || days > 3650) throw new MisuseError('bad-argument', '--days needs a number from 1 to 3650');
  const { identity: folder } = nodeLayout(context.network.nodeFolder(name));
  const renewed = await context.network.authority().renew(loadIdentity(folder), days);
  writeIdentity(folder, renewed);
  const until = new Date(renewed.notAfterMs).toISOString().slice(0, 10);
  context.output.result(
    { name, notAfterMs: renewed.notAfterMs, folder },
    `${name} is certified until ${until}; copy ${folder} to the board and restart smd there`,
  );
}

async function revoke(context: Context, name: string): Promise<void> {
  const document = Buffer.from(context.network.authority().revoke(name)).toString('base64');
  const told: string[] = [];
  const missed: string[] = [];
  for (const node of context.nodes.names()) {
    if (node === name) continue;
    context.output.progress(`telling ${node} ...`);
    try {
      await using connection = await context.connect(node);
      await connection.client.call('revocations.set', { document });
      told.push(node);
    } catch {
      missed.push(node);
    }
  }
  context.output.result({ name, told, missed }, `${name} is revoked; told ${told.join(', ') || 'no node'}`);
  if (missed.length > 0)
    context.output.warning(`not reached: ${missed.join(', ')}. They refuse ${name} once they are told: run this again when they are up.`);
}
