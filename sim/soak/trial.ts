/**
 * One soak run: a random network, programs of all kinds, a storm of faults, then calm, and the question whether every promise was kept.
 * Everything follows from the seed.
 */
import { LIMITS } from '../../core/limits.ts';
import type { Resting } from '../../core/sm.ts';
import { canLiveAgain } from '../../runtime/handoff/departure.ts';
import type { Leaving } from '../../runtime/handoff/types.ts';
import { Checks } from '../check/checks.ts';
import type { Violation } from '../check/checker.ts';
import { type Canary, finderOf } from '../faults/canary.ts';
import { FaultyMedium } from '../faults/faulty-medium.ts';
import { SiteCrashes } from '../faults/site-crashes.ts';
import { Storm, type StormPlan } from '../faults/storm.ts';
import { IdealMedium } from '../link/ideal-medium.ts';
import type { NodeIndex } from '../medium.ts';
import { compileText } from '../program.ts';
import { RandomStream } from '../random.ts';
import { World } from '../world.ts';
import { SOAK_PROGRAMS } from './programs.ts';
import { ROOM_FOR_ONE, SINGING } from './singing.ts';

export interface TrialOptions {
  readonly seed: string;
  readonly guestSource: string;
  /** The folder with `sandbox/guest/lib`, for compiling. */
  readonly root: string;
  /** A known bug that should be found. */
  readonly canary?: Canary;
  /** Whether nodes have room for one resident only. */
  readonly isTight?: boolean;
  /** Gets the event log as it grows. */
  readonly write?: (text: string) => void;
}

export interface TrialResult {
  readonly seed: string;
  readonly violations: readonly Violation[];
  readonly digest: string;
  readonly nodes: number;
  readonly launches: number;
  readonly hops: number;
  readonly crashes: number;
  /** Virtual time. */
  readonly endedAtMs: number;
  /** The last lines of the event log. */
  readonly tail: readonly string[];
}

const STORM_MS = 40_000;
const LINKED_MS = 5_000;
/** After a storm: the longest that something may be in doubt, sleep, or wait for a neighbour, several times over. */
const CALM_MS = 10 * LIMITS.settleTimeoutMs;
/** When everything seems to be at rest, answers may still be on their way. */
const SETTLED_MS = 20_000;
/** Shorter than most outages of a storm, so that many are presumed dead who are not. */
const GUARD_LEASE_MS = 3_000;
/** Steps of a wanderer that is still under way when the storm is over. */
const LONG_WAY = 150;

export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const singing = options.canary === undefined ? null : SINGING[options.canary];
  const draw = RandomStream.of(options.seed, 'trial');
  const nodes = 3 + draw.below(5);
  const graph = randomGraph(nodes, draw);
  const guards = randomGuards(options);
  const { deathsPerMinute, erasuresPerMinute } = guards;
  const plan = { ...randomStorm(draw), deathsPerMinute, erasuresPerMinute, ...singing?.storm };
  const mostHops = new Map<string, number>();
  let wellSinceMs = Infinity;
  const checks = new Checks({
    exactBudgets: false,
    mostHops: (family) => mostHops.get(family) ?? 0,
    guards: { isGone: (node) => storm.dead.has(node), wellForMs: () => (storm.dead.size > 0 ? 0 : world.nowMs - wellSinceMs) },
  });
  let crashes = 0;
  const sites: SiteCrashes = new SiteCrashes((node) => storm.crash(world.nodes[node]!));
  let medium!: FaultyMedium;
  const world = await World.create({
    ...options,
    nodes,
    medium: ({ clock, random }) => {
      const wires = new IdealMedium({ clock, hearers: (node) => graph[node]!, delayMs: 0.5 + draw.unit() * 5, kilobitsPerSecond: 10_000 });
      medium = new FaultyMedium(wires, clock, random);
      return medium;
    },
    faults: (node) => sites.of(node),
    times: { beaconIntervalMs: 1_000, beaconMissed: 2 },
    limits: { guardLeaseMs: GUARD_LEASE_MS, ...(options.isTight === true && ROOM_FOR_ONE), ...singing?.limits },
    observers: [checks.observer, { crashed: () => void (crashes += 1) }],
  });
  checks.watch(world);
  const storm = new Storm(world, medium, sites, plan);
  await world.start();
  await world.run(LINKED_MS);
  const programs = Object.entries(SOAK_PROGRAMS)
    .filter(([name]) => name === (singing?.program ?? name))
    .map(([name, { text, mostHops: most }]) => ({ most, program: world.program(name, compileText(text, options.root, `${name}.ts`)) }));
  const launches = 5 + draw.below(15) + (singing?.launches ?? 0);
  for (let each = 0; each < launches; each += 1) {
    const { program, most } = programs[draw.below(programs.length)]!;
    const origin = draw.below(nodes);
    const transient = draw.chance(0.25) && singing?.isGuarded !== true;
    const inDoubt = transient ? 'drop' : draw.chance(0.2) ? 'duplicate' : 'wait';
    world.kernel.setTimer(draw.between(0, STORM_MS), () => {
      const { guard, steps } = guards.of(transient);
      const { family } = world.launch(program, origin, { transient, inDoubt, guard, args: steps === null ? {} : { steps } });
      mostHops.set(family, steps ?? most);
    });
  }
  storm.begin();
  // A canary has done its work as soon as it is found.
  const isFound = (): boolean => singing !== null && checks.violations.some(({ checker }) => checker === finderOf(options.canary!));
  await world.until(isFound, plan.forMs);
  if (await world.until(() => isFound() || storm.isOver, CALM_MS)) wellSinceMs = world.nowMs;
  await world.until(() => isFound() || (world.launches.all.length === launches && unrestOf(world, storm).length === 0), CALM_MS);
  await world.run(SETTLED_MS);
  checks.atRest();
  for (const each of unrestOf(world, storm)) checks.add('rest', each);
  return {
    seed: options.seed,
    violations: checks.violations,
    digest: world.log.digest(),
    nodes,
    launches,
    hops: world.metrics.total('sm_handoffs_total', 'in', 'accepted'),
    crashes,
    endedAtMs: world.nowMs,
    tail: world.log.tail(),
  };
}

