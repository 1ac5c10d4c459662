/** `sm nodes`: the nodes of the network, as far as they can be reached. */
import type { Command } from 'commander';
import { RefusedError } from '../../core/errors.ts';
import type { NodeInfo } from '../../runtime/control/protocol.ts';
import type { Context } from '../context.ts';
import { EXIT, ExitWith } from '../exit.ts';
import { bytesText, durationText, table } from '../output.ts';

export function registerNodes(program: Command, context: () => Context): void {
  program
    .command('nodes')
    .description('list the nodes of the network: those that answer, and those that their neighbours see')
    .option('--listen', 'listen for beacons first, to find nodes that are not known here yet', false)
    .addHelpText(
      'after',
      '\nExample:\n  sm nodes --listen\n\nExit codes: 0 at least one answers, or none is known, 4 those that answer refuse, 5 none answers.',
    )
    .action((flags: { listen: boolean }) => listNodes(context(), flags.listen));
}

interface NodeRow {
  readonly name: string;
  readonly nodeId: string;
  readonly reachable: boolean;
  readonly revoked: boolean;
  /** It answers, and says no. */
  readonly refuses: boolean;
  readonly why?: string;
  readonly info?: NodeInfo;
}

async function listNodes(context: Context, listen: boolean): Promise<void> {
  const rows = new Map<string, NodeRow>();
  if (listen || context.nodes.names().length === 0) {
    context.output.progress('listening for beacons ...');
    await context.nodes.discover();
  }
  const names = context.nodes.names();
  context.output.progress(`asking ${names.join(', ')} ...`);
  for (const row of await ask(context, names)) rows.set(row.name, row);
  for (const { info } of rows.values()) {
    for (const neighbour of info?.neighbours ?? []) {
      const { name, nodeId } = neighbour;
      const revoked = context.network.isRevoked(nodeId);
      if (!rows.has(name)) rows.set(name, { name, nodeId, reachable: false, revoked, refuses: false, why: `seen by ${info!.name}` });
    }
  }
  const list = [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
  context.output.result(list, () =>
    list.length === 0
      ? 'no nodes are known, and none sends beacons here; make one with: sm node init NAME'
      : table(['NODE', 'ID', 'STATE', 'UP', 'SMS', 'MEMORY', 'NEIGHBOURS'], list.map(cells)),
  );
  // A reason in a table would push all columns to the right of it off the screen.
  for (const { name, why, info } of list) {
    if (why !== undefined) context.output.note(`${name}: ${why}`);
    for (const problem of info?.problems ?? []) context.output.note(`${name}: ${problem}`);
  }
  if (list.length === 0 || list.some(({ reachable }) => reachable)) return;
  throw new ExitWith(list.some(({ refuses }) => refuses) ? EXIT.refused : EXIT.unreachable);
}

async function ask({ network, nodes }: Context, names: readonly string[]): Promise<readonly NodeRow[]> {
  const asked = await nodes.ask(names, async ({ client }) => {
    const info = await client.call('info', {});
    nodes.learn(info);
    return info;
  });
  return asked.map(({ name, answer: info, error }) => {
    const nodeId = info?.nodeId ?? network.nodeIdOf(name) ?? '';
    const refuses = error instanceof RefusedError;
    const row = { name, nodeId, reachable: info !== undefined, revoked: network.isRevoked(nodeId), refuses };
    return { ...row, ...(info !== undefined && { info }), ...(error !== undefined && { why: error.message }) };
  });
}

function cells(row: NodeRow): (string | number)[] {
  const { info } = row;
  const id = row.nodeId.slice(0, 8);
  const silent = row.refuses ? 'refuses' : 'no answer';
  const running = info === undefined ? silent : info.healthy ? 'up' : 'unwell';
  const state = row.revoked ? `revoked, ${running}` : running;
  if (info === undefined) return [row.name, id, state, '', '', '', ''];
  return [
    row.name,
    id,
    state,
    durationText(info.uptimeMs),
    info.residents,
    bytesText(info.rssBytes),
    info.neighbours.map(({ name }) => name).join(' '),
  ];
}
