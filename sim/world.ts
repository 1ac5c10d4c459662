/**
 * A simulated network: nodes with the daemon's own code, in virtual time, over a medium. The seed decides everything that is left to
 * chance: two worlds of one seed do the same, to the byte.
 */
import { LIMITS, type Limits } from '../core/limits.ts';
import type { Clock, Faults } from '../core/ports.ts';
import type { Driver } from '../drivers/driver.ts';
import { DEFAULT_POLICY_TEXT } from '../runtime/policy/default.ts';
import { parsePolicy } from '../runtime/policy/document.ts';
import type { Location } from '../sandbox/guest/boundary.ts';
import type { CompiledProgram } from '../sandbox/compiler/index.ts';
import { Sandbox } from '../sandbox/vm/sandbox.ts';
import { EventLog } from './kernel/event-log.ts';
import { Kernel } from './kernel/kernel.ts';
import { Launched, Launches, type LaunchChoices } from './launches.ts';
import { SESSION_TIMES, type SessionTimes } from './link/channel.ts';
import { frameBytes, TCP_TLS_OVERHEADS, type Ether, type LinkOverheads } from './link/frames.ts';
import type { Canary } from './faults/canary.ts';
import type { BeaconTimes } from './link/links.ts';
import { Traffic } from './link/traffic.ts';
import type { Medium, NodeIndex } from './medium.ts';
import { IDEAL_CPU, type CpuCosts } from './node/cpu.ts';
import type { Environment, Observer } from './node/environment.ts';
import { Members } from './node/members.ts';
import { SimMetrics } from './node/metrics.ts';
import { SimNode } from './node/node.ts';
import { together } from './observers.ts';
import { requireWhole } from './parameters.ts';
import { signProgram, type SimProgram } from './program.ts';
import { RandomStream } from './random.ts';
import { recorder } from './recorder.ts';

export interface WorldOptions {
  readonly seed: string;
  readonly nodes: number;
  /** The bundled guest runtime, `dist/guest.js`. */
  readonly guestSource: string;
  readonly medium: (parts: { readonly clock: Clock; readonly random: RandomStream }) => Medium;
  /** Where a node is at a virtual time; nodes know their place by it, and tell their neighbours. */
  readonly location?: (node: NodeIndex, timeMs: number) => Location | null;
  readonly drivers?: (node: NodeIndex, clock: Clock) => readonly Driver[];
  readonly faults?: (node: NodeIndex) => Faults;
  readonly cpu?: CpuCosts;
  /** How long a disk takes to make a batch durable; 0 for nodes that have only memory. */
  readonly diskFlushMs?: number;
  readonly times?: Partial<SessionTimes & BeaconTimes>;
  readonly overheads?: LinkOverheads;
  /** What differs from {@link SIM_LIMITS}. */
  readonly limits?: Partial<Limits>;
  readonly policyText?: string;
  readonly observers?: readonly Observer[];
  /** A known bug in all nodes, to see whether it is found. */
  readonly canary?: Canary;
  /** Gets the event log as it grows. */
  readonly write?: (text: string) => void;
}

/** Bounds of simulated nodes that differ from daemons': nothing gets stuck in virtual time, and nobody asks a node for its history. */
export const SIM_LIMITS: Limits = { ...LIMITS, watchdogIntervalMs: 2 ** 40, hopEvents: 64, receipts: 256, results: 16_384 };

export const BEACON_TIMES: BeaconTimes = { beaconIntervalMs: LIMITS.beaconIntervalMs, beaconMissed: LIMITS.beaconMissed };
/** One small flush of LMDB on the kind of disk that these nodes have was measured at 0.43 ms. */
const DISK_FLUSH_MS = 0.43;
const LINES_KEPT = 200;
/** Virtual time that starting may take; a start that does not end hangs. */
const START_MS = 60_000;

export class World {
  readonly seed: string;
  readonly kernel: Kernel;
  readonly log: EventLog;
  readonly traffic: Traffic;
  readonly metrics: SimMetrics;
  readonly medium: Medium;
  readonly nodes: readonly SimNode[];
  readonly launches: Launches;
  /** Bounds of all nodes. */
  readonly limits: Limits;
  /** Memory of the one sandbox in which all programs run. */
  readonly sandboxBytes: number;

  /** Makes a world whose nodes have no power yet. Throws MisuseError `bad-parameter` naming the parameter. */
  static async create(options: WorldOptions): Promise<World> {
    requireWhole('nodes', options.nodes, 1, LIMITS.simNodes);
    const { hotImages, hotImageBytes, sandboxMemoryBytes, guestStackBytes } = SIM_LIMITS;
    const { stepsPerMs } = options.cpu ?? IDEAL_CPU;
    const runner = await Sandbox.create({
      guestSource: options.guestSource,
      clock: { monotonicMs: () => 0, stepsPerMs },
      limits: { hotImages, hotImageBytes, sandboxMemoryBytes, guestStackBytes },
    });
    return new World(options, await Members.create(options.seed), runner);
  }