/**
 * Who lives, leaves or arrives anywhere, or is kept as a copy. What is between a node and one that is gone for good, or whose disk was lost, stays
 * so.
 */
function unrestOf(world: World, storm: Storm): string[] {
  return world.nodes.flatMap(({ isUp, name, index }) => {
    if (storm.dead.has(index)) return [];
    if (!isUp) return [`${name} is down`];
    const { node } = world.nodes[index]!;
    const { arriving, unsettled } = node.handoff.statistics;
    const isOpen = ({ sm, target }: Leaving): boolean =>
      !waitsForEver(sm) || ![...storm.dead, ...storm.erased].some((gone) => world.nodes[gone]!.id === target);
    const outgoing = node.handoff.leaving().filter(isOpen).length;
    const copies = [...node.handoff.guards.copies()].length;
    const answers = storm.dead.size + storm.erased.size > 0 ? 0 : unsettled;
    if (node.engine.residents + outgoing + arriving + answers + copies === 0) return [];
    return [
      `${name}: ${node.engine.residents} residents, ${outgoing} outgoing, ${arriving} arriving, ${answers} unsettled, ${copies} copies`,
    ];
  });
}

/** In doubt about a neighbour that is gone or knows nothing any more, it can do nothing else. */
function waitsForEver(sm: Resting): boolean {
  return !sm.header.transient && sm.launch.request.inDoubt !== 'drop' && !canLiveAgain(sm);
}

interface RandomGuards {
  readonly deathsPerMinute: number;
  readonly erasuresPerMinute: number;
  /** At how many nodes copies of a launch stay, and how many steps it makes when not as many as usual. */
  readonly of: (transient: boolean) => { readonly guard: number; readonly steps: number | null };
}

/** Every other run has guarded programs, and some of those nodes that die for good. Drawn apart, so that all else stays as it was. */
function randomGuards({ seed, canary }: TrialOptions): RandomGuards {
  const draw = RandomStream.of(seed, 'guards');
  if (canary !== undefined && SINGING[canary].isGuarded === true)
    return { deathsPerMinute: 0, erasuresPerMinute: 0, of: () => ({ guard: 1 + draw.below(2), steps: LONG_WAY }) };
  // Guards make good what other bugs do.
  const isGuarded = canary === undefined && draw.chance(0.5);
  const deathsPerMinute = isGuarded && draw.chance(0.5) ? 3 : 0;
  // What is lost with a disk is lost, unless it is guarded.
  const erasuresPerMinute = canary === undefined && !isGuarded && RandomStream.of(seed, 'disks').chance(0.5) ? 4 : 0;
  return {
    deathsPerMinute,
    erasuresPerMinute,
    of: (transient) => ({ guard: isGuarded && !transient && draw.chance(0.6) ? 1 + draw.below(3) : 0, steps: null }),
  };
}

/** A random tree, and some more edges: connected, with detours. */
function randomGraph(nodes: number, draw: RandomStream): readonly (readonly NodeIndex[])[] {
  const near = Array.from({ length: nodes }, () => new Set<NodeIndex>());
  const join = (one: NodeIndex, other: NodeIndex): void => {
    near[one]!.add(other);
    near[other]!.add(one);
  };
  for (let node = 1; node < nodes; node += 1) join(node, draw.below(node));
  for (let extra = draw.below(nodes); extra > 0; extra -= 1) {
    const [one, other] = [draw.below(nodes), draw.below(nodes)];
    if (one !== other) join(one, other);
  }
  return near.map((others) => [...others].sort((a, b) => a - b));
}

/** From a breeze to a hurricane. */
function randomStorm(draw: RandomStream): Omit<StormPlan, 'deathsPerMinute' | 'erasuresPerMinute'> {
  const force = draw.unit();
  const sometimes = (most: number): number => (draw.chance(0.5) ? draw.unit() * most * force : 0);
  return {
    forMs: STORM_MS,
    weather: {
      loss: sometimes(0.5),
      silentLoss: sometimes(0.1),
      lostAcknowledgement: sometimes(0.3),
      duplication: sometimes(0.3),
      delay: sometimes(0.5),
      delayMs: 500,
    },
    crashesPerMinute: sometimes(20),
    siteCrashesPerMinute: sometimes(60),
    partitionsPerMinute: sometimes(6),
    clogsPerMinute: sometimes(20),
    clockJumpsPerMinute: sometimes(6),
    outageMs: 8_000,
    clockJumpMs: 60_000,
  };
}
