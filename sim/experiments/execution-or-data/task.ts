/** The same question, asked by Smart Messages or by polling, in the same network. */
import { BugError } from '../../../core/errors.ts';
import type { LaunchChoices } from '../../launches.ts';
import { requireWhole } from '../../parameters.ts';
import type { PowerDraw } from '../../power/account.ts';
import { signProgram, SIM_RESOURCES, type SimProgram } from '../../program.ts';
import { RandomStream } from '../../random.ts';
import { hopsFrom, type Graph } from '../../topology/graph.ts';
import { connected, uniform } from '../../topology/placements.ts';
import type { CpuCosts } from '../../node/cpu.ts';
import { constantSensors } from '../constant-sensors.ts';
import type { Setting } from '../experiment.ts';
import { stillNetwork, type Network } from '../network.ts';
import { perResult, spentBy, type Bill, type Reading } from './bill.ts';
import { brightestOf, camerasAt, pieces, type Camera } from './cameras.ts';
import { Datagrams } from './datagrams.ts';
import { poll } from './polling.ts';

/** `one`, `spawned`, `messengers`: see `programs/brightest.ts`. `datagrams`: polling beside Smart Messages, along the same routes. */
export const WAYS = ['one', 'spawned', 'messengers', 'datagrams'] as const;
export type Way = (typeof WAYS)[number];

/** What the nodes know before the first of the results that count. */
export const STARTS = ['nothing', 'code', 'code-and-routes'] as const;
export type Start = (typeof STARTS)[number];

export interface Place {
  readonly nodes: number;
  readonly sideM: number;
  readonly rangeM: number;
  readonly cpu: CpuCosts;
  readonly power: PowerDraw;
  /** Frames that a receiver loses by chance, as a share. */
  readonly lossRate: number;
}

export interface Task {
  readonly way: Way;
  readonly start: Start;
  /** Nodes with a camera. */
  readonly sources: number;
  /** Of each picture. */
  readonly bytes: number;
  /** How often the question is asked, each time when the last answer has come. */
  readonly repetitions: number;
}

const HOME = 0;
const PATIENCE_MS = 60_000;
/** AODV's ACTIVE_ROUTE_TIMEOUT, for all ways alike. Nobody moves, and datagrams do not prolong routes. */
export const ROUTE_TIMEOUT_MS = 20_000;
/** Beyond the life of routes (twice as long, and half as much again) and of what is remembered of them (five times as long). */
const FORGOTTEN_MS = 10 * ROUTE_TIMEOUT_MS;
/** Looking at a large picture takes longer than the usual slice may. */
const RESOURCES = { ...SIM_RESOURCES, cpuMsPerSlice: 1000 };
const BUDGET = { hops: 1_000_000, cpuMs: 3_600_000, bytes: 2 ** 30, children: 100_000 };

/** What a result cost; null when one of them did not come. Throws MisuseError `bad-parameter` naming what makes no sense. */
export async function measure(task: Task, place: Place, seed: string, setting: Setting): Promise<Bill | null> {
  requireWhole('repetitions', task.repetitions, 1, 1000);
  const random = (name: string): RandomStream => RandomStream.of(seed, `execution-or-data/${name}`);
  const area = { widthM: place.sideM, heightM: place.sideM };
  const draw = random('positions');
  const { positions } = connected(() => uniform(place.nodes, area, draw), place.rangeM);
  const cameras = camerasAt(place.nodes, task.sources, task.bytes, random('cameras'));
  const network = await stillNetwork(
    {
      ...place,
      seed,
      positions,
      radio: '802.11n',
      drivers: (node) => cameras.filter((camera) => camera.node === node).map((camera) => constantSensors(pieces(camera))),
    },
    setting,
  );
  const asker = askerOf(task.way, network, cameras, setting);
  if (task.start !== 'nothing' && !(await asker.ask())) return null;
  if (task.start === 'code') await network.world.run(FORGOTTEN_MS);
  const before = asker.reading();
  for (let done = 0; done < task.repetitions; done += 1) if (!(await asker.ask())) return null;
  return perResult(before, asker.reading(), task.repetitions);
}

