/** The stage on which one story is played twice: eight nodes, where they stand, who is linked with whom, and what they have. */
import { LIMITS } from '../../../core/limits.ts';
import type { MessageType } from '../../../core/messages.ts';
import type { Budget } from '../../../core/program.ts';
import type { SimulatedConfig } from '../../../drivers/config.ts';
import type { FamilyResult, HopInfo, ResidentInfo } from '../../../runtime/control/protocol.ts';
import type { Location } from '../../../sandbox/guest/boundary.ts';
import { LocalProjection } from '../../../sim/mobility/projection.ts';

/** Which of the eight nodes; what it is called does not matter. */
export type Role = number;

/**
 * ```
 *            5 ─── 6        East of 3 and north of it there is nothing: who goes from 0 towards 6 greedily ends at 3,
 *           /               and has to walk back round the void.
 *   7 ─── 4
 *         │
 *   0 ─── 1 ─── 2 ─── 3
 * ```
 * The links are a tree. In a cycle two explorers of one search would race, and which one wins is for the operating system to decide.
 */
const METRES: readonly (readonly [xM: number, yM: number])[] = [
  [0, 0],
  [100, 0],
  [200, 0],
  [300, 0],
  [100, 100],
  [200, 150],
  [300, 170],
  [0, 150],
];

export const ROLES: readonly Role[] = METRES.map((_, role) => role);

export const EDGES: readonly (readonly [Role, Role])[] = [
  [0, 1],
  [1, 2],
  [2, 3],
  [1, 4],
  [4, 5],
  [5, 6],
  [4, 7],
];

const PROJECTION = new LocalProjection({ latitude: 40.5, longitude: -74.4 });

export const PLACES: readonly Location[] = METRES.map(([xM, yM]) => PROJECTION.toWgs84({ xM, yM }));

/** The only device of the network, and who has it. */
export const SOIL: { readonly at: Role; readonly config: SimulatedConfig } = {
  at: 7,
  config: { kind: 'thermometer', tag: 'io:soil', value: 12, unit: 'celsius', swing: 0, periodMs: 60_000 },
};

/**
 * What each launch may use. A slice takes the time on real processors that it takes, the first one at a node several times as long as the next, and
 * what explorers get is a share: with the usual budget one that is slow would end on a busy machine.
 */
export const BUDGET: Budget = { hops: LIMITS.budgetHops, cpuMs: 3_600_000, bytes: LIMITS.budgetBytes, children: LIMITS.budgetChildren };

export interface Launch {
  readonly family: string;
  readonly origin: Role;
}

/** How often each node sent each type of message. */
export type Counts = Readonly<Record<Role, Readonly<Partial<Record<MessageType, number>>>>>;

/** A network on which the story can be played. */
export interface Stage {
  /** Ids of the nodes, by role; in the same order on every stage, because routers break ties by id. */
  readonly ids: readonly string[];
  /** The hashes of the bricks that `source` becomes, in order of the manifest. */
  bricksOf(source: string): Promise<readonly string[]>;
  /** The name of a program is part of its manifest: the same name and source are the same program. */
  launch(name: string, source: string, origin: Role, args: object): Promise<Launch>;
  /** Null when its origin knows nothing of it yet. */
  resultOf(launch: Launch): Promise<FamilyResult | null>;
  residentsOf(role: Role): Promise<readonly ResidentInfo[]>;
  counts(): Promise<Counts>;
  /** Every hop of a family, as `from>to` by role, in order of text: the time at which two members moved is no promise. */
  hopsOf(launch: Launch): Promise<readonly string[]>;
  /** Lets the network go on until something is so. Rejects after a bound that only a hang exceeds. */
  until(what: string, isSo: () => Promise<boolean>): Promise<void>;
}

/**
 * What keeps links themselves, and is left out: the simulator's links are found by beacons and greeted by a frame of their own, and whether
 * they live is asked by probes.
 */
const OF_LINKS: ReadonlySet<string> = new Set(['hello', 'ping', 'pong', 'bye'] satisfies MessageType[]);

export function isOfData(type: string): boolean {
  return !OF_LINKS.has(type);
}

/** Whether every offer was answered, every arrival settled, and every receipt sent. */
export function isSettled(counts: Counts): boolean {
  const sum = (type: MessageType): number => ROLES.reduce((total, role) => total + (counts[role]?.[type] ?? 0), 0);
  const accepted = sum('accept');
  return sum('offer') === accepted + sum('refuse') && sum('settled') === accepted && sum('receipt') === accepted;
}

/** For {@link Stage.hopsOf}. */
export function waysOf(hops: readonly HopInfo[], ids: readonly string[]): readonly string[] {
  const way = ({ from, to, outcome }: HopInfo): string =>
    `${ids.indexOf(from)}>${ids.indexOf(to)}${outcome === 'accepted' ? '' : ` ${outcome}`}`;
  return hops.map(way).sort();
}
