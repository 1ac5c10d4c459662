/** Children that a slice launches: their ids, and their parts of its budget. */
import { NO_BUDGET, spend, splitOff } from '../../core/budget.ts';
import { descendantId } from '../../core/lineage.ts';
import type { SmId } from '../../core/ids.ts';
import type { Budget } from '../../core/program.ts';
import type { ChildLaunch } from '../../sandbox/guest/boundary.ts';
import type { ChildStart } from './protocol.ts';

/** What is left to the parent, and the children. */
export interface Launched {
  readonly budget: Budget;
  readonly children: readonly ChildStart[];
}

const ONE_CHILD: Budget = { ...NO_BUDGET, children: 1 };

/**
 * Gives each child its share of what the ones before it left, in whole numbers; the remainder stays with the parent. Each
 * child costs its parent one of `budget.children`.
 *
 * @throws RefusedError `budget-exhausted` when the parent may not have that many children
 */
export function launchChildren(parent: SmId, epoch: number, budget: Budget, launches: readonly ChildLaunch[]): Launched {
  let left = budget;
  const children = launches.map((launch) => {
    const { rest, share } = splitOff(spend(left, ONE_CHILD), launch.share);
    left = rest;
    const { brick, fn, args, transient } = launch;
    return { smId: descendantId(parent, epoch, launch.index), brick, fn, args, transient, budget: share };
  });
  return { budget: left, children };
}
