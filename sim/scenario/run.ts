/** Plays a scenario: builds its world, launches its programs, lets its storm pass, and says what came of it. */
import type { CompiledProgram } from '../../sandbox/compiler/index.ts';
import type { ResourceTable } from '../../core/program.ts';
import { Checks } from '../check/checks.ts';
import type { Violation } from '../check/checker.ts';
import { FaultyMedium } from '../faults/faulty-medium.ts';
import { SiteCrashes } from '../faults/site-crashes.ts';
import { Storm, type StormPlan } from '../faults/storm.ts';
import { LocalProjection } from '../mobility/projection.ts';
import { sumOf, type Energy } from '../power/account.ts';
import { metered, type EnergyMeter } from '../power/meter.ts';
import { signProgram, type SimProgram } from '../program.ts';
import { World } from '../world.ts';
import type { Scenario, ScenarioProgram } from './schema.ts';
import { mediumOf, meterOf, overheadsOf, trajectoriesOf, type ReadFile } from './stage.ts';

/** A program that was compiled. */
export interface Compiled {
  readonly name: string;
  readonly compiled: CompiledProgram;
  readonly resources: ResourceTable;
}

export interface PlayOptions {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly guestSource: string;
  readonly read: ReadFile;
  readonly compile: (path: string) => Promise<Compiled>;
  /** Gets the event log as it grows. */
  readonly write?: (text: string) => void;
  /** Told now and then how far virtual time has come. */
  readonly progress?: (nowMs: number, untilMs: number) => void;
  /** Stops at the next virtual second when it says so. */
  readonly isInterrupted?: () => boolean;
}

export interface Outcome {
  readonly seed: string;
  readonly virtualMs: number;
  readonly launches: {
    readonly asked: number;
    readonly refused: number;
    readonly returned: number;
    readonly failed: number;
    readonly open: number;
  };
  readonly hops: number;
  /** Messages and their own bytes, by type and lineage. */
  readonly messages: Readonly<Record<string, { readonly messages: number; readonly bytes: number }>>;
  /** Everything that was sent, with all headers. */
  readonly load: { readonly messages: number; readonly bytes: number };
  readonly crashes: number;
  /** What all nodes used up, and how many batteries are empty; null when the scenario does not look at energy. */
  readonly energy: (Energy & { readonly emptied: number }) | null;
  readonly events: number;
  /** SHA-256 of the event log. */
  readonly digest: string;
  readonly violations: readonly Violation[];
}

/** Where 0, 0 of a scenario is on the globe. */
const ORIGIN = { latitude: 40.5, longitude: -74.45 };
const SECOND_MS = 1000;
const BUDGET_HOPS_PER_LOOP = 1_000_000;

/** Throws MisuseError or DataError naming what in the scenario or its files makes no sense, CompileError for its programs. */
export async function play(options: PlayOptions): Promise<Outcome> {
  const { scenario, seed, read, guestSource, write } = options;
  const trajectories = trajectoriesOf(scenario, seed, read);
  const projection = new LocalProjection(ORIGIN);
  const plan = stormOf(scenario);
  const checks = new Checks({ exactBudgets: false, mostHops: BUDGET_HOPS_PER_LOOP });
  const parts: { medium?: FaultyMedium; meter: EnergyMeter | null } = { meter: null };
  const sites: SiteCrashes = new SiteCrashes((node) => storm.crash(world.nodes[node]!));
  let crashes = 0;
  const world = await World.create({
    seed,
    nodes: scenario.nodes,
    guestSource,
    medium: ({ clock, random }) => {
      parts.meter = meterOf(scenario, clock, (node) => exhaust(world, node));
      const radio = mediumOf(scenario, trajectories, { clock, random, ...(parts.meter !== null && { observer: parts.meter }) });
      return (parts.medium = new FaultyMedium(radio, clock, random));
    },
    overheads: overheadsOf(scenario),
    location: (node, timeMs) => projection.toWgs84(trajectories[node]!.positionAt(timeMs)),
    cpu: scenario.cpu,
    diskFlushMs: scenario.diskFlushMs,
    times: { beaconIntervalMs: scenario.beacons.intervalMs, beaconMissed: scenario.beacons.missed },
    faults: (node) => sites.of(node),
    observers: [checks.observer, { crashed: () => void (crashes += 1) }, metered(() => parts.meter)],
    ...(write !== undefined && { write }),
  });
  checks.watch(world);
  const storm = new Storm(world, parts.medium!, sites, plan, (node) => parts.meter?.isEmpty(node) === true);
  await world.start();
  for (const [index, wanted] of scenario.programs.entries()) {
    const { name, compiled, resources } = await options.compile(wanted.file);
    launchAll(world, signProgram(name, compiled, world.launches.author, resources), wanted, index);
  }
  storm.begin();
  await pass(world, options);
  checks.sample();
  return { ...outcomeOf(world, seed, crashes, checks.violations), energy: energyOf(parts.meter, scenario.nodes) };
}

