/**
 * Breadcrumbs: for every Smart Message that was here, where it first came from and where it went. They lead obituaries
 * home and family requests to wherever members may be. Best effort: kept in memory, bounded, for the lifetime of the SM and a little longer.
 *
 * Following the *first* previous node always goes back in time, so the way home has no loops however often an SM returns.
 */
import type { FamilyId, NodeId, SmId } from '../../core/ids.ts';
import type { Resting } from '../../core/sm.ts';

/** Replaced as a whole when it changes, because siblings share one. */
interface Crumb {
  readonly family: FamilyId;
  /** Where it first came from; null when it began to exist on this node. */
  readonly first: NodeId | null;
  /** Of whom it was cloned, spawned or launched, when that happened here. */
  readonly parent: SmId | null;
  /** Whether its return value is the family's result. */
  readonly root: boolean;
  /** Every neighbour it was exchanged with, newest last. */
  readonly neighbours: readonly NodeId[];
  /** Monotonic. In whole seconds, rounded up: that makes siblings equal. */
  readonly expiresAtMs: number;
}

const SECOND_MS = 1000;
const NOWHERE: readonly NodeId[] = [];
const NOBODY: ReadonlySet<SmId> = new Set();

/** More neighbours per SM than a node can have links. */
const NEIGHBOURS_PER_CRUMB = 64;

export class Breadcrumbs {
  readonly #crumbs = new Map<SmId, Crumb>();
  readonly #members = new Map<FamilyId, Set<SmId>>();
  /** The crumb of the one that was born last. */
  #latestBorn: Crumb | null = null;
  readonly #limit: number;
  readonly #nowMs: () => number;
  readonly #keepMs: number;

  /** `limit` bounds the crumbs; the oldest goes first. `nowMs` is monotonic. `keepMs`: how long they may be asked for when a lifetime is over. */
  constructor(limit: number, nowMs: () => number, keepMs = 0) {
    this.#keepMs = keepMs;
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#crumbs.size;
  }

  /** An SM began to exist here: launched (`parent` null), cloned, spawned. */
  born(family: FamilyId, smId: SmId, parent: SmId | null, lifetimeLeftMs: number, root = parent === null): void {
    if (this.#crumbs.has(smId)) return;
    const expiresAtMs = this.#endOf(lifetimeLeftMs);
    const latest = this.#latestBorn;
    // Hundreds of children of one parent, born within a second, need one crumb and not hundreds.
    const isSibling = latest?.family === family && latest.parent === parent && latest.root === root && latest.expiresAtMs === expiresAtMs;
    const crumb = isSibling ? latest : { family, first: null, parent, root, neighbours: NOWHERE, expiresAtMs };
    this.#latestBorn = crumb;
    this.#add(smId, crumb);
  }

  arrived(family: FamilyId, smId: SmId, from: NodeId, lifetimeLeftMs: number, root = true): void {
    const crumb = this.#crumbs.get(smId);
    if (crumb === undefined)
      this.#add(smId, { family, first: from, parent: null, root, neighbours: [from], expiresAtMs: this.#endOf(lifetimeLeftMs) });
    else this.#exchanged(smId, crumb, from);
  }

  /** An SM is here of which nothing may be remembered: this node was restarted, or its memory was short. */
  adopt({ header, launch, previous }: Resting): void {
    if (this.#crumbs.has(header.smId)) return;
    const { nonce, resources } = launch.request;
    const leftMs = resources.lifetimeMs - header.ageMs;
    const isChildOfKnown = header.parent !== null && this.#crumbs.has(header.parent);
    if (previous === null || isChildOfKnown) this.born(nonce, header.smId, header.parent, leftMs, header.root);
    else this.arrived(nonce, header.smId, previous, leftMs, header.root);
  }

  /** Whether an SM's return value is the family's result, which never changes; undefined when it was not here. */
  isRoot(smId: SmId): boolean | undefined {
    return this.#crumbs.get(smId)?.root;
  }

  left(smId: SmId, to: NodeId): void {
    const crumb = this.#crumbs.get(smId);
    if (crumb !== undefined) this.#exchanged(smId, crumb, to);
  }

  /** The next node towards the origin: null when the lineage began here, undefined when nothing is known (any more). */
  towardsOrigin(smId: SmId): NodeId | null | undefined {
    const seen = new Set<SmId>();
    let crumb = this.#crumbs.get(smId);
    while (crumb !== undefined && crumb.first === null) {
      if (crumb.parent === null) return null;
      if (seen.has(crumb.parent)) return undefined;
      seen.add(crumb.parent);
      crumb = this.#crumbs.get(crumb.parent);
    }
    return crumb?.first;
  }

  /**
   * Whether `peer` may tell of the family: members were exchanged with it. When nothing is known of the family any more, because
   * this node was restarted or its memory was short, everyone may.
   */
  mayTell(family: FamilyId, peer: NodeId): boolean {
    return !this.#members.has(family) || this.around(family).has(peer);
  }

  /** Families of which members were here. */
  families(): Iterable<FamilyId> {
    return this.#members.keys();
  }

  /** Neighbours with which members of the family were exchanged. */
  around(family: FamilyId): ReadonlySet<NodeId> {
    const nodes = new Set<NodeId>();
    for (const smId of this.#members.get(family) ?? NOBODY) {
      const crumb = this.#crumbs.get(smId);
      if (crumb !== undefined) for (const node of crumb.neighbours) nodes.add(node);
    }
    return nodes;
  }

  /** Drops what has outlived its SM. Call from time to time; it is cheap when nothing is due. */
  expire(): void {
    const nowMs = this.#nowMs();
    for (const [smId, crumb] of this.#crumbs) if (crumb.expiresAtMs <= nowMs) this.#remove(smId, crumb);
  }

  #endOf(lifetimeLeftMs: number): number {
    return Math.ceil((this.#nowMs() + lifetimeLeftMs + this.#keepMs) / SECOND_MS) * SECOND_MS;
  }

  #exchanged(smId: SmId, crumb: Crumb, node: NodeId): void {
    this.#crumbs.set(smId, { ...crumb, neighbours: withNewest(crumb.neighbours, node) });
  }

  #add(smId: SmId, crumb: Crumb): void {
    if (this.#crumbs.size >= this.#limit) {
      const [oldest] = this.#crumbs;
      if (oldest !== undefined) this.#remove(oldest[0], oldest[1]);
    }
    this.#crumbs.set(smId, crumb);
    const members = this.#members.get(crumb.family);
    if (members === undefined) this.#members.set(crumb.family, new Set([smId]));
    else members.add(smId);
  }

  #remove(smId: SmId, crumb: Crumb): void {
    this.#crumbs.delete(smId);
    const members = this.#members.get(crumb.family);
    members?.delete(smId);
    if (members?.size === 0) this.#members.delete(crumb.family);
  }
}

/** A list and not a set: there is one per SM, and most have a neighbour or two. */
function withNewest(neighbours: readonly NodeId[], node: NodeId): readonly NodeId[] {
  if (neighbours.at(-1) === node) return neighbours;
  return [...neighbours.filter((other) => other !== node), node].slice(-NEIGHBOURS_PER_CRUMB);
}
