import { assert, double, integer, maxSafeNat, nat, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_BUDGET, addBudgets, covers, spend, spendUpTo, splitEqually, splitOff } from '../../../core/budget.ts';
import { MisuseError, RefusedError } from '../../../core/errors.ts';
import { BUDGET_KEYS, type Budget } from '../../../core/program.ts';

const quantity = maxSafeNat().map((value) => Math.floor(value / 128));
const budgets = record({ hops: quantity, cpuMs: quantity, bytes: quantity, children: quantity });
const sum = (parts: readonly Budget[]): Budget => parts.reduce(addBudgets, NO_BUDGET);

describe('budget arithmetic', () => {
  it('splits equally: nothing lost, nothing minted, the first takes the remainder', () => {
    assert(
      property(budgets, integer({ min: 1, max: 64 }), (budget, shares) => {
        const parts = splitEqually(budget, shares);
        expect(parts).toHaveLength(shares);
        expect(sum(parts)).toEqual(budget);
        for (const key of BUDGET_KEYS) {
          expect(new Set(parts.slice(1).map((part) => part[key])).size).toBeLessThanOrEqual(1);
          expect(parts[0]![key] - (parts.at(-1)?.[key] ?? 0)).toBeLessThan(shares);
        }
      }),
    );
    expect(splitEqually({ hops: 7, cpuMs: 9, bytes: 1, children: 0 }, 3)).toEqual([
      { hops: 3, cpuMs: 3, bytes: 1, children: 0 },
      { hops: 2, cpuMs: 3, bytes: 0, children: 0 },
      { hops: 2, cpuMs: 3, bytes: 0, children: 0 },
    ]);
  });

  it('splits off a fraction: nothing lost, nothing minted, whole and not negative', () => {
    assert(
      property(budgets, double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (budget, fraction) => {
        const { rest, share } = splitOff(budget, fraction);
        expect(addBudgets(rest, share)).toEqual(budget);
        for (const key of BUDGET_KEYS) {
          expect(Number.isSafeInteger(share[key]) && share[key] >= 0 && rest[key] >= 0).toBe(true);
        }
      }),
    );
    for (const wrong of [0, 1, -1, 1.5, NaN]) expect(() => splitOff(NO_BUDGET, wrong)).toThrow(MisuseError);
    for (const wrong of [0, -1, 1.5, NaN]) expect(() => splitEqually(NO_BUDGET, wrong)).toThrow(MisuseError);
  });

  it('spends exactly or refuses and names what is missing', () => {
    assert(
      property(budgets, budgets, (budget, cost) => {
        if (covers(budget, cost)) expect(addBudgets(spend(budget, cost), cost)).toEqual(budget);
        else expect(() => spend(budget, cost)).toThrow(RefusedError);
        expect(covers(budget, spendUpTo(budget, cost))).toBe(true);
      }),
    );
    expect(() => spend({ hops: 1, cpuMs: 1, bytes: 10, children: 0 }, { ...NO_BUDGET, bytes: 11 })).toThrow(/11 bytes and has 10/);
  });

  it('spends known and overrun costs alike up to the budget', () => {
    assert(
      property(nat(), nat(), (have, cost) => {
        expect(spendUpTo({ ...NO_BUDGET, cpuMs: have }, { ...NO_BUDGET, cpuMs: cost }).cpuMs).toBe(Math.max(0, have - cost));
      }),
    );
  });
});
