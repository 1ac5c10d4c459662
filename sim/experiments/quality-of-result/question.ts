/** One question in one town, in one kind of adversity, and how good the answer to it is. */
import type { CompiledProgram } from '../../../sandbox/compiler/index.ts';
import { unitDisk } from '../../radio/propagation.ts';
import { WifiMedium } from '../../radio/wifi-medium.ts';
import { wifi80211n } from '../../radio/wifi.ts';
import { RandomStream } from '../../random.ts';
import { World } from '../../world.ts';
import { constantSensors } from '../constant-sensors.ts';
import { MACHINES } from '../machines.ts';
import type { Adversity } from './adversity.ts';
import { beginChurn } from './churn.ts';
import { judge, type Answer, type Quality } from './measure.ts';
import { connectedNow, thermometersOf, walks, type TownSize } from './town.ts';

export interface Question {
  readonly town: TownSize;
  readonly adversity: Adversity;
  /** The whole time of the question. */
  readonly patienceMs: number;
  /** How often the town is asked in this time. */
  readonly waves: number;
  readonly seed: string;
  readonly guestSource: string;
  readonly program: CompiledProgram;
}

export interface Outcome extends Quality {
  /** Working thermometers that had, at some moment of the question, a path to who asked; as a share of all that work. */
  readonly reachable: number;
  /** Everything that was sent from question to answer, beacons and headers included. */
  readonly bytes: number;
}

/** Links stand by then, and churn begins. */
const LINKED_MS = 10_000;
/** Then the question is asked: some nodes are off, some dead, and some neighbours have not noticed. */
const ASKED_MS = 30_000;
/** Neighbours that walk are found sooner, and missed sooner, than with the usual five seconds. */
export const BEACONS = { beaconIntervalMs: 1000, beaconMissed: 4 };
/** From the end of the patience until the answer. */
const GRACE_MS = 5_000;
const SAMPLE_MS = 250;
/** The most that the usual policy allows: a flood divides its budget at every node, so that much of it is never used. */
const BUDGET = { hops: 1_000_000, cpuMs: 3_600_000, bytes: 2 ** 30, children: 100_000 };

/** Throws MisuseError `bad-parameter` naming what makes no sense. */
export async function ask(question: Question): Promise<Outcome> {
  const { town, adversity, patienceMs, waves, seed, guestSource, program } = question;
  const random = (name: string): RandomStream => RandomStream.of(seed, `quality-of-result/${name}`);
  const trajectories = walks(town, adversity.speedMps, ASKED_MS, random('walks'));
  const thermometers = thermometersOf(trajectories, town, ASKED_MS, random('thermometers'));
  const world = await World.create({
    seed,
    nodes: town.nodes,
    guestSource,
    medium: ({ clock, random: chance }) =>
      new WifiMedium({
        clock,
        random: chance,
        trajectories,
        propagation: unitDisk({ rangeM: town.rangeM, senseRangeM: 2 * town.rangeM }),
        timing: wifi80211n(),
        lossRate: adversity.lossRate,
      }),
    drivers: (node) => [constantSensors(new Map([['io:thermometer', thermometers[node]!.fahrenheit]]))],
    cpu: MACHINES.pi.cpu,
    times: BEACONS,
  });
  await world.start();
  await world.run(LINKED_MS - world.nowMs);
  const [home, ...others] = world.nodes;
  beginChurn(world, others, adversity.churn);
  await world.run(ASKED_MS - world.nowMs);
  const reached = watchConnections(world, (nowMs) => connectedNow(trajectories, town.rangeM, nowMs, (node) => world.nodes[node]!.isUp));
  const before = world.traffic.load().bytes;
  const launched = world.launch(world.program('town-average', program), home!.index, {
    args: { patience: patienceMs, waves },
    transient: true,
    budget: BUDGET,
  });
  await world.until(() => launched.isOver, patienceMs + GRACE_MS);
  const answer = launched.hasReturned ? (launched.result()!.value as unknown as Answer) : null;
  const working = thermometers.filter(({ isBroken }) => !isBroken);
  return {
    ...judge(answer, thermometers),
    reachable: working.filter(({ node }) => reached.has(node)).length / working.length,
    bytes: world.traffic.load().bytes - before,
  };
}

/** The names of all nodes that are among those that `now` gives, at some moment from now on. */
function watchConnections(world: World, now: (nowMs: number) => readonly number[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const look = (): void => {
    for (const node of now(world.nowMs)) seen.add(world.nodes[node]!.name);
    world.kernel.setTimer(SAMPLE_MS, look);
  };
  look();
  return seen;
}