function exhaust(world: World, node: number): void {
  world.log.add('fault', world.nodes[node]!.name, 'battery');
  world.nodes[node]!.crash();
}

function energyOf(meter: EnergyMeter | null, nodes: number): Outcome['energy'] {
  if (meter === null) return null;
  const all = Array.from({ length: nodes }, (_, node) => node);
  return { ...sumOf(all.map((node) => meter.spent(node))), emptied: all.filter((node) => meter.isEmpty(node)).length };
}

async function pass(world: World, options: PlayOptions): Promise<void> {
  const untilMs = world.nowMs + options.scenario.forMs;
  while (world.nowMs < untilMs && options.isInterrupted?.() !== true) {
    await world.run(Math.min(SECOND_MS, untilMs - world.nowMs));
    options.progress?.(world.nowMs, untilMs);
  }
}

function launchAll(world: World, program: SimProgram, wanted: ScenarioProgram, index: number): void {
  const { at, startMs, count, perSecond, args, transient, inDoubt, guard, hops } = wanted;
  const random = world.random(`launches/${index}`);
  const choices = {
    args: JSON.parse(args) as unknown,
    transient,
    guard,
    budget: { hops },
    ...(inDoubt !== null && { inDoubt }),
  };
  const launch = (): void => {
    if (at === 'everywhere') for (const node of world.nodes) world.launch(program, node.index, choices);
    else world.launch(program, at === 'first' ? 0 : random.below(world.nodes.length), choices);
  };
  let atMs = startMs;
  for (let each = 0; each < count; each += 1) {
    world.kernel.setTimer(atMs, launch);
    if (perSecond !== null) atMs += random.exponential(SECOND_MS / perSecond);
  }
}

function stormOf({ faults }: Scenario): StormPlan {
  const { loss, silentLoss, lostAcknowledgement, duplication, delay, delayMs, ...rest } = faults;
  return { ...rest, weather: { loss, silentLoss, lostAcknowledgement, duplication, delay, delayMs } };
}

function outcomeOf(world: World, seed: string, crashes: number, violations: readonly Violation[]): Omit<Outcome, 'energy'> {
  const { all } = world.launches;
  const ended = (outcome: string): number => all.filter((launched) => launched.result()?.outcome === outcome).length;
  const refused = all.filter(({ refusal }) => refusal !== null).length;
  const returned = ended('returned');
  const failed = ended('failed') + ended('killed') + ended('dropped') + ended('lost');
  return {
    seed,
    virtualMs: world.nowMs,
    launches: { asked: all.length, refused, returned, failed, open: all.length - refused - returned - failed },
    hops: world.metrics.total('sm_handoffs_total', 'in', 'accepted'),
    messages: Object.fromEntries([...world.traffic.messages].sort(([one], [other]) => (one < other ? -1 : 1))),
    load: world.traffic.load(),
    crashes,
    events: world.kernel.eventsDone,
    digest: world.log.digest(),
    violations,
  };
}
