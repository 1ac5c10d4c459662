/** Queues are bounded: what nodes hold for others never exceeds the limits that are set for them. */
import type { World } from '../world.ts';
import type { Checker, Violations } from './checker.ts';

export function boundsChecker(violations: Violations): Checker {
  return {
    sample(world: World) {
      const { limits } = world;
      for (const { node, index, links } of world.nodes.filter(({ isUp }) => isUp)) {
        const { arriving, unsettled } = node.handoff.statistics;
        const { copies, releases } = node.handoff.guards.statistics;
        const counts: readonly (readonly [what: string, count: number, most: number])[] = [
          ['offers that are being judged', arriving, limits.pendingOffers],
          ['departures in doubt', node.handoff.inDoubt().length, limits.inDoubt],
          ['answers that wait to be settled', unsettled, limits.acceptedRecords],
          // Who is in doubt and lives again leaves a fence, which counts as a copy.
          ['copies of guarded Smart Messages', copies, limits.guardCopies + limits.inDoubt],
          ['copies at neighbours to be let go', releases, limits.guardReleases],
          ['residents', node.engine.residents, limits.residents],
          ['tags', node.engine.tags.size, limits.tags],
          ['neighbours', links.list().length, limits.neighbours],
          ...links.list().map((channel) => ['bytes for one neighbour', channel.queuedBytes, limits.sendQueueBytes] as const),
        ];
        for (const [what, count, most] of counts)
          if (count > most) violations.add('bounds', `n${index} holds ${count} ${what}, of at most ${most}`);
      }
    },
  };
}
