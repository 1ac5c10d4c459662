import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Expression, expressionKinds, type RandomProgram, randomProgram, type Statement, statementKinds } from './generator.ts';
import { observeCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';
import { startNativeRunner } from './native.ts';
import type { SourceProgram } from './program.ts';
import { entryPath, programText, renderProgram } from './render/program.ts';

const runs = Number(process.env['SM_FUZZ_RUNS'] ?? 150);
const searchLimitMs = 40_000 + runs * 300;
const native = startNativeRunner();
const machine = await makeMachine(guestSource());
afterAll(() => native.close());

async function compare(program: RandomProgram): Promise<number> {
  const source: SourceProgram = { modules: renderProgram(program), entry: entryPath, args: null };
  const expected = await native.run(source);
  // Programs are made to be valid: one that ends with an error would be an error of the generator.
  if (expected.outcome.kind !== 'exit') throw new Error(`native: ${JSON.stringify(expected.outcome)}`);
  const observed = observeCompiled(source, machine);
  if (!isDeepStrictEqual(observed, expected))
    throw new Error(`native:   ${JSON.stringify(expected)}\ncompiled: ${JSON.stringify(observed)}`);
  return expected.suspensions;
}

/** What a person needs in order to understand a failure: the smallest program found, what it did, and how to repeat the search. */
function report(details: fc.RunDetails<[RandomProgram]>): void {
  if (!details.failed) return;
  const source = details.counterexample === null ? 'no program' : programText(renderProgram(details.counterexample[0]));
  const cause = details.errorInstance instanceof Error ? details.errorInstance : new Error('the property failed');
  const search = `seed ${details.seed}, path "${details.counterexamplePath}", after ${details.numShrinks} shrinks`;
  throw new Error(`Compiled and native differ (${search}).\n${cause.message}\n\n${source}`, { cause });
}

test(
  `${runs} random programs run compiled as they run natively`,
  async () => {
    const seen = new Set<string>();
    const note = ({ kind, parts, ...rest }: Statement | Expression): void => {
      seen.add(kind);
      parts.forEach(note);
      ('body' in rest ? rest.body : rest.bodies.flat()).forEach(note);
    };
    let suspensions = 0;
    const property = fc.asyncProperty(randomProgram, async (program) => {
      [...program.declarations, ...program.body].forEach(note);
      suspensions += await compare(program);
    });
    const seed = process.env['SM_FUZZ_SEED'];
    await fc.assert(property, {
      numRuns: runs,
      // A difference is reported with the smallest program found so far, before the test's own time limit cuts it short.
      interruptAfterTimeLimit: searchLimitMs,
      asyncReporter: async (details) => report(details),
      ...(seed === undefined ? {} : { seed: Number(seed) }),
    });
    // A generator that grew poor would find nothing.
    expect([...expressionKinds, ...statementKinds].filter((kind) => !seen.has(kind))).toEqual([]);
    expect(suspensions).toBeGreaterThan(runs * 3);
  },
  searchLimitMs + 30_000,
);