interface Asker {
  /** Asks once. Resolves, in virtual time, with whether an answer came. */
  ask(): Promise<boolean>;
  reading(): Reading;
}

function askerOf(way: Way, network: Network, cameras: readonly Camera[], setting: Setting): Asker {
  return way === 'datagrams' ? pollingAsker(network, cameras, setting) : travellingAsker(way, network, cameras, setting);
}

function travellingAsker(way: Way, network: Network, cameras: readonly Camera[], setting: Setting): Asker {
  const { world, graph } = network;
  const program = signProgram('brightest', setting.compile('brightest'), world.launches.author, RESOURCES);
  const sources = tour(graph, cameras).map((node) => world.nodes[node]!.id);
  const brightest = [...brightestOf(cameras)].map((node) => world.nodes[node]!.id);
  return {
    async ask() {
      const answer = await launchAtHome(network, program, { way, sources });
      if (answer !== null && !brightest.some((id) => id === answer))
        throw new BugError('wrong-answer', `${way} found ${String(answer)}; expected ${brightest.join(' or ')}`);
      return answer !== null;
    },
    reading: () => readingOf(network),
  };
}

function pollingAsker(network: Network, cameras: readonly Camera[], setting: Setting): Asker {
  const { world } = network;
  const program = world.program('find-routes', setting.compile('find-routes'));
  const datagrams = new Datagrams(world);
  const findRoutes = async (sources: readonly Camera[], anew: boolean): Promise<void> => {
    const nodes = sources.map(({ node }) => world.nodes[node]!.id);
    if (nodes.length > 0) await launchAtHome(network, program, { nodes, anew });
  };
  /** Those whose pictures did not come. */
  const readAll = async (sources: readonly Camera[]): Promise<readonly Camera[]> => {
    const read = ({ node, pixels }: Camera): Promise<boolean> =>
      poll({ datagrams, clock: world.kernel, home: HOME, source: node, bytes: pixels.length });
    const came = (await world.settle(Promise.all(sources.map(read)), PATIENCE_MS)) ?? [];
    return sources.filter((_, index) => came[index] !== true);
  };
  return {
    async ask() {
      const deadlineMs = world.nowMs + PATIENCE_MS;
      await findRoutes(
        cameras.filter(({ node }) => !datagrams.hasRoute(HOME, node)),
        false,
      );
      let rest = await readAll(cameras);
      while (rest.length > 0 && world.nowMs < deadlineMs) {
        await findRoutes(rest, true);
        rest = await readAll(rest);
      }
      return rest.length === 0;
    },
    reading() {
      const { messages, bytes, ...rest } = readingOf(network);
      return { ...rest, messages: messages + datagrams.sent.messages, bytes: bytes + datagrams.sent.bytes };
    },
  };
}

/** What a program returned; null when it did not. */
async function launchAtHome({ world }: Network, program: SimProgram, args: object): Promise<unknown> {
  const choices: LaunchChoices = {
    args: { ...args, routeTimeout: ROUTE_TIMEOUT_MS, patience: PATIENCE_MS },
    budget: BUDGET,
  };
  const launched = world.launch(program, HOME, choices);
  await world.until(() => launched.isOver, 2 * PATIENCE_MS);
  return launched.hasReturned ? launched.result()!.value : null;
}

function readingOf({ world, meter }: Network): Reading {
  return { atMs: world.nowMs, ...world.traffic.load(), energy: spentBy(meter!, world.nodes.length) };
}

/** The sources in the order of a walk from home that goes to the nearest of the rest each time. */
function tour(graph: Graph, cameras: readonly Camera[]): number[] {
  const left = new Set(cameras.map(({ node }) => node));
  const order: number[] = [];
  while (left.size > 0) {
    const hops = hopsFrom(graph, order.at(-1) ?? HOME);
    const nearest = [...left].reduce((best, node) => (hops[node]! < hops[best]! ? node : best));
    left.delete(nearest);
    order.push(nearest);
  }
  return order;
}
