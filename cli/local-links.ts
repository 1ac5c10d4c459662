/** Waiting until the daemons of a network on this machine see each other. */
import { DataError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { LocalNode } from './local-network.ts';
import type { Nodes } from './nodes.ts';

const POLL_MS = 50;

/** Resolves when every node has a link to all that it dials and that dial it. Throws DataError `timeout` naming the missing links. */
export async function untilLinked(
  nodes: readonly Pick<LocalNode, 'name' | 'dials'>[],
  reach: Nodes,
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  await Promise.all(
    nodes.map(async ({ name, dials }) => {
      const dialledBy = nodes.filter((other) => other.dials.includes(name)).map((other) => other.name);
      await using connection = await reach.connect(name);
      for (;;) {
        const { neighbours } = await connection.client.call('info', {});
        const missing = [...dials, ...dialledBy].filter((other) => !neighbours.some((neighbour) => neighbour.name === other));
        if (missing.length === 0) return;
        if (clock.monotonicMs() > deadlineMs)
          throw new DataError('timeout', `${name} has no link to ${missing.join(', ')} after ${timeoutMs} ms`);
        await new Promise<void>((resolve) => void clock.setTimer(POLL_MS, resolve));
      }
    }),
  );
}
