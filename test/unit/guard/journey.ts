/** A guarded Smart Message on its way through a chain of nodes. */
import { LIMITS } from '../../../core/limits.ts';
import type { LaunchRequest } from '../../../core/program.ts';
import type { Resting } from '../../../core/sm.ts';
import { LAUNCH_BUDGET, programBytes, smartMessage } from '../handoff/samples.ts';
import { type Behaviour, type SimulatedNode, World, place } from '../handoff/world.ts';

export const PROGRAM = programBytes('guarded tour');
export const LEASE_MS = LIMITS.guardLeaseMs;
/** Leases are looked at now and then. */
export const LOOK_MS = LEASE_MS / 4 + 1;

export class Journey {
  readonly world: World;
  readonly sm: Resting;

  private constructor(world: World, sm: Resting) {
    this.world = world;
    this.sm = sm;
  }

  /** A chain of linked nodes, the Smart Message on the first. */
  static async on(names: string, change: Partial<LaunchRequest> = {}, behaviour: Behaviour = {}): Promise<Journey> {
    const world = new World([...names], behaviour);
    const sm = smartMessage('guarded', PROGRAM, { guard: 1, reserve: LAUNCH_BUDGET, ...change });
    await place(world, names[0]!, sm, PROGRAM);
    const journey = new Journey(world, sm);
    await world.settle();
    for (let next = 1; next < names.length; next++) journey.link(names[next - 1]!, names[next]!);
    return journey;
  }

  at(name: string): SimulatedNode {
    return this.world.node(name);
  }

  link(one: string, other: string): void {
    this.world.connect(this.at(one), this.at(other));
  }

  cut(one: string, other: string): void {
    this.world.disconnect(this.at(one), this.at(other));
  }

  /** Hops along, and everything that is to be said about that is said. */
  async go(...way: string[]): Promise<void> {
    for (const [index, next] of way.entries()) {
      if (index === 0) continue;
      this.world.depart(this.at(way[index - 1]!), this.sm.header.smId, [next]);
      await this.world.settle();
    }
    await this.talk();
  }

  /** What is to be said of copies is said along the whole way, a little later at each node. */
  async talk(): Promise<void> {
    for (let node = 0; node <= this.world.nodes.length; node++) await this.pass(150);
  }

  async pass(ms: number): Promise<void> {
    await this.world.advance(ms);
    await this.world.settle();
  }

  /** As long as a lease of this many hops runs at most. */
  async leases(count: number): Promise<void> {
    for (let waited = 0; waited < count * LEASE_MS + LOOK_MS; waited += LOOK_MS) await this.pass(LOOK_MS);
  }

  copies(): string {
    return this.world.nodes
      .filter(({ up, handoff }) => up && [...handoff.guards.copies()].length > 0)
      .map(({ name }) => name)
      .join('');
  }

  /** What lives on a node that is not the first life. */
  second(name: string): Resting | undefined {
    return [...this.at(name).residents.values()].find(({ header }) => header.smId !== this.sm.header.smId);
  }

  /** What the nodes have in their tables, of all that concerns guards. */
  stored(): string[] {
    return this.world.nodes.flatMap(({ name, store }) => [...store.entries('guards')].map(([key]) => `${name}: ${key}`));
  }
}
