/** What a program sees of a lack of memory and of stack: the outcomes that docs/LIMITS.md promises. */
import { describe, expect, test } from 'vitest';
import { compileSource, runCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';

const machine = await makeMachine(guestSource());

function outcomeOf(source: string) {
  return runCompiled(compileSource({ modules: { 'main.js': source }, entry: 'main.js', args: {} }), {}, machine).outcome;
}

const hoard = 'for (;;) kept.push(new Uint8Array(100_000));';
const crowd = 'for (;;) kept.push({ round: kept.length });';
const recursion = 'function down(depth) { return 1 + down(depth + 1); }';
const asynchronous = 'async function down(depth) { return 1 + (await down(depth + 1)); }';

describe('a lack of memory', () => {
  test('fails the program that does not catch it', () => {
    expect(outcomeOf(`export default async function main() { const kept = []; ${hoard} }`)).toMatchObject({
      kind: 'fail',
      error: { name: 'InternalError', message: 'out of memory' },
    });
  });

  test('can be caught by a program that gives something up', () => {
    const source = `import { sleep } from 'sm';
export default async function main() {
  let kept = [];
  try { ${hoard} } catch (error) { kept = String(error); }
  await sleep(1);
  return kept;
}`;
    expect(outcomeOf(source)).toEqual({ kind: 'exit', value: 'InternalError: out of memory' });
  });

  test('ends the program when not even an error can be made', () => {
    expect(() => outcomeOf(`export default async function main() { const kept = []; ${crowd} }`)).toThrow(/ended the slice: memory/);
  });
});

describe('a lack of stack', () => {
  test.each([
    ['a plain function', `${recursion} export default async function main() { return down(0); }`, /in main\(\)/],
    ['an asynchronous one', `${asynchronous} export default async function main() { return down(0); }`, /in down\(\)/],
  ])('fails the program with the name of the function: %s', (_what, source, where) => {
    expect(outcomeOf(source)).toMatchObject({ kind: 'fail', error: { name: 'RangeError', message: expect.stringMatching(where) } });
  });

  test.each([
    [
      'where it happens',
      `${recursion} export default async function main() { try { down(0); } catch (error) { return error.name; } }`,
      'InternalError',
    ],
    [
      'outside',
      `${asynchronous} export default async function main() { try { await down(0); } catch (error) { return error.name; } }`,
      'RangeError',
    ],
  ])('can be caught: %s', (_what, source, name) => {
    expect(outcomeOf(source)).toEqual({ kind: 'exit', value: name });
  });

  test('fails a module whose statements recurse', () => {
    expect(outcomeOf(`${recursion} const deep = down(0); export default async function main() { return deep; }`)).toMatchObject({
      kind: 'fail',
      error: { name: 'InternalError', message: 'stack overflow' },
    });
  });
});
