/** What explorers cost. Budgets are divided among clones and never come back, so each gets as much as its task needs, and not more. */
import { self } from 'sm';

/** One hop of an explorer: its slice on a small board, and its state and now and then its code on the way. */
const CPU_MS_PER_HOP = 10;
const BYTES_PER_HOP = 4096;

/** How many hops of explorers the budget pays for; each may need a clone. */
export function affordableHops(): number {
  const { hops, cpuMs, bytes, children } = self.budget;
  return Math.floor(Math.min(hops, cpuMs / CPU_MS_PER_HOP, bytes / BYTES_PER_HOP, children));
}

/** The part of the budget that pays for so many hops of explorers; above 1 when it does not suffice. */
export function shareFor(hops: number): number {
  return hops / Math.max(1, affordableHops());
}
