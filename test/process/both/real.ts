/** The stage of real daemons, one process each, over loopback. */
import { vi } from 'vitest';
import type { DeployResult, HopInfo } from '../../../runtime/control/protocol.ts';
import { BOUND_MS } from '../support/processes.ts';
import { plainNode, TestNetwork } from '../support/network.ts';
import { BUDGET, EDGES, isOfData, PLACES, ROLES, SOIL, waysOf, type Counts, type Role, type Stage } from './stage.ts';

const { kind, ...soil } = SOIL.config;

/** Starts the daemons and links them. Stop what it returns. */
export async function realNetwork(): Promise<TestNetwork> {
  return TestNetwork.start(
    ROLES.map((role) =>
      plainNode(
        nameOf(role),
        EDGES.flatMap(([one, other]) => (one === role ? [nameOf(other)] : [])),
        {
          location: `${PLACES[role]!.latitude},${PLACES[role]!.longitude}`,
          offer: role === SOIL.at ? [SOIL.config.tag] : ['io:none'],
          ...(role === SOIL.at && { simulated: [`- ${JSON.stringify({ kind, ...soil })}`] }),
        },
      ),
    ),
  );
}

export async function realStage(network: TestNetwork): Promise<Stage> {
  const infos = await Promise.all(ROLES.map((role) => network.call(nameOf(role), 'info', {})));
  const ids = infos.map(({ nodeId }) => nodeId);
  return {
    ids,
    async bricksOf(source) {
      const { bricks } = await network.json<{ bricks: { hash: string }[] }>('compile', network.program(source));
      return bricks.map(({ hash }) => hash);
    },
    async launch(name, source, origin, args) {
      const file = network.program(source, `${name}.ts`);
      const budget = ['--hops', BUDGET.hops, '--cpu', `${BUDGET.cpuMs}ms`, '--children', BUDGET.children].map(String);
      const { family } = await network.json<DeployResult>(
        'deploy',
        file,
        '--to',
        nameOf(origin),
        '--args',
        JSON.stringify(args),
        ...budget,
      );
      return { family, origin };
    },
    resultOf: ({ family, origin }) => network.call(nameOf(origin), 'result', { family, follow: false, keep: true }),
    residentsOf: async (role) => (await network.call(nameOf(role), 'ps', { family: null, order: null })).items,
    async counts() {
      const texts = await Promise.all(ROLES.map((role) => network.call(nameOf(role), 'metrics', {})));
      return texts.map(({ text }) => sentIn(text));
    },
    async hopsOf({ family, origin }) {
      const { out } = await network.sm('--json', 'trace', family, '--at', nameOf(origin));
      const lines = out.trim().split('\n');
      return waysOf(
        lines.map((line) => JSON.parse(line) as HopInfo),
        ids,
      );
    },
    async until(what, isSo) {
      const failed = (): never => {
        throw new Error(`not within ${BOUND_MS} ms: ${what}`);
      };
      await vi.waitUntil(isSo, { timeout: BOUND_MS, interval: 100 }).catch(failed);
    },
  };
}

function nameOf(role: Role): string {
  return `n${role}`;
}

function sentIn(metrics: string): Counts[Role] {
  const rows = [...metrics.matchAll(/^sm_messages_sent_total\{type="([a-z-]+)"\} (\d+)$/gm)];
  return Object.fromEntries(rows.flatMap(([, type, count]) => (isOfData(type!) ? [[type!, Number(count)]] : [])));
}
