/** What travels is what was there: random object graphs look the same before and after a suspension, and as they do natively. */
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { graphProgram, graphSource } from './graphs.ts';
import { observeCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';
import { startNativeRunner } from './native.ts';

const runs = Number(process.env['SM_FUZZ_RUNS'] ?? 100);
const searchLimitMs = 40_000 + runs * 300;
const native = startNativeRunner();
const machine = await makeMachine(guestSource());
afterAll(() => native.close());

test(
  `${runs} random object graphs travel as they are`,
  async () => {
    const seed = process.env['SM_FUZZ_SEED'];
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
