/** Nodes that lose their power: each at random times of its own, most for a while, some for ever. */
import { requireBetween, requireNotNegative, requirePositive } from '../../parameters.ts';
import type { SimNode } from '../../node/node.ts';
import type { World } from '../../world.ts';

type Victim = Pick<SimNode, 'name' | 'crash' | 'start'>;
type Sky = Pick<World, 'kernel' | 'random'>;

export interface ChurnPlan {
  /** Power cuts of one node in a minute in which it is up, on average (a Poisson process); 0 for none. */
  readonly crashesPerMinute: number;
  /** Power cuts after which the node stays off, as a share. */
  readonly deadShare: number;
  /** How long it is off otherwise, on average (exponentially distributed). */
  readonly meanOutageMs: number;
}

const MINUTE_MS = 60_000;

/**
 * Begins now. A disk keeps what it had confirmed; what was only in memory, such as tags and transient Smart Messages, is gone.
 * Throws MisuseError `bad-parameter`.
 */
export function beginChurn(world: Sky, nodes: readonly Victim[], plan: ChurnPlan): void {
  requireNotNegative('churn.crashesPerMinute', plan.crashesPerMinute);
  requireBetween('churn.deadShare', plan.deadShare, 0, 1);
  requirePositive('churn.meanOutageMs', plan.meanOutageMs);
  if (plan.crashesPerMinute === 0) return;
  for (const node of nodes) waitForCrash(world, node, plan);
}

function waitForCrash(world: Sky, node: Victim, plan: ChurnPlan): void {
  const random = world.random(`churn/${node.name}`);
  const wait = (): void => {
    world.kernel.setTimer(random.exponential(MINUTE_MS / plan.crashesPerMinute), () => {
      node.crash();
      if (random.chance(plan.deadShare)) return;
      world.kernel.setTimer(random.exponential(plan.meanOutageMs), () => {
        void node.start();
        wait();
      });
    });
  };
  wait();
}
