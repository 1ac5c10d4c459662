import { expect, test } from 'vitest';
import { compileModule, liveByLine } from './support.ts';

function live(body: string, parameters = 'input'): Record<number, readonly string[]> {
  return liveByLine(compileModule(`export default async function main(${parameters}) {\n${body}\n}\n`), 'main');
}

test('only what is read later is live', () => {
  expect(live('  const dead = input.a;\n  dead.use();\n  const kept = input.b;\n  await kept;\n  return kept;')).toEqual({ 5: ['kept'] });
});

test('what is written before it is read again is dead', () => {
  expect(live('  let x = input;\n  await x;\n  x = 2;\n  return x;')).toEqual({ 3: [] });
});

test('a loop keeps what its next round reads', () => {
  expect(live('  let sum = 0;\n  for (let i = 0; i < 3; i++) {\n    await 0;\n    sum += i;\n  }\n  return sum;', '')).toEqual({
    4: ['i', 'sum'],
  });
});

test('a variable of the loop body is dead in the next round', () => {
  expect(live('  while (input.more) {\n    const item = input.next();\n    item.use();\n    await 0;\n  }')).toEqual({ 5: ['input'] });
});

test('a conditional write keeps the old value alive', () => {
  expect(live('  let x = 1;\n  await 0;\n  if (input) x = 2;\n  return x;')).toEqual({ 3: ['input', 'x'] });
});

test('what a handler reads is live throughout its block', () => {
  const body = "  let phase = 'a';\n  try {\n    await 1;\n    phase = 'b';\n    input();\n  } catch {\n    return phase;\n  }";
  expect(live(body)).toEqual({ 4: ['input', 'phase'] });
});

test('what is read only before the handler of another block is dead', () => {
  const body =
    '  const before = input();\n  before.use();\n  try {\n    await 1;\n  } catch (error) {\n    await error;\n    return error;\n  }';
  expect(live(body)).toEqual({ 5: [], 7: ['error'] });
});

test('a jump out of a native loop counts as a way', () => {
  const body =
    '  let found = null;\n  outer: while (true) {\n    for (const x of input) if (x) break outer;\n    found = await 1;\n  }\n  return found;';
  expect(live(body)).toEqual({ 5: ['input'] });
});

test('a native statement in a loop reads in any order', () => {
  const body = '  let last = 0;\n  await 0;\n  for (let i = 0; i < 3; i++) {\n    if (i) input(last);\n    last = i;\n  }';
  expect(live(body)).toEqual({ 3: ['input', 'last'] });
});

test('the pending completion of a finally block survives a suspension in it', () => {
  const body = '  try {\n    return input();\n  } finally {\n    await 0;\n  }';
  expect(live(body)).toEqual({ 5: ['%completion', '%value'] });
});

test('operands evaluated before a suspension are kept only when something can change them', () => {
  expect(live('  let n = 1;\n  return n + (await 2) + n;', '')).toEqual({ 3: ['n'] });
  expect(live('  let n = 1;\n  return n + (await (n = 2));', '')).toEqual({ 3: ['%value'] });
});

test('a parameter that is not used is not kept', () => {
  expect(live('  await 0;', 'a, b = 1, ...c')).toEqual({ 2: [] });
});
