/** Small simulated networks whose links are drawn as text, for tests of AODV. Nodes are called by letters. */
import type { TagValue } from '../../../core/tags.ts';
import type { Launched, LaunchChoices } from '../../../sim/launches.ts';
import type { SimProgram } from '../../../sim/program.ts';
import type { SimNode } from '../../../sim/node/node.ts';
import type { World, WorldOptions } from '../../../sim/world.ts';
import { linked, programOf, worldOf } from '../support.ts';

const VISITOR = `
import { migrate, self } from 'sm';
import { aodv, aodvWith } from 'sm/routing/aodv';
export default async function visit({ to, timeout = 60_000, changes = null, except = [] }) {
  try {
    await migrate(to, { via: changes === null ? aodv : aodvWith(changes), timeout, except });
  } catch (error) {
    if (error.name !== 'MigrationTimeout') throw error;
    return { gaveUp: error.reason, at: self.nodeName, hops: self.hops, ageMs: self.ageMs };
  }
  return { at: self.nodeName, hops: self.hops, ageMs: self.ageMs };
}`;
/** Leaves a tag as AODV does, which anybody may change, or as a program that shares it with nobody. */
const WRITER = `
import { tags } from 'sm';
export default async function write({ name, value, isShared, lifetime }) {
  const all = 'rwdb';
  if (tags.has(name)) tags.delete(name);
  tags.create(name, value, { lifetime, access: isShared ? { family: all, origin: all, code: all, others: all } : { others: 'r' } });
}`;
const BUDGET = { hops: 4096, cpuMs: 60_000, bytes: 16 << 20, children: 4096 };

export interface Visit {
  readonly at: string;
  readonly hops: number;
  readonly ageMs: number;
  readonly gaveUp?: string;
}

export interface RouteEntry {
  readonly sequenceNumber: number;
  readonly hopCount: number;
  readonly nextHop: string;
  readonly isValid: boolean;
  readonly lifetimeMs: number;
  readonly precursors: readonly string[];
}

export interface VisitChoices extends LaunchChoices {
  readonly timeout?: number;
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly except?: readonly string[];
}

export class Network {
  readonly world: World;
  readonly #letters: readonly string[];
  readonly #links: Set<number>[];
  readonly #visitor: SimProgram;
  readonly #writer: SimProgram;

  private constructor(world: World, letters: readonly string[], links: Set<number>[]) {
    this.world = world;
    this.#letters = letters;
    this.#links = links;
    this.#visitor = programOf(world, VISITOR);
    this.#writer = programOf(world, WRITER);
  }

  /** A network with these links: `ab bc` is a line of three. Letters that are alone are nodes without links. */
  static async of(drawing: string, options: Partial<WorldOptions> = {}): Promise<Network> {
    const letters = [...new Set(drawing.replaceAll(' ', ''))].sort();
    const links = letters.map(() => new Set<number>());
    for (const [one, other] of drawing.split(' ').map((pair) => [...pair].map((letter) => letters.indexOf(letter)))) {
      if (other === undefined) continue;
      links[one!]!.add(other);
      links[other]!.add(one!);
    }
    const hearers = (node: number): number[] => [...links[node]!].sort((one, other) => one - other);
    const times = { beaconIntervalMs: 1000, beaconMissed: 2 };
    const world = await linked(await worldOf(drawing, letters.length, hearers, { times, ...options }), hearers);
    return new Network(world, letters, links);
  }

