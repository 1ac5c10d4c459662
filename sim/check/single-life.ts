/**
 * Nobody lives twice, transients included: the hops of a Smart Message number the stations of its life, so a slice may run at one node
 * only for each number, and none may run at an earlier station than one before it.
 */
import type { NodeIndex } from '../medium.ts';
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

export function singleLifeChecker(violations: Violations, residence: Residence): Checker {
  const stations = new Map<string, { hops: number; node: NodeIndex }>();
  return {
    observer: {
      changes(node, { slice }) {
        const who = slice === null ? undefined : residence.at(node, slice.seat);
        if (who === undefined) return;
        const last = stations.get(who.smId);
        if (last !== undefined && (who.hops < last.hops || (who.hops === last.hops && node !== last.node)))
          violations.add('single-life', `${who.smId} runs at n${node} after ${who.hops} hops, and ran at n${last.node} after ${last.hops}`);
        stations.set(who.smId, { hops: who.hops, node });
      },
    },
  };
}
