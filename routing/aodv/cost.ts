/** What explorers cost. Budgets are divided among clones and never come back, so each gets as much as its task needs, and not more. */
import { self } from 'sm';

type Budget = typeof self.budget;

/** One hop of an explorer: its slice on a small board, its state, and now and then its code on a node that lacks it. */
const HOP: Budget = { hops: 1, cpuMs: 10, bytes: 4096, children: 1 };

const QUANTITIES = ['hops', 'cpuMs', 'bytes', 'children'] as const;

/** The part of the budget that pays for so many hops of explorers, in each of its quantities; above 1 when it does not suffice. */
export function shareFor(hops: number): number {
  const { budget } = self;
  return Math.max(...QUANTITIES.map((quantity) => (hops * HOP[quantity]) / Math.max(1, budget[quantity])));
}

/** How many hops of explorers the budget pays for. */
export function affordableHops(): number {
  const { budget } = self;
  return Math.floor(Math.min(...QUANTITIES.map((quantity) => budget[quantity] / HOP[quantity])));
}
