/** Nobody travels in circles: no family makes more hops than its protocol's bound allows. */
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

/** @param mostHops of one Smart Message; where a scenario knows no better, its budget is the bound */
export function loopChecker(violations: Violations, residence: Residence, mostHops: number): Checker {
  return {
    observer: {
      changes(node, { slice }) {
        const who = slice === null ? undefined : residence.at(node, slice.seat);
        if (who !== undefined && who.hops > mostHops)
          violations.add('loops', `${who.smId} has made ${who.hops} hops at n${node}; the bound is ${mostHops}`);
      },
    },
  };
}
