/**
 * Budgets are conserved: what all members of a family have left, and the hops that they made, is never more than what was launched, whatever
 * crashes; and as long as nothing was lost with a node or in doubt, hops left + hops made + hops burned by those that ended is exactly it.
 */
import { addBudgets, covers, NO_BUDGET } from '../../core/budget.ts';
import { BUDGET_KEYS, type Budget } from '../../core/program.ts';
import type { Resting } from '../../core/sm.ts';
import type { World } from '../world.ts';
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

const ENDS: ReadonlySet<string> = new Set(['exit', 'fail', 'killed']);

export interface BudgetOptions {
  /** Whether hops must add up exactly, which they do where no node fails. */
  readonly exact: boolean;
}

export function budgetChecker(violations: Violations, residence: Residence, { exact }: BudgetOptions): Checker {
  const attempts = new Set<string>();
  /** Hops made and hops burned, by family. */
  const made = new Map<string, number>();
  const burned = new Map<string, number>();
  const accepted = (smId: string, epoch: number): void => {
    const attempt = `${smId}/${epoch}`;
    const family = residence.families.get(smId);
    if (family === undefined || attempts.has(attempt)) return;
    attempts.add(attempt);
    count(made, family, 1);
  };
  const sample = (world: World): void => {
    const left = budgetsLeft(world, residence);
    for (const { family, endowment: launched, refusal } of world.launches.all) {
      if (refusal !== null) continue;
      const used = addBudgets(left.get(family) ?? NO_BUDGET, { ...NO_BUDGET, hops: made.get(family) ?? 0 });
      if (covers(launched, used)) continue;
      const excess = BUDGET_KEYS.filter((key) => used[key] > launched[key]).map((key) => `${used[key]} ${key} of ${launched[key]}`);
      violations.add('budgets', `family ${family} has more than it was launched with: ${excess.join(', ')}`);
    }
  };
  const balance = (world: World): void => {
    const left = budgetsLeft(world, residence);
    for (const { family, budget, accepted: began } of world.launches.all) {
      if (began !== true) continue;
      const hops = (left.get(family)?.hops ?? 0) + (made.get(family) ?? 0) + (burned.get(family) ?? 0);
      if (hops !== budget.hops)
        violations.add('budgets', `family ${family} was launched with ${budget.hops} hops; ${hops} are accounted for`);
    }
  };
  return {
    observer: {
      sent(_from, _to, message) {
        if (message.type === 'accept' || (message.type === 'answer' && message.accepted)) accepted(message.smId, message.epoch);
      },
      changes(node, { slice }) {
        const who = slice === null || !ENDS.has(slice.outcome.kind) ? undefined : residence.at(node, slice.seat);
        if (slice !== null && who !== undefined) count(burned, who.charter.principal.family, slice.budget.hops);
      },
    },
    sample,
    atRest: (world) => {
      sample(world);
      if (exact) balance(world);
    },
  };
}

function count(counts: Map<string, number>, family: string, by: number): void {
  counts.set(family, (counts.get(family) ?? 0) + by);
}

/** What the members of each family have left, reserves included, each member once. */
function budgetsLeft(world: World, residence: Residence): Map<string, Budget> {
  const members = new Map<string, Resting>();
  const up = world.nodes.filter(({ isUp }) => isUp);
  for (const { node } of up) for (const { resting } of node.engine.list()) members.set(resting.header.smId, resting);
  for (const { node } of up) {
    for (const { sm } of node.handoff.leaving()) {
      const { smId, hops } = sm.header;
      // A sender may not know yet that its Smart Message has arrived: then what it holds is spent.
      if (!members.has(smId) && hops >= (residence.stations.get(smId) ?? 0)) members.set(smId, sm);
    }
  }
  const left = new Map<string, Budget>();
  for (const { header, launch } of members.values()) {
    const family = launch.request.nonce;
    left.set(family, addBudgets(left.get(family) ?? NO_BUDGET, addBudgets(header.budget, header.reserve)));
  }
  return left;
}