  node(letter: string): SimNode {
    return this.world.nodes[this.#letters.indexOf(letter)]!;
  }

  letterOf(id: string): string {
    return this.#letters[this.world.nodes.findIndex((node) => node.id === id)] ?? '?';
  }

  /** Starts a program at `from` that travels to `to`: a letter, or a destination. */
  send(from: string, to: string | object, { timeout, changes, except, ...choices }: VisitChoices = {}): Launched {
    const destination = typeof to === 'string' ? { node: this.node(to).id } : to;
    const args = { to: destination, timeout, changes, except };
    const index = this.#letters.indexOf(from);
    return this.world.launch(this.#visitor, index, { args, transient: true, ...choices, budget: { ...BUDGET, ...choices.budget } });
  }

  async end(launched: Launched): Promise<Visit> {
    await this.world.until(() => launched.isOver, 120_000);
    const result = launched.result();
    if (result?.outcome !== 'returned') throw new Error(`it did not return: ${JSON.stringify(launched.refusal ?? result)}`);
    const visit = result.value as unknown as Visit;
    return { ...visit, at: this.#letters[Number(visit.at.slice(1))]! };
  }

  visit(from: string, to: string | object, choices: VisitChoices = {}): Promise<Visit> {
    return this.end(this.send(from, to, choices));
  }

  /** The value of a tag; undefined when there is none. */
  tag(letter: string, name: string): unknown {
    return this.node(letter).node.engine.tags.read(name, this.world.nowMs)?.value;
  }

  /** Leaves a tag at a node, in the place of one that is there; one that is not shared can be read, but neither changed nor removed. */
  async setTag(letter: string, name: string, value: TagValue, isShared = true): Promise<void> {
    const args = { name, value, isShared, lifetime: 600_000 };
    const launched = this.world.launch(this.#writer, this.#letters.indexOf(letter), { args });
    await this.world.until(() => launched.isOver, 10_000);
    if (!launched.hasReturned) throw new Error(`${name} was not written: ${JSON.stringify(launched.result())}`);
  }

  /** The table entry for `to` at a node, in letters. */
  route(at: string, to: string): RouteEntry | undefined {
    const entry = this.tag(at, routeName(this.node(to).id)) as RouteEntry | undefined;
    if (entry === undefined) return undefined;
    return { ...entry, nextHop: this.letterOf(entry.nextHop), precursors: entry.precursors.map((id) => this.letterOf(id)) };
  }

  setRoute(at: string, to: string, entry: Partial<RouteEntry>, isShared = true): Promise<void> {
    const nextHop = entry.nextHop === undefined ? undefined : this.node(entry.nextHop).id;
    const precursors = entry.precursors?.map((letter) => this.node(letter).id) ?? [];
    return this.setTag(at, routeName(this.node(to).id), { ...entry, nextHop, precursors } as TagValue, isShared);
  }

  /** A node's own sequence number and its last RREQ ID. */
  own(letter: string): { sequenceNumber: number; rreqId: number } {
    return (
      (this.tag(letter, 'public:aodv/own') as { sequenceNumber: number; rreqId: number } | undefined) ?? { sequenceNumber: 0, rreqId: 0 }
    );
  }

  /** Where a request of this originator has been, as letters in alphabetical order. */
  reachedBy(originator: string, rreqId: number): string {
    return this.#letters.filter((at) => this.tag(at, `public:aodv/rreq/${this.node(originator).id}/${rreqId}`) !== undefined).join('');
  }

  /** Offers of explorers and messengers so far. */
  get explorerHops(): number {
    return this.world.traffic.messages.get('offer child')?.messages ?? 0;
  }

  /** From now on the two do not hear each other. */
  cut(one: string, other: string): void {
    const [left, right] = [this.#letters.indexOf(one), this.#letters.indexOf(other)];
    this.#links[left]!.delete(right);
    this.#links[right]!.delete(left);
  }

  /** Lets time pass until a node no longer lists the other as a neighbour. */
  async isGone(one: string, other: string): Promise<void> {
    const gone = () =>
      !this.node(one)
        .links.list()
        .some(({ peer }) => peer.nodeId === this.node(other).id);
    if (!(await this.world.until(gone, 30_000))) throw new Error(`${one} still has a link to ${other}`);
  }
}

function routeName(id: string): string {
  return `public:route/aodv/${id}`;
}