  private constructor(options: WorldOptions, members: Members, runner: Sandbox) {
    const { seed, policyText = DEFAULT_POLICY_TEXT, write, observers = [] } = options;
    this.seed = seed;
    this.sandboxBytes = runner.memory.length;
    const kernel = new Kernel();
    this.kernel = kernel;
    this.log = new EventLog({ clock: kernel, kept: LINES_KEPT, ...(write !== undefined && { write }) });
    this.traffic = new Traffic();
    this.limits = { ...SIM_LIMITS, ...options.limits };
    this.metrics = new SimMetrics();
    this.medium = options.medium({ clock: kernel, random: this.random('medium') });
    const counter: Observer = { sent: (_from, _to, message, bytes) => this.traffic.message(message, bytes) };
    const environment: Environment = {
      clock: kernel,
      members,
      runner,
      metrics: this.metrics,
      ether: this.#ether(options.overheads ?? TCP_TLS_OVERHEADS),
      limits: this.limits,
      cpu: options.cpu ?? IDEAL_CPU,
      diskFlushMs: options.diskFlushMs ?? DISK_FLUSH_MS,
      times: { ...SESSION_TIMES, ...BEACON_TIMES, ...options.times },
      policy: { policy: parsePolicy(policyText, 'policy'), text: policyText },
      random: (name) => this.random(name),
      canary: options.canary ?? null,
      observer: together([counter, recorder(this.log), this.#power(), ...observers]),
    };
    this.nodes = Array.from({ length: options.nodes }, (_, index) => new SimNode(this.#choices(options, index), environment));
    this.launches = new Launches(members.issue('author', 'ada'), kernel, this.random('nonces'));
  }

  get nowMs(): number {
    return this.kernel.monotonicMs();
  }

  /** The stream of chance with this name: for each purpose one of its own, so that a draw more for one does not shift another. */
  random(name: string): RandomStream {
    return RandomStream.of(this.seed, name);
  }

  /** Powers on all nodes that have no power, and lets virtual time run until they serve. */
  async start(): Promise<void> {
    await this.settle(Promise.all(this.nodes.map((node) => node.isUp || node.start())), START_MS);
  }

  /** Lets virtual time pass. */
  async run(ms: number): Promise<void> {
    await this.kernel.run(this.nowMs + ms);
  }

  /** Lets virtual time pass until `isDone`, at most so long. Returns whether it was. */
  until(isDone: () => boolean, withinMs: number): Promise<boolean> {
    return this.kernel.run(this.nowMs + withinMs, isDone);
  }

  /** Lets virtual time pass until a promise settles, and gives what it gives; undefined when it does not settle in that time. */
  async settle<Value>(promise: Promise<Value>, withinMs: number): Promise<Value | undefined> {
    let settled = false;
    const settle = (): void => void (settled = true);
    promise.then(settle, settle);
    return (await this.until(() => settled, withinMs)) ? promise : undefined;
  }

  /** Signs a compiled program as this world's author. */
  program(name: string, compiled: CompiledProgram): SimProgram {
    return signProgram(name, compiled, this.launches.author);
  }

  launch(program: SimProgram, origin: NodeIndex, choices: LaunchChoices = {}): Launched {
    return this.launches.launch(program, this.nodes[origin]!, choices);
  }

  #choices({ location, drivers, faults }: WorldOptions, index: NodeIndex): ConstructorParameters<typeof SimNode>[0] {
    return {
      index,
      name: `n${index}`,
      ...(location !== undefined && { location: () => location(index, this.nowMs) }),
      ...(drivers !== undefined && { drivers: (clock: Clock) => drivers(index, clock) }),
      ...(faults !== undefined && { faults: faults(index) }),
    };
  }

  #ether(overheads: LinkOverheads): Ether {
    return {
      send: (from, to, frame, done) => {
        const bytes = frameBytes(frame, overheads);
        this.traffic.frame(frame.kind, bytes);
        this.medium.transmit({
          from,
          to,
          bytes,
          deliver: (node) => this.nodes[node]?.hear(from, frame),
          done: (outcome) => done?.(outcome === 'acknowledged'),
        });
      },
    };
  }

  /** A node without power is silent on the medium. */
  #power(): Observer {
    return {
      started: (node) => this.medium.setUp(node, true),
      crashed: (node) => this.medium.setUp(node, false),
    };
  }
}
