/** `sm nodes`: the nodes of the network, as far as they can be reached. */
import type { Command } from 'commander';
import type { NodeInfo } from '../../runtime/control/protocol.ts';
import type { Context } from '../context.ts';
import { bytesText, durationText, table } from '../output.ts';

export function registerNodes(program: Command, context: () => Context): void {
  program
    .command('nodes')
    .description('list the nodes of the network: those that answer, and those that their neighbours see')
    .option('--listen', 'listen for beacons first, to find nodes that are not known here yet', false)
    .addHelpText('after', '\nExample:\n  sm nodes --listen')
    .action((flags: { listen: boolean }) => listNodes(context(), flags.listen));
}

interface NodeRow {
  readonly name: string;
  readonly nodeId: string;
  readonly reachable: boolean;
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
  for (const row of await Promise.all(names.map((name) => ask(context, name)))) rows.set(row.name, row);
  for (const { info } of rows.values()) {
    for (const neighbour of info?.neighbours ?? []) {
      if (!rows.has(neighbour.name))
        rows.set(neighbour.name, { name: neighbour.name, nodeId: neighbour.nodeId, reachable: false, why: `seen by ${info!.name}` });
    }
  }
  const list = [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
  context.output.result(list, () =>
    list.length === 0
      ? 'no nodes are known, and none sends beacons here; make one with: sm node init NAME'
      : table(
          ['NODE', 'ID', 'STATE', 'UP', 'SMS', 'MEMORY', 'NEIGHBOURS'],
          list.map((row) => cells(context, row)),
        ),
  );
}

async function ask(context: Context, name: string): Promise<NodeRow> {
  try {
    await using connection = await context.connect(name);
    const info = await connection.client.call('info', {});
    context.nodes.learn(info);
    return { name, nodeId: info.nodeId, reachable: true, info };
  } catch (error) {
    return { name, nodeId: '', reachable: false, why: (error as Error).message };
  }
}

function cells(context: Context, row: NodeRow): (string | number)[] {
  const { info } = row;
  const id = row.nodeId.slice(0, 8);
  if (info === undefined) return [row.name, id, context.output.colour.yellow(row.why ?? 'unknown'), '', '', '', ''];
  const state = info.healthy ? 'up' : info.problems.join('; ');
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
