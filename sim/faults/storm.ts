/**
 * A storm: faults of all kinds over a stretch of virtual time, drawn from the seed. When it is over the medium is mended, every node has
 * power again, and whatever was promised must have been kept.
 */
import { GUARD_SITES, HANDOFF_SITES } from '../../runtime/handoff/sites.ts';
import type { NodeIndex } from '../medium.ts';
import type { SimNode } from '../node/node.ts';
import { requireBetween, requireNotNegative } from '../parameters.ts';
import type { RandomStream } from '../random.ts';
import type { World } from '../world.ts';
import type { FaultyMedium, Weather } from './faulty-medium.ts';
import type { SiteCrashes } from './site-crashes.ts';

export interface StormPlan {
  /** How long it lasts, from when it is begun. */
  readonly forMs: number;
  readonly weather: Weather;
  /** Faults of each kind per virtual minute of the whole network. */
  readonly crashesPerMinute: number;
  readonly siteCrashesPerMinute: number;
  readonly partitionsPerMinute: number;
  readonly clogsPerMinute: number;
  readonly clockJumpsPerMinute: number;
  /** Nodes that lose their power for good; two are always left. */
  readonly deathsPerMinute: number;
  /** Nodes that lose their power and their disk, and come back with an empty one. */
  readonly erasuresPerMinute: number;
  /** How long a node stays without power, a partition or a clog lasts, at most. */
  readonly outageMs: number;
  /** How far a wall clock jumps at most, either way. */
  readonly clockJumpMs: number;
}

export const CALM: StormPlan = {
  forMs: 0,
  weather: { loss: 0, silentLoss: 0, lostAcknowledgement: 0, duplication: 0, delay: 0, delayMs: 0 },
  crashesPerMinute: 0,
  siteCrashesPerMinute: 0,
  partitionsPerMinute: 0,
  clogsPerMinute: 0,
  clockJumpsPerMinute: 0,
  deathsPerMinute: 0,
  erasuresPerMinute: 0,
  outageMs: 10_000,
  clockJumpMs: 60_000,
};

const MINUTE_MS = 60_000;
/** A site may be passed a few times before the power goes there. */
const PASSES_MOST = 4;
/** So many nodes are never taken for good. */
const LEFT_LEAST = 2;

function requireSense(plan: StormPlan): void {
  for (const [name, value] of Object.entries(plan)) if (typeof value === 'number') requireNotNegative(`faults.${name}`, value);
  for (const [name, value] of Object.entries(plan.weather))
    if (name === 'delayMs') requireNotNegative(`faults.weather.${name}`, value as number);
    else requireBetween(`faults.weather.${name}`, value as number, 0, 1);
}

export class Storm {
  readonly #world: World;
  readonly #medium: FaultyMedium;
  readonly #sites: SiteCrashes;
  readonly #plan: StormPlan;
  readonly #random: RandomStream;
  readonly #isDead: (node: NodeIndex) => boolean;
  readonly #dead = new Set<NodeIndex>();
  readonly #erased = new Set<NodeIndex>();
  #isOver = false;

  /**
   * @param isDead whether a node is gone for good, so that it gets no power again
   * @throws MisuseError `bad-parameter` naming what of the plan makes no sense
   */
  constructor(world: World, medium: FaultyMedium, sites: SiteCrashes, plan: StormPlan, isDead: (node: NodeIndex) => boolean = () => false) {
    requireSense(plan);
    this.#world = world;
    this.#medium = medium;
    this.#sites = sites;
    this.#plan = plan;
    this.#isDead = (node) => this.#dead.has(node) || isDead(node);
    this.#random = world.random('storm');
  }

  /** Nothing fails any more, and everything that failed is back. */
  get isOver(): boolean {
    return this.#isOver && this.#world.nodes.every(({ isUp, index }) => isUp || this.#isDead(index));
  }

  /** Nodes that it took for good. */
  get dead(): ReadonlySet<NodeIndex> {
    return this.#dead;
  }

  /** Nodes that have lost a disk. Whoever was going there may be in doubt for ever: what a new memory does not know is not believed. */
  get erased(): ReadonlySet<NodeIndex> {
    return this.#erased;
  }

