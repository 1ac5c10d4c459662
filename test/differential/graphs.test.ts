/** What travels is what was there: random object graphs look the same before and after a suspension, and as they do natively. */
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { graphProgram, graphSource } from './graphs.ts';
import { observeCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';
import { startNativeRunner } from './native.ts';

const { SM_FUZZ_RUNS: wanted, SM_FUZZ_SEED: given } = process.env;
const runs = Number(wanted ?? 100);
// Long runs draw anew each time. The everyday one repeats itself: what it could find by luck is as likely a quirk of an engine.
const seed = given ?? (wanted === undefined ? '22' : undefined);
const searchLimitMs = 40_000 + runs * 300;
const native = startNativeRunner();
const machine = await makeMachine(guestSource());
afterAll(() => native.close());

test(
  `${runs} random object graphs travel as they are`,
  async () => {
    await fc.assert(
      fc.asyncProperty(graphProgram, async (text) => {
        const program = graphSource(text);
        const expected = await native.run(program);
        if (expected.outcome.kind !== 'exit') throw new Error(`native: ${JSON.stringify(expected.outcome)}\n${text}`);
        const [built, once, twice] = expected.outcome.value as string[][];
        expect([once, twice]).toEqual([built, built]);
        expect(observeCompiled(program, machine)).toEqual(expected);
      }),
      { numRuns: runs, interruptAfterTimeLimit: searchLimitMs, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  },
  searchLimitMs + 30_000,
);
