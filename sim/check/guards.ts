/**
 * Guards keep their promise: who dies with its nodes for good while a copy of it is at a node that lives, lives again; who was outlived ends
 * when all have met; and no copy stays behind when nothing is left that it could be of. Looks at what becomes durable on disks.
 */
import type { Mutation } from '../../core/ports.ts';
import { stationIn } from '../../runtime/journal/guard-records.ts';
import type { NodeIndex } from '../medium.ts';
import type { World } from '../world.ts';
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

export interface GuardOptions {
  /** Whether a node has lost its power for good. */
  readonly isGone: (node: NodeIndex) => boolean;
  /** For how long everybody has been up and linked, milliseconds; 0 when somebody is not. */
  readonly wellForMs: () => number;
}

/** By then everybody has told everybody: links stand, and what is told goes from node to node. */
const TOLD_MS = 15_000;

/** What disks hold of one Smart Message. */
interface Traces {
  /** As a resident, or leaving. */
  readonly heldAt: Set<NodeIndex>;
  readonly copies: Set<NodeIndex>;
  /** A later life has begun somewhere. */
  outlived: boolean;
  /** It came to its end somewhere; whoever still has it in its outbox has not heard that it arrived. */
  over: boolean;
  /** It died for good, and a copy of it did not. */
  orphaned: boolean;
}

export function guardChecker(violations: Violations, residence: Residence, { isGone, wellForMs }: GuardOptions): Checker {
  const all = new Map<string, Traces>();
  const of = (smId: string): Traces => {
    let traces = all.get(smId);
    if (traces === undefined)
      all.set(smId, (traces = { heldAt: new Set(), copies: new Set(), outlived: false, over: false, orphaned: false }));
    return traces;
  };
  const held = (node: NodeIndex, batch: readonly Mutation[]): void => {
    const left = new Set(batch.filter(({ table, value }) => value === null && isHolding(table)).map(({ key }) => key));
    const kept = new Set(batch.filter(({ table, value }) => value !== null && isHolding(table)).map(({ key }) => key));
    for (const smId of left) if (!kept.has(smId)) of(smId).heldAt.delete(node);
    // Who leaves goes through the outbox.
    for (const { table, key, value } of batch) if (table === 'residents' && value === null && !kept.has(key)) of(key).over = true;
    for (const smId of kept) {
      const traces = of(smId);
      traces.heldAt.add(node);
      traces.orphaned = false;
    }
  };
  const durable = (node: NodeIndex, batch: readonly Mutation[]): void => {
    held(node, batch);
    for (const { table, key, value } of batch) {
      if (table !== 'guards' || key.includes('/')) continue;
      const traces = of(key);
      const station = value === null ? null : stationIn(key, value);
      if (station === 'copy') traces.copies.add(node);
      else traces.copies.delete(node);
      if (station === 'fence') traces.outlived = true;
    }
  };
  const died = (): void => {
    for (const traces of all.values()) {
      if (traces.over || traces.heldAt.size === 0 || ![...traces.heldAt].every(isGone)) continue;
      // Copies may die as well before the lease is over.
      traces.orphaned = ![...traces.copies].every(isGone);
    }
  };
  const atRest = (world: World): void => {
    // Who is far ahead keeps what it knows of a copy for a node that may come back, and cannot know that it never will.
    const someAreGone = world.nodes.some(({ index }) => isGone(index));
    for (const [smId, { orphaned, outlived, copies }] of all) {
      if (orphaned && !outlived) violations.add('guards', `${smId} died with its node, and none of its copies lives`);
      const keepers = [...copies].filter((node) => world.nodes[node]?.isUp === true && (!someAreGone || isKept(world, node, smId)));
      if (keepers.length > 0) violations.add('guards', `a copy of ${smId} is still at ${keepers.map((node) => `n${node}`).join(', ')}`);
    }
  };
  return {
    observer: {
      durable,
      crashed: (node) => isGone(node) && died(),
      changes(node, { slice }) {
        const who = slice === null ? undefined : residence.at(node, slice.seat);
        if (who === undefined || wellForMs() < TOLD_MS || all.get(who.smId)?.outlived !== true) return;
        violations.add('guards', `${who.smId} was outlived, and still runs at n${node}`);
      },
    },
    atRest,
  };
}

/** Whether a node has a copy that it could revive. */
function isKept(world: World, node: NodeIndex, smId: string): boolean {
  for (const copy of world.nodes[node]!.node.handoff.guards.copies()) if (copy.smId === smId) return true;
  return false;
}

function isHolding(table: Mutation['table']): boolean {
  return table === 'residents' || table === 'outbox';
}
