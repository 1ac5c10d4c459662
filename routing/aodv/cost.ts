/** What explorers and messengers cost. Budgets are divided among clones and never come back, so each gets as much as its task needs, and not more. */
import { launch, self } from 'sm';

/** One hop of an explorer: its slice on a small board, and its state and now and then its code on the way. */
const CPU_MS_PER_HOP = 10;
const BYTES_PER_HOP = 4096;
/** Who has less left sends nobody; a launch that the budget does not cover would end it. */
const LEAST_HOPS = 4;

/** How many hops of explorers the budget pays for; each may need a clone. */
export function affordableHops(): number {
  const { hops, cpuMs, bytes, children } = self.budget;
  return Math.floor(Math.min(hops, cpuMs / CPU_MS_PER_HOP, bytes / BYTES_PER_HOP, children));
}

/**
 * Launches a transient helper with what so many hops cost, unless the budget is too small for any.
 *
 * @param most the largest part of the budget that it may get
 */
export function dispatch<Arguments extends readonly unknown[]>(
  program: (...args: Arguments) => Promise<unknown>,
  args: Arguments,
  hops: number,
  most = 0.5,
): void {
  const affordable = affordableHops();
  // Half a hop more, because shares are rounded down: a 49th of 49 would be none.
  const share = Math.min(most, (hops + 0.5) / affordable);
  if (affordable >= LEAST_HOPS) launch(program, args, { share, transient: true });
}
