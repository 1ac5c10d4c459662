/** Plays a scenario: builds its world, launches its programs, lets its storm pass, and says what came of it. */
import type { CompiledProgram } from '../../sandbox/compiler/index.ts';
import type { ResourceTable } from '../../core/program.ts';
import { Checks } from '../check/checks.ts';
import { mostHopsOf } from '../check/hop-bounds.ts';
import type { Violation } from '../check/checker.ts';
import { sensorDriver } from '../devices/sensors.ts';
import { FaultyMedium } from '../faults/faulty-medium.ts';
import { SiteCrashes } from '../faults/site-crashes.ts';
import { Storm, type StormPlan } from '../faults/storm.ts';
import { LocalProjection } from '../mobility/projection.ts';
import { sumOf, type Energy } from '../power/account.ts';
import { metered, type EnergyMeter } from '../power/meter.ts';
import { signProgram, type SimProgram } from '../program.ts';
import { World } from '../world.ts';
import { sensorsOf } from './devices.ts';
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

/** Throws MisuseError or DataError naming what in the scenario or its files makes no sense, CompileError for its programs. */
export async function play(options: PlayOptions): Promise<Outcome> {
  const { scenario, seed, read, guestSource, write } = options;
  const trajectories = trajectoriesOf(scenario, seed, read);
  const sensors = sensorsOf(scenario.devices, { seed, trajectories, read });
  const projection = new LocalProjection(ORIGIN);
  const plan = stormOf(scenario);
  const mostHops = new Map<string, number>();
  const checks = new Checks({ exactBudgets: false, mostHops: (family) => mostHops.get(family) ?? 0 });
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
    drivers: (node) => (sensors[node]!.length === 0 ? [] : [sensorDriver(sensors[node]!, () => world.nowMs)]),
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
    launchAll(world, signProgram(name, compiled, world.launches.author, resources), wanted, index, (family, hops) =>
      mostHops.set(family, hops),
    );
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

/** @param bounded told of every family, and how many hops any of its members may make */
function launchAll(
  world: World,
  program: SimProgram,
  wanted: ScenarioProgram,
  index: number,
  bounded: (family: string, hops: number) => void,
): void {
  const { at, startMs, count, perSecond, args, transient, inDoubt, guard, hops, journeys } = wanted;
  const random = world.random(`launches/${index}`);
  const choices = {
    args: JSON.parse(args) as unknown,
    transient,
    guard,
    budget: { hops },
    ...(inDoubt !== null && { inDoubt }),
  };
  // A duplicate goes on from where its original was, with a reserve as large as the budget.
  const affordable = inDoubt === 'duplicate' ? 2 * hops : hops;
  const most = journeys === null ? affordable : Math.min(affordable, mostHopsOf(journeys, world.nodes.length));
  const launchAt = (node: number): void => bounded(world.launch(program, node, choices).family, most);
  const launch = (): void => {
    if (at === 'everywhere') for (const { index: node } of world.nodes) launchAt(node);
    else launchAt(at === 'first' ? 0 : random.below(world.nodes.length));
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
