/** Parked Smart Messages wake: nobody sleeps on after its time or after the tag that it waits for has come, and nobody who is ready waits for long. */
import type { Resting } from '../../core/sm.ts';
import type { Wait } from '../../sandbox/guest/boundary.ts';
import type { Node } from '../../runtime/node.ts';
import type { World } from '../world.ts';
import type { Checker, Violations } from './checker.ts';

/** How late one may be, milliseconds: processors and disks have queues. */
const LATE_MS = 5_000;

export function wakeChecker(violations: Violations): Checker {
  /** Since when somebody was seen to have every reason to run, by id and station. */
  let overdue = new Map<string, number>();
  return {
    sample(world: World) {
      const still = new Map<string, number>();
      for (const { node, index } of world.nodes.filter(({ isUp }) => isUp)) {
        const nowMs = node.options.clock.monotonicMs();
        for (const { resting, sinceMs, ready } of node.engine.list()) {
          if (!ready && !isOver(node, resting, sinceMs, nowMs)) continue;
          const { smId, hops } = resting.header;
          const key = `${smId}/${hops}/${sinceMs}`;
          const seenMs = overdue.get(key) ?? world.nowMs;
          still.set(key, seenMs);
          if (world.nowMs - seenMs > LATE_MS)
            violations.add('wakes', `${smId} at n${index} could have run for ${Math.round(world.nowMs - seenMs)} ms and does not`);
        }
      }
      overdue = still;
    },
  };
}

/** Whether one of the waits of a resident has ended, as far as its node's clock and tags say. */
function isOver(node: Node, { waits, manifest }: Resting, sinceMs: number, nowMs: number): boolean {
  return (JSON.parse(waits) as Wait[]).some((wait) => {
    if (wait.kind === 'sleep') return nowMs > sinceMs + wait.ms;
    if (wait.kind !== 'block') return false;
    if (wait.timeoutMs !== null && nowMs > sinceMs + wait.timeoutMs) return true;
    const versions = wait.names.map((name) => node.engine.tags.read(fullName(name, manifest), nowMs)?.version ?? 0);
    return versions.some((version) => version > (wait.after ?? Infinity));
  });
}

function fullName(name: string, manifest: string): string {
  return /^(io|public):|^[0-9a-f]{64}\//.test(name) ? name : `${manifest}/${name}`;
}
