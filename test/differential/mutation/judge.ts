import { isDeepStrictEqual } from 'node:util';
import { compileSource, observe } from '../harness.ts';
import type { Machine } from '../machines.ts';
import type { ExpectedObservation } from './observations.ts';

export interface Verdict {
  /** The first program that the compiler under test gets wrong, and how. */
  readonly noticed: { readonly name: string; readonly how: string } | null;
  /** How many programs it compiles to something else than the intact compiler does. Only those need to run. */
  readonly changed: number;
}

/** Runs what the compiler under test compiles differently, until one program behaves differently too. */
export function judge(observations: readonly ExpectedObservation[], machine: Machine): Verdict {
  let changed = 0;
  for (const { name, program, expected, bricks } of observations) {
    try {
      const compiled = compileSource(program);
      if (
        isDeepStrictEqual(
          bricks,
          compiled.bricks.map(({ hash }) => hash),
        )
      )
        continue;
      changed += 1;
      if (!isDeepStrictEqual(observe(compiled, program.args, machine), expected))
        return { noticed: { name, how: 'it behaves differently' }, changed };
    } catch (error) {
      const how = error instanceof Error ? error.message.split('\n')[0]! : String(error);
      return { noticed: { name, how }, changed };
    }
  }
  return { noticed: null, changed };
}
