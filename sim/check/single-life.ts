/**
 * Nobody lives twice, transients included: the hops of a Smart Message number the stations of its life, so a slice may run at one node
 * only for each number, and none may run at an earlier station than one before it. A durable one may run while its arrival is being stored: what
 * it did there is undone when the power goes before that is certain.
 */
import type { NodeIndex } from '../medium.ts';
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

interface Station {
  readonly hops: number;
  readonly node: NodeIndex;
  /** Where it was before; null for one that was seen nowhere. */
  readonly before: Station | null;
  /** Whether it came here for good: not before that is on the disk. */
  isCertain: boolean;
}

export function singleLifeChecker(violations: Violations, residence: Residence): Checker {
  const stations = new Map<string, Station>();
  /** Who is on which disk, as `node/smId`. */
  const stored = new Set<string>();
  return {
    observer: {
      durable(node, batch) {
        for (const { table, key, value } of batch) {
          if (table !== 'residents') continue;
          if (value === null) stored.delete(`${node}/${key}`);
          else stored.add(`${node}/${key}`);
          const station = stations.get(key);
          if (value !== null && station?.node === node) station.isCertain = true;
        }
      },
      crashed(node) {
        for (const [smId, { node: at, before, isCertain }] of stations) {
          if (at !== node || isCertain) continue;
          if (before === null) stations.delete(smId);
          else stations.set(smId, before);
        }
      },
      changes(node, { slice, touchedDurable }) {
        const who = slice === null ? undefined : residence.at(node, slice.seat);
        if (who === undefined) return;
        const last = stations.get(who.smId);
        if (last !== undefined && (who.hops < last.hops || (who.hops === last.hops && node !== last.node)))
          violations.add('single-life', `${who.smId} runs at n${node} after ${who.hops} hops, and ran at n${last.node} after ${last.hops}`);
        if (last?.node === node && last.hops === who.hops) return;
        const isCertain = !touchedDurable || stored.has(`${node}/${who.smId}`);
        const before = isCertain || last === undefined ? null : { ...last, before: null, isCertain: true };
        stations.set(who.smId, { hops: who.hops, node, before, isCertain });
      },
    },
  };
}
