/** `sm doctor`: checks the set-up of this machine and the reachable nodes, and says what to fix. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SmError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { checkNodeConfig } from '../../runtime/config/node-config.ts';
import { nodeLayout } from '../../runtime/config/layout.ts';
import { loadIdentity, type Identity } from '../../runtime/identity/identity.ts';
import type { NodeInfo } from '../../runtime/control/protocol.ts';
import { checkPolicy } from '../../runtime/policy/document.ts';
import type { Context } from '../context.ts';
import { EXIT, ExitWith } from '../exit.ts';
import { bytesText, countText } from '../output.ts';

export interface Finding {
  readonly what: string;
  readonly state: 'good' | 'warning' | 'bad';
  readonly detail: string;
  /** What to do; empty when nothing is to be done. */
  readonly fix: string;
}

const DAY_MS = 86_400_000;
const RENEW_WITHIN_DAYS = 30;
const MEMORY_PER_NODE = 120_000_000;

export function registerDoctor(program: Command, context: () => Context): void {
  program
    .command('doctor')
    .description('check this machine, the network folder and the nodes, and say what to fix')
    .addHelpText('after', '\nExample:\n  sm doctor\n\nExit codes: 0 nothing is bad, 3 something is.')
    .action(() => doctor(context()));
}

async function doctor(context: Context): Promise<void> {
  const findings = [...machine(), ...networkFolder(context)];
  for (const name of context.network.nodeNames()) findings.push(...nodeFolder(context, name));
  const names = context.nodes.names();
  context.output.progress(`asking ${names.join(', ')} ...`);
  findings.push(...(await running(context, names)));
  context.output.result(findings, () => findings.map((finding) => line(context, finding)).join('\n'));
  if (findings.some(({ state }) => state === 'bad')) throw new ExitWith(EXIT.data);
}

function line(context: Context, { what, state, detail, fix }: Finding): string {
  const { colour } = context.output;
  const mark = { good: colour.green('ok  '), warning: colour.yellow('warn'), bad: colour.red('bad ') }[state];
  return `${mark} ${what}: ${detail}${fix === '' ? '' : `\n       → ${fix}`}`;
}

function machine(): Finding[] {
  const free = freemem();
  const enough = free > MEMORY_PER_NODE;
  return [
    { what: 'Node.js', state: 'good', detail: process.version, fix: '' },
    {
      what: 'memory',
      state: enough ? 'good' : 'warning',
      detail: `${bytesText(free)} free; a node takes about ${bytesText(MEMORY_PER_NODE)}`,
      fix: enough ? '' : 'Close other programs before you start a node here.',
    },
  ];
}

function networkFolder(context: Context): Finding[] {
  const { network } = context;
  if (!network.exists()) {
    return [
      {
        what: 'network',
        state: 'bad',
        detail: `none in ${network.path}`,
        fix: 'Make one with "sm network init", or name its folder with --network.',
      },
    ];
  }
  const findings = [certificate(context, 'your certificate', network.path, () => network.caller(), 'Ask the operator to renew it.')];
  const authorityKey = join(network.path, 'authority.key');
  if (existsSync(authorityKey) && (statSync(authorityKey).mode & 0o077) !== 0) {
    findings.push({ what: authorityKey, state: 'bad', detail: 'others on this machine can read it', fix: `chmod 600 ${authorityKey}` });
  }
  try {
    network.members();
  } catch (error) {
    findings.push({ what: 'members', state: 'bad', detail: (error as Error).message, fix: 'Restore the file from a backup.' });
  }
  const policy = join(network.path, 'policy.yaml');
  if (existsSync(policy)) findings.push(document(policy, checkPolicy));
  return findings;
}

function nodeFolder(context: Context, name: string): Finding[] {
  const layout = nodeLayout(context.network.nodeFolder(name));
  const findings = [
    certificate(context, `certificate of ${name}`, layout.identity, () => loadIdentity(layout.identity), `sm node renew ${name}`),
    document(layout.config, checkNodeConfig),
  ];
  try {
    if (existsSync(layout.data)) accessSync(layout.data, constants.W_OK);
  } catch {
    findings.push({
      what: layout.data,
      state: 'bad',
      detail: 'cannot be written by this user',
      fix: `Give it to the user that runs smd: chown -R USER ${layout.data}`,
    });
  }
  return findings;
}

function certificate(context: Context, what: string, path: string, read: () => Identity, fix: string): Finding {
  let identity: Identity;
  try {
    identity = read();
  } catch (error) {
    return { what, state: 'bad', detail: (error as Error).message, fix: `Check the files in ${path}.` };
  }
  if (context.network.isRevoked(identity.nodeId)) {
    return { what, state: 'bad', detail: 'revoked', fix: 'Renewing does not help: make a new one, and remove this folder.' };
  }
  const leftMs = identity.notAfterMs - context.clock.wallMs();
  const days = Math.floor(Math.abs(leftMs) / DAY_MS);
  if (leftMs < 0) return { what, state: 'bad', detail: days === 0 ? 'expired today' : `expired ${days} days ago`, fix };
  if (identity.notBeforeMs > context.clock.wallMs() + LIMITS.clockSkewMs) {
    return { what, state: 'bad', detail: 'issued in the future of this clock', fix: "Set this machine's clock." };
  }
  return {
    what,
    state: days < RENEW_WITHIN_DAYS ? 'warning' : 'good',
    detail: `valid for ${days} more days`,
    fix: days < RENEW_WITHIN_DAYS ? fix : '',
  };
}

function document(path: string, check: (text: string, file: string) => readonly string[]): Finding {
  if (!existsSync(path)) return { what: path, state: 'warning', detail: 'missing; defaults hold', fix: '' };
  const problems = check(readFileSync(path, 'utf8'), path);
  if (problems.length === 0) return { what: path, state: 'good', detail: 'in order', fix: '' };
  return { what: path, state: 'bad', detail: problems.join('\n       '), fix: 'Correct the lines above.' };
}

async function running({ network, nodes }: Context, names: readonly string[]): Promise<readonly Finding[]> {
  const asked = await nodes.ask(names, async ({ client }) => {
    const info = await client.call('info', {});
    nodes.learn(info);
    return info;
  });
  return asked.map(({ name, answer, error }): Finding => {
    const what = `node ${name}`;
    if (answer === undefined) return { what, state: 'warning', detail: error!.message, fix: error instanceof SmError ? error.hint : '' };
    if (network.isRevoked(answer.nodeId)) return { what, state: 'warning', detail: 'runs, but is revoked', fix: 'Stop its daemon.' };
    return health(name, answer);
  });
}

function health(name: string, { healthy, problems, neighbours }: NodeInfo): Finding {
  const what = `node ${name}`;
  if (!healthy) return { what, state: 'bad', detail: problems.join('; '), fix: `sm logs ${name} --level warn` };
  const alone = neighbours.length === 0;
  return {
    what,
    state: alone ? 'warning' : 'good',
    detail: alone ? 'runs, but has no neighbours' : `runs, ${countText(neighbours.length, 'neighbour')}`,
    fix: alone ? 'Is multicast blocked on this network? Name its neighbours under "peers" in node.yaml.' : '',
  };
}
