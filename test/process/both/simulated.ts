/** The stage in virtual time. */
import { createSimulatedDriver } from '../../../drivers/simulated.ts';
import { IdealMedium } from '../../../sim/link/ideal-medium.ts';
import type { Launched } from '../../../sim/launches.ts';
import type { NodeIndex } from '../../../sim/medium.ts';
import { Members } from '../../../sim/node/members.ts';
import type { SimNode } from '../../../sim/node/node.ts';
import { compileText } from '../../../sim/program.ts';
import { World } from '../../../sim/world.ts';
import { guestSource } from '../../differential/machines.ts';
import { ROOT } from '../support/processes.ts';
import { BUDGET, EDGES, isOfData, PLACES, ROLES, SOIL, waysOf, type Counts, type Role, type Stage } from './stage.ts';

const SEED = 'both';
const DELAY_MS = 1;
/** Virtual time between two looks, and in which everything on this stage happens. */
const LOOK_MS = 100;
const BOUND_MS = 600_000;

/**
 * A network that stands, in which the nodes' ids are in the same order by role as `like`: a node's key follows from the seed and its number, so roles
 * are dealt out to the nodes accordingly.
 */
export async function simulatedStage(like: readonly string[]): Promise<Stage> {
  const indexOf = await castLike(like);
  const roleOf = ROLES.map((index) => indexOf.indexOf(index));
  const sent = ROLES.map((): Record<string, number> => ({}));
  const world = await World.create({
    seed: SEED,
    nodes: ROLES.length,
    guestSource: guestSource(),
    medium: ({ clock }) => {
      const hearers = (node: NodeIndex): NodeIndex[] => neighboursOf(roleOf[node]!).map((role) => indexOf[role]!);
      return new IdealMedium({ clock, hearers, delayMs: DELAY_MS, kilobitsPerSecond: Infinity });
    },
    location: (node) => PLACES[roleOf[node]!]!,
    drivers: (node, clock) => (roleOf[node] === SOIL.at ? [createSimulatedDriver({ clock, devices: [SOIL.config] })] : []),
    observers: [
      {
        sent(from, _to, { type }) {
          const counts = sent[roleOf[from]!]!;
          if (isOfData(type)) counts[type] = (counts[type] ?? 0) + 1;
        },
      },
    ],
  });
  const nodes = indexOf.map((index) => world.nodes[index]!);
  const stage = stageOf(world, nodes, () => sent.map((counts) => ({ ...counts })));
  await world.start();
  await stage.until('links', () => Promise.resolve(ROLES.every((role) => nodes[role]!.links.list().length === neighboursOf(role).length)));
  return stage;
}

/** @param nodes by role */
function stageOf(world: World, nodes: readonly SimNode[], counts: () => Counts): Stage {
  const ids = nodes.map(({ id }) => id);
  const launches = new Map<string, Launched>();
  return {
    ids,
    bricksOf: (source) => Promise.resolve(compileText(source, ROOT).bricks.map(({ hash }) => hash)),
    launch(name, source, origin, args) {
      const launched = world.launch(world.program(name, compileText(source, ROOT)), nodes[origin]!.index, { args, budget: BUDGET });
      launches.set(launched.family, launched);
      return Promise.resolve({ family: launched.family, origin });
    },
    resultOf: ({ family }) => Promise.resolve(launches.get(family)!.result()),
    residentsOf: (role) => Promise.resolve(nodes[role]!.node.residents(null)),
    counts: () => Promise.resolve(counts()),
    hopsOf({ family }) {
      const hops = nodes.flatMap(({ node }) => node.hops.ofFamily(family));
      return Promise.resolve(waysOf(hops, ids));
    },
    async until(what, isSo) {
      for (const boundMs = world.nowMs + BOUND_MS; !(await isSo()); await world.run(LOOK_MS))
        if (world.nowMs > boundMs) throw new Error(`not within ${BOUND_MS} ms of virtual time: ${what}\n${world.log.tail().join('\n')}`);
    },
  };
}

/** The number of the node that plays each role. */
async function castLike(like: readonly string[]): Promise<readonly NodeIndex[]> {
  const members = await Members.create(SEED);
  const nodesByRank = byId(ROLES.map((index) => members.issue('node', `n${index}`).nodeId));
  const rankOf = byId(like);
  return ROLES.map((role) => nodesByRank[rankOf.indexOf(role)]!);
}

/** Numbers of these ids, lowest id first. */
function byId(ids: readonly string[]): readonly number[] {
  return ROLES.toSorted((one, other) => (ids[one]! < ids[other]! ? -1 : 1));
}

function neighboursOf(role: Role): readonly Role[] {
  return EDGES.flatMap(([one, other]) => (one === role ? [other] : other === role ? [one] : []));
}
