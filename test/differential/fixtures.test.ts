import { afterAll, describe, expect, test } from 'vitest';
import { listFixtures, readModules, stripTypes } from './fixtures.ts';
import { observeCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';
import { startNativeRunner } from './native.ts';
import type { SourceProgram } from './program.ts';
import { stress, withoutSuspensions } from './stress.ts';

const fixtures = listFixtures();
const native = startNativeRunner();
const machine = await makeMachine(guestSource());
afterAll(() => native.close());

/** The ways a fixture is varied before both runs. */
const variants: Readonly<Record<string, (program: SourceProgram) => SourceProgram>> = {
  'as written': (program) => program,
  'every await suspends': stress,
  'nothing suspends': withoutSuspensions,
};

test('the fixtures are there', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(180);
});

describe.each(fixtures)('$name', ({ path, throws }) => {
  test.each(Object.keys(variants))('%s', async (variant) => {
    const program = variants[variant]!({ modules: readModules(path), entry: path, args: { from: 'harness' } });
    const expected = await native.run(stripTypes(program));
    // A fixture that fails for a reason of its own, observes nothing or never suspends would agree with anything.
    expect(expected.outcome.kind, JSON.stringify(expected.outcome)).toBe(throws ? 'fail' : 'exit');
    if (expected.outcome.kind === 'exit') expect(JSON.stringify(expected.outcome.value).length).toBeGreaterThan(2);
    if (variant !== 'nothing suspends') expect(expected.suspensions).toBeGreaterThan(0);
    expect(observeCompiled(program, machine)).toEqual(expected);
  });
});