  begin(): void {
    const plan = this.#plan;
    const guards = this.#world.random('storm/guards');
    this.#medium.weather = plan.weather;
    this.#often(plan.crashesPerMinute, 'crashes', () => this.crash(this.#anyNode()));
    this.#often(plan.siteCrashesPerMinute, 'siteCrashes', () => {
      const site = HANDOFF_SITES[this.#random.below(HANDOFF_SITES.length)] as string;
      this.#sites.arm(this.#anyNode().index, site, 1 + this.#random.below(PASSES_MOST));
    });
    this.#often(plan.siteCrashesPerMinute, 'guardSiteCrashes', () =>
      this.#sites.arm(guards.below(this.#world.nodes.length), GUARD_SITES[guards.below(GUARD_SITES.length)] as string, 1),
    );
    this.#often(plan.deathsPerMinute, 'deaths', () => this.kill(this.#world.nodes[guards.below(this.#world.nodes.length)] as SimNode));
    const disks = this.#world.random('storm/disks');
    this.#often(plan.erasuresPerMinute, 'erasures', () =>
      this.erase(this.#world.nodes[disks.below(this.#world.nodes.length)] as SimNode, disks),
    );
    this.#often(plan.partitionsPerMinute, 'partitions', () => this.#part());
    this.#often(plan.clogsPerMinute, 'clogs', () => this.#medium.clog(this.#anyNode().index, this.#anyNode().index, this.#outageMs()));
    this.#often(plan.clockJumpsPerMinute, 'clockJumps', () =>
      this.#anyNode().setWallClock(Math.round(this.#random.between(-plan.clockJumpMs, plan.clockJumpMs))),
    );
    this.#world.kernel.setTimer(plan.forMs, () => this.#end());
  }

  /** Takes the power of a node, now, and gives it back after a while. Some of what its disk had not confirmed may be on it. */
  crash(node: SimNode): void {
    if (!node.hasPower) return;
    const { log, kernel } = this.#world;
    log.add('fault', node.name, 'power');
    node.crash((waiting) => this.#random.below(waiting + 1));
    kernel.setTimer(this.#outageMs(), () => this.#restart(node));
  }

  /** Takes the power and the disk of a node, and gives it power again after a while. */
  erase(node: SimNode, random: RandomStream): void {
    if (!node.hasPower) return;
    const { log, kernel } = this.#world;
    log.add('fault', node.name, 'disk');
    this.#erased.add(node.index);
    node.crash(null);
    kernel.setTimer(random.between(0, this.#plan.outageMs), () => this.#restart(node));
  }

  /** Takes the power of a node for good, unless too few would be left. */
  kill(node: SimNode): void {
    const { log, nodes } = this.#world;
    const left = nodes.filter(({ index }) => !this.#isDead(index) && index !== node.index);
    if (this.#isDead(node.index) || left.length < LEFT_LEAST) return;
    log.add('fault', node.name, 'death');
    this.#dead.add(node.index);
    node.crash();
  }

  #restart(node: SimNode): void {
    if (!node.hasPower && !this.#isDead(node.index)) void node.start();
  }

  /** Divides the nodes in two groups between which nothing passes, in one direction or in both. */
  #part(): void {
    const isOneWay = this.#random.chance(0.5);
    const sides = this.#world.nodes.map(() => this.#random.chance(0.5));
    const pairs: [NodeIndex, NodeIndex][] = [];
    for (const [from, side] of sides.entries())
      for (const [to, other] of sides.entries()) if (side !== other && (side || !isOneWay)) pairs.push([from, to]);
    this.#world.log.add('fault', isOneWay ? 'partition-one-way' : 'partition', sides.map(Number).join(''));
    for (const [from, to] of pairs) this.#medium.cut(from, to);
    this.#world.kernel.setTimer(this.#outageMs(), () => pairs.forEach(([from, to]) => this.#medium.mend(from, to)));
  }

  #end(): void {
    this.#isOver = true;
    this.#medium.clear();
    this.#sites.disarm();
    this.#world.log.add('fault', 'over');
    for (const node of this.#world.nodes) this.#restart(node);
  }

  /** Lets something happen at random times, on average so often, as long as the storm lasts. */
  #often(perMinute: number, what: string, happens: () => void): void {
    if (perMinute === 0) return;
    const random = this.#world.random(`storm/${what}`);
    const wait = (): void => {
      this.#world.kernel.setTimer(random.exponential(MINUTE_MS / perMinute), () => {
        if (this.#isOver) return;
        happens();
        wait();
      });
    };
    wait();
  }

  #outageMs(): number {
    return this.#random.between(0, this.#plan.outageMs);
  }

  #anyNode(): SimNode {
    const { nodes } = this.#world;
    return nodes[this.#random.below(nodes.length)] as SimNode;
  }
}
