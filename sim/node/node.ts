/** A simulated node: the daemon's `Node` in a body that can lose its power at any moment. */
import { BugError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import { NO_FAULTS, type Clock, type Faults } from '../../core/ports.ts';
import type { Driver } from '../../drivers/driver.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import type { Node } from '../../runtime/node.ts';
import type { Location } from '../../sandbox/guest/boundary.ts';
import { lostTable, writeRefusal } from '../faults/canary.ts';
import type { Frame } from '../link/frames.ts';
import type { SimLinks } from '../link/links.ts';
import type { NodeIndex } from '../medium.ts';
import type { NodeCpu } from './cpu.ts';
import { SimDisk } from './disk.ts';
import type { Environment } from './environment.ts';
import { Life } from './life.ts';
import { powerOn } from './power-on.ts';

export interface SimNodeOptions {
  readonly index: NodeIndex;
  readonly name: string;
  /** Where it is now; null where nobody knows. */
  readonly location?: () => Location | null;
  /** Makes its devices, anew at every start. */
  readonly drivers?: (clock: Clock) => readonly Driver[];
  /** Fault sites of production code. */
  readonly faults?: Faults;
}

/** What there is while it has power. */
export interface Running {
  readonly life: Life;
  readonly node: Node;
  readonly links: SimLinks;
  readonly cpu: NodeCpu;
}

export class SimNode {
  readonly index: NodeIndex;
  readonly name: string;
  readonly identity: Identity;
  readonly options: SimNodeOptions;
  readonly #environment: Environment;
  #life: Life | null = null;
  #running: Running | null = null;
  #serves = false;
  #disk: SimDisk | null = null;
  /** What the next life finds in place of a new disk. */
  #found: ((clock: Clock) => SimDisk) | null = null;
  #starts = 0;
  #skewMs = 0;
  #earlierCpuMs = 0;

  constructor(options: SimNodeOptions, environment: Environment) {
    this.options = options;
    this.#environment = environment;
    this.index = options.index;
    this.name = options.name;
    this.identity = environment.members.issue('node', options.name);
  }

  get id(): NodeId {
    return this.identity.nodeId;
  }

  /** Whether it is on, or at least starting. */
  get hasPower(): boolean {
    return this.#life !== null;
  }

  /** Whether it has power and has come so far that it serves. */
  get isUp(): boolean {
    return this.#serves;
  }

  /** Throws BugError `node-down` when it has no power or has only begun to start. */
  get node(): Node {
    return this.#up().node;
  }

  /** Throws BugError `node-down` when it has no power or has only begun to start. */
  get links(): SimLinks {
    return this.#up().links;
  }

  /** Work that its processor has done in all its lives, milliseconds. */
  get cpuMs(): number {
    return this.#earlierCpuMs + (this.#running?.cpu.usedMs ?? 0);
  }

  /** The power comes on. Resolves when it serves, in virtual time; never if the power goes before. */
  async start(): Promise<void> {
    if (this.#life !== null) throw new BugError('node-up', `${this.name} has power already`);
    this.#starts += 1;
    const { canary, clock, diskFlushMs, limits, observer, random } = this.#environment;
    const life = new Life(clock, this.#skewMs);
    this.#life = life;
    const { index } = this;
    const durable = observer.durable.bind(observer, index);
    const disk = { maxBytes: limits.storeBytes, flushMs: diskFlushMs, forgets: lostTable(canary), refuses: writeRefusal(canary), durable };
    this.#disk = this.#found?.(life) ?? new SimDisk(disk, life);
    const entropy = random(`entropy/${this.name}/${this.#starts}`);
    const running = await powerOn(
      { ...this.options, faults: this.options.faults ?? NO_FAULTS, identity: this.identity, life, disk: this.#disk, entropy },
      this.#environment,
    );
    if (!life.alive) return;
    this.#running = running;
    await running.node.start();
    if (!life.alive) return;
    this.#serves = true;
    observer.started(index);
  }

  /**
   * The power goes, now. `survivors` picks how many of the batches that wait for the disk are found on it afterwards; null stands for a
   * node that has only memory, which finds nothing.
   */
  crash(survivors: ((waiting: number) => number) | null = () => 0): void {
    if (this.#life === null) return;
    this.#earlierCpuMs = this.cpuMs;
    this.#life.end();
    this.#life = null;
    this.#running = null;
    this.#serves = false;
    this.#found = survivors === null ? null : (this.#disk?.crash(survivors) ?? null);
    this.#disk = null;
    this.#environment.observer.crashed(this.index);
    if (survivors === null) this.#environment.observer.erased(this.index);
  }

  /** In order: it says goodbye, and everything that must be durable is. Resolves when it has no power any more. */
  async stop(): Promise<void> {
    const { life, node } = this.#up();
    await node.stop();
    if (life.alive) this.crash((waiting) => waiting);
  }

  /** Sets its wall clock `ms` ahead of the world's, for this life and the following. */
  setWallClock(ms: number): void {
    this.#skewMs = ms;
    if (this.#life !== null) this.#life.skewMs = ms;
  }

  /** A frame arrives. */
  hear(from: NodeIndex, frame: Frame): void {
    const running = this.#running;
    if (running !== null) running.life.act(() => running.links.take(from, frame));
  }

  /** Lets the node do something from outside, as its control API would. Nothing happens unless it {@link isUp}: a daemon that starts does not listen. */
  act(action: (node: Node) => void): void {
    const running = this.#running;
    if (running !== null && this.#serves) running.life.act(() => action(running.node));
  }

  #up(): Running {
    if (this.#running === null) throw new BugError('node-down', `${this.name} has no power`);
    return this.#running;
  }
}
