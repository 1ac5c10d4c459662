/**
 * Arithmetic of budgets. Everything here conserves: what goes in comes out, in whole numbers, so that among honest nodes
 * live + in doubt + spent + burned = launch budget.
 */
import { MisuseError, RefusedError } from './errors.ts';
import { BUDGET_KEYS, type Budget } from './program.ts';

export const NO_BUDGET: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

export function addBudgets(left: Budget, right: Budget): Budget {
  return combine((key) => left[key] + right[key]);
}

/** True when `budget` covers `cost` in every quantity. */
export function covers(budget: Budget, cost: Budget): boolean {
  return BUDGET_KEYS.every((key) => budget[key] >= cost[key]);
}

/**
 * What is left after `cost`.
 *
 * @throws RefusedError `budget-exhausted` naming the quantity; nothing is spent then
 */
export function spend(budget: Budget, cost: Budget): Budget {
  for (const key of BUDGET_KEYS) {
    if (cost[key] > budget[key]) {
      throw new RefusedError('budget-exhausted', `needs ${cost[key]} ${key} and has ${budget[key]} left of its budget`);
    }
  }
  return combine((key) => budget[key] - cost[key]);
}

/** What is left after `cost`, at least nothing: for costs that are only known when they have been incurred, such as CPU time. */
export function spendUpTo(budget: Budget, cost: Budget): Budget {
  return combine((key) => Math.max(0, budget[key] - cost[key]));
}

/** Equal whole shares whose sum is `budget`; the first share takes the remainder. */
export function splitEqually(budget: Budget, shares: number): Budget[] {
  if (!Number.isSafeInteger(shares) || shares < 1) throw new MisuseError('bad-share', `cannot split a budget into ${shares} shares`);
  const each = combine((key) => Math.floor(budget[key] / shares));
  const first = combine((key) => budget[key] - each[key] * (shares - 1));
  return [first, ...Array.from({ length: shares - 1 }, () => each)];
}

/**
 * Splits off a fraction, rounded down; the parent keeps the rest.
 *
 * @param fraction 0 < fraction < 1
 */
export function splitOff(budget: Budget, fraction: number): { readonly rest: Budget; readonly share: Budget } {
  if (!(fraction > 0 && fraction < 1)) throw new MisuseError('bad-share', `a share must be between 0 and 1, but is ${fraction}`);
  const share = combine((key) => Math.floor(budget[key] * fraction));
  return { share, rest: combine((key) => budget[key] - share[key]) };
}

function combine(quantity: (key: keyof Budget) => number): Budget {
  return { hops: quantity('hops'), cpuMs: quantity('cpuMs'), bytes: quantity('bytes'), children: quantity('children') };
}
