/** A state that is too large to travel: the error says how much too large, where, and because of which variables. */
import { describe, expect, test } from 'vitest';
import { compileSource, runCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';

const machine = await makeMachine(guestSource());

/** The failure of a program of one module. */
function failureOf(source: string): { readonly name: string; readonly message: string; readonly data?: unknown } {
  const compiled = compileSource({ modules: { 'main.ts': source }, entry: 'main.ts', args: {} });
  const { outcome } = runCompiled(compiled, {}, machine);
  if (outcome.kind !== 'fail') throw new Error(`the program did not fail but ended with ${outcome.kind}`);
  return outcome.error;
}

const CASES: readonly (readonly [what: string, source: string, message: RegExp])[] = [
  [
    'a local and a module variable',
    `import { sleep } from 'sm';
const seen: string[] = [];
async function visit(): Promise<number> {
  const log = Array.from({ length: 2800 }, (_, index) => 'x'.repeat(96) + (1000 + index));
  for (let index = 0; index < 400; index++) seen.push('y'.repeat(50));
  await sleep(1);
  return log.length + seen.length;
}
export default async function () { return await visit(); }`,
    /^cannot migrate from visit\(\) at line 6: the state has 302(\.\d)? KiB of at most 256 KiB; the largest parts are local "log" of visit\(\) \(281(\.\d)? KiB\), module variable "seen" \(20(\.\d)? KiB\)$/,
  ],
  [
    'a captured variable',
    `import { sleep } from 'sm';
export default async function () {
  let text = 'x';
  const grow = () => { text += text; };
  for (let round = 0; round < 19; round++) grow();
  await sleep(1);
  grow();
  return text.length;
}`,
    /; the largest parts are captured variable "text" \(512(\.\d)? KiB\)$/,
  ],
  [
    'what an object reaches deep inside, once where two variables share it',
    `import { sleep } from 'sm';
export default async function () {
  let list: unknown = null;
  for (let round = 0; round < 20_000; round++) list = { list, round };
  const again = { list };
  await sleep(1);
  return [list, again];
}`,
    /; the largest parts are local "list" of \w*\(\) \(\d+(\.\d)? KiB\)$/,
  ],
  [
    'the callers too, not only the innermost function',
    `import { sleep } from 'sm';
async function inner() { const small = 'z'.repeat(60_000); await sleep(1); return small.length; }
async function outer() { const big = 'b'.repeat(300_000); const length = await inner(); return big.length + length; }
export default async function () { return await outer(); }`,
    /^cannot migrate from inner\(\) at line 2: .* local "big" of outer\(\) \(293 KiB\), local "small" of inner\(\) \(58.6 KiB\)$/,
  ],
  [
    'characters that take more than one byte',
    `import { sleep } from 'sm';
export default async function home() { const signs = '\u20ac'.repeat(90_000); await sleep(1); return signs.length; }`,
    /the state has 263.8 KiB of at most 256 KiB; the largest parts are local "signs" of home\(\) \(263.7 KiB\)$/,
  ],
  [
    'a crowd of small variables, of which none is to blame',
    `import { sleep } from 'sm';
${Array.from({ length: 60 }, (_, index) => `let v${index} = '';`).join('\n')}
export default async function () {
  ${Array.from({ length: 60 }, (_, index) => `v${index} = 'x'.repeat(5_000);`).join('\n')}
  await sleep(1);
}`,
    /of at most 256 KiB; it consists of many small variables$/,
  ],
];

describe('a state that is too large', () => {
  test.each(CASES)('names %s', (_what, source, message) => {
    const error = failureOf(source);
    expect(error).toMatchObject({ name: 'CannotMigrate', data: { code: 'state-too-large' } });
    expect(error.message).toMatch(message);
  });

  test('is larger than the bound; one that just fits travels', () => {
    const program = (length: number): string => `import { sleep } from 'sm';
export default async function () { const text = '\u00e9'.repeat(${length}); await sleep(1); return text.length; }`;
    const run = (length: number) => {
      const compiled = compileSource({ modules: { 'main.ts': program(length) }, entry: 'main.ts', args: {} });
      return runCompiled(compiled, {}, machine).outcome.kind;
    };
    // The rest of this state takes fewer than 100 bytes.
    expect([run(131_022), run(131_072)]).toEqual(['exit', 'fail']);
  });
});
