/** Nobody travels in circles: nobody makes more hops than the bound of its family. */
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

/** @param mostHops of any member of a family; `hop-bounds.ts` knows those of routers */
export function loopChecker(violations: Violations, residence: Residence, mostHops: (family: string) => number): Checker {
  return {
    observer: {
      changes(node, { slice }) {
        const who = slice === null ? undefined : residence.at(node, slice.seat);
        if (who === undefined) return;
        const most = mostHops(who.charter.principal.family);
        if (who.hops > most) violations.add('loops', `${who.smId} has made ${who.hops} hops at n${node}; the bound is ${most}`);
      },
    },
  };
}
