/** `sm node init|run|address|renew|revoke`: a node's folder, its daemon, where it is, its certificate. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { MisuseError } from '../../core/errors.ts';
import { didYouMean } from '../../core/suggest.ts';
import { nodeLayout } from '../../runtime/config/layout.ts';
import { formatAddress, parseAddress, parseNodeConfig } from '../../runtime/config/node-config.ts';
import { PUBLIC_FILE, writeFileAtomic } from '../../runtime/identity/files.ts';
import { loadIdentity, writeIdentity } from '../../runtime/identity/identity.ts';
import type { Context } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { nodeConfigText, type NodeChoices } from '../node-config-text.ts';
import { reasons } from '../nodes.ts';

export function registerNode(program: Command, context: () => Context): void {
  const node = program
    .command('node')
    .description('make nodes, run them, say where they are, renew or revoke their certificates')
    .addHelpText('after', '\nExample:\n  sm node init kitchen');
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
    .command('address')
    .description('say where a node is, when it is not found by itself: where multicast is blocked, or behind a router')
    .argument('<name>', 'name of the node')
    .argument('<host:port>', 'where its links and control API are, as seen from here')
    .addHelpText('after', '\nExample:\n  sm node address kitchen 192.168.1.20:7345')
    .action((name: string, address: string) => placeNode(context(), name, address));
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
  const exitCode = await runDaemon(folder);
  if (exitCode !== 0) throw new ExitWith(exitCode);
}

async function placeNode(context: Context, name: string, text: string): Promise<void> {
  const parsed = parseAddress(text);
  if (parsed === undefined) {
    throw new MisuseError('bad-argument', `"${text}" is no address`, { hint: `Example: sm node address ${name} 192.168.1.20:7345` });
  }
  const { nodeId, address } = await context.nodes.place(name, formatAddress(parsed));
  context.output.result({ name, nodeId, address }, `${name} is looked for at ${address}`);
}

async function renewNode(context: Context, name: string, days: number): Promise<void> {
  if (!Number.isSafeInteger(days) || days < 1 || days > 3650) throw new MisuseError('bad-argument', '--days needs a number from 1 to 3650');
  const { identity: folder } = nodeLayout(context.network.nodeFolder(name));
  if (!existsSync(folder)) {
    const made = context.network.nodeNames();
    throw new MisuseError('unknown-node', `no node "${name}" was made here${didYouMean(name, made)}`, {
      hint: `Nodes made here: ${made.join(', ') || 'none'}.`,
    });
  }
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
  const nodes = context.nodes.names().filter((node) => node !== name);
  context.output.progress(`telling ${nodes.join(', ')} ...`);
  const asked = await context.nodes.ask(nodes, ({ client }) => client.call('revocations.set', { document }));
  const told = asked.filter(({ error }) => error === undefined).map(({ name: node }) => node);
  const missed = asked.filter(({ error }) => error !== undefined).map(({ name: node }) => node);
  context.output.result({ name, told, missed }, `${name} is revoked; told ${told.join(', ') || 'no node'}`);
  if (missed.length > 0)
    context.output.warning(
      `not told: ${missed.join(', ')}. They refuse ${name} once they are told: run this again when they are up.\n${reasons(asked)}`,
    );
}
