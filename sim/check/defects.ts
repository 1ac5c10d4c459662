/** Nodes do what is written: none logs an error, loses its worker or calls something a defect. */
import type { Checker, Violations } from './checker.ts';

export function defectChecker(violations: Violations): Checker {
  return {
    observer: {
      trouble(node, level, text) {
        if (level === 'error') violations.add('defects', `n${node}: ${text}`);
      },
    },
    sample(world) {
      for (const { node, index } of world.nodes.filter(({ isUp }) => isUp))
        for (const problem of node.problems()) violations.add('defects', `n${index}: ${problem}`);
    },
  };
}
