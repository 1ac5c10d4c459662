/** Stack traces are the author's: every call is there once, with the functions that waited, and nothing that is no call. */
import { describe, expect, test } from 'vitest';
import { PlaceTranslator } from '../../sandbox/compiler/source-map.ts';
import type { CodePlace } from '../../sandbox/guest/boundary.ts';
import { placesOfState } from '../../sandbox/vm/began.ts';
import { compileSource, firstState, runCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';

const machine = await makeMachine(guestSource());

function compile(source: string) {
  const compiled = compileSource({ modules: { 'main.ts': source }, entry: 'main.ts', args: {} });
  const translator = new PlaceTranslator(compiled.maps);
  /** `name:line` of each place that is a call. */
  const trace = (places: readonly CodePlace[]): string[] =>
    places.flatMap((place) => {
      const found = translator.translate(place);
      return found === null ? [] : [`${found.name}:${found.line}`];
    });
  return { compiled, trace };
}

/** The uncaught error of a program, and its trace. */
function failureOf(source: string) {
  const { compiled, trace } = compile(source);
  const { outcome } = runCompiled(compiled, {}, machine);
  if (outcome.kind !== 'fail') throw new Error('the program did not fail');
  return { ...outcome.error, trace: trace(outcome.error.places) };
}

const CASES: readonly (readonly [what: string, source: string, trace: readonly string[]])[] = [
  [
    'calls of asynchronous functions, each once',
    `import { sleep } from 'sm';
async function dive(depth: number): Promise<void> {
  if (depth === 0) throw new Error('deep');
  await dive(depth - 1);
}
export default async function main() {
  await sleep(1);
  await dive(2);
}`,
    ['dive:3', 'dive:4', 'dive:4', 'main:8'],
  ],
  [
    'those who waited when it was thrown, through Promise.all and a returned promise',
    `import { sleep } from 'sm';
async function inner() { await sleep(1);
  throw new Error('late');
}
async function both() {
  await Promise.all([inner()]);
}
async function handed() { return both(); }
export default async function main() {
  await handed();
}`,
    ['inner:3', 'both:6', 'main:10'],
  ],
  [
    'the same after it was caught and thrown again elsewhere',
    `import { sleep } from 'sm';
async function inner() { await sleep(1);
  throw new Error('late');
}
async function outer() {
  try { await inner(); } catch (error) {
    await sleep(1);
    throw error;
  }
}
export default async function main() {
  await outer();
}`,
    ['inner:3', 'outer:6', 'main:12'],
  ],
  [
    'no constructor that nobody wrote',
    `import { sleep } from 'sm';
class Wrong extends Error { code = 7 }
class Worse extends Wrong { constructor() {
  super('worse'); } }
class Worst extends Worse { more() { return 1; } }
function make() { return new Worst(); }
export default async function main() {
  await sleep(1);
  throw make();
}`,
    ['Worse.constructor:4', 'make:6', 'main:9'],
  ],
  [
    'the call that recurses too deeply',
    `import { sleep } from 'sm';
function down(depth: number): number {
  return 1 + down(depth + 1);
}
export default async function main() {
  await sleep(1);
  return down(0);
}`,
    Array.from({ length: 10 }, () => 'down:3'),
  ],
  [
    'the asynchronous call that recurses too deeply',
    `async function down(depth: number): Promise<number> {
  return 1 + (await down(depth + 1));
}
export default async function main() {
  return down(0);
}`,
    Array.from({ length: 10 }, () => 'down:2'),
  ],
  [
    'where the state could not be written down',
    `import { sleep } from 'sm';
async function visit(seen: WeakSet<object>) {
  await sleep(1);
  return seen;
}
export default async function main() {
  await visit(new WeakSet());
}`,
    ['visit:3', 'main:7'],
  ],
  [
    'where a value that is no error was held up on its way',
    `import { sleep } from 'sm';
async function inner() {
  try {
    throw 'late';
  } finally {
    await sleep(1);
  }
}
export default async function main() {
  await inner();
}`,
    ['inner:6', 'main:10'],
  ],
  [
    'where a value came up that nobody has thrown',
    `import { sleep } from 'sm';
export default async function main() {
  await sleep(1).then(() => Promise.reject(5));
}`,
    ['main:3'],
  ],
  [
    'where the program waits for ever',
    `async function idle() {
  await new Promise(() => {});
}
export default async function main() {
  await idle();
}`,
    ['idle:2', 'main:5'],
  ],
  [
    'where another task stands in the way',
    `import { sleep, sysMigrate } from 'sm';
export default async function main() {
  const other = sleep(5);
  await sysMigrate('${'0f'.repeat(16)}');
  await other;
}`,
    ['main:4'],
  ],
];

describe('the stack of an uncaught error', () => {
  test.each(CASES)('has %s', (_what, source, trace) => {
    expect(failureOf(source).trace).toEqual(trace);
  });

  test.each([
    ['an error of a wait', 'main:3', 'await sleep(1);'],
    ['one that is awaited through a function', 'pause:2', 'await pause();'],
  ])('has the await of an operation that the node refused: %s', (_what, innermost, statement) => {
    const { compiled, trace } = compile(`import { sleep } from 'sm';
async function pause() { await sleep(1); }
export default async function main() { ${statement} }`);
    const error = { name: 'TagError', message: 'there is no tag "io:nope"', data: { code: 'tag-absent' } };
    const { outcome } = runCompiled(compiled, {}, machine, () => ({ error }));
    expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'TagError', data: { code: 'tag-absent' } } });
    const places = outcome.kind === 'fail' ? trace(outcome.error.places) : [];
    expect(places).toEqual(innermost === 'main:3' ? ['main:3'] : ['pause:2', 'main:3']);
  });

  test('is not mended where the author froze the error', () => {
    const failure = failureOf(`import { sleep } from 'sm';
async function inner() { await sleep(1);
  throw Object.freeze(new Error('cold'));
}
export default async function main() { await inner(); }`);
    expect(failure).toMatchObject({ message: 'cold', trace: ['inner:3'] });
  });
});

describe('what is thrown and is no error', () => {
  test.each([
    ['an object', '{ code: 5, list: [1, { deep: true }] }', 'threw {"code":5,"list":[1,{"deep":true}]}', ['inner:4', 'main:6']],
    ['an instance', 'sample', 'threw a Reading {"celsius":21}', ['inner:4', 'main:6']],
    ['a text', "'no sensor'", 'threw "no sensor"', ['inner:4', 'main:6']],
    ['nothing', 'undefined', 'threw undefined', ['inner:4', 'main:6']],
    ['much', "{ text: 'x'.repeat(999) }", `threw {"text":"${'x'.repeat(191)}…`, ['inner:4', 'main:6']],
  ])('%s is shown, with its place', (_what, thrown, message, trace) => {
    const failure = failureOf(`import { sleep } from 'sm';
class Reading { celsius = 21; get no() { throw new Error('asked'); } }
const sample = new Reading();
async function inner() { await sleep(1); throw ${thrown};
}
export default async function main() { await inner(); }`);
    expect(failure).toMatchObject({ name: 'Error', message, trace });
  });

  test('keeps its place when it is caught and thrown again', () => {
    const failure = failureOf(`function check(value: number) {
  if (value > 1) throw 'too much';
}
export default async function main() {
  try { check(2); } catch (error) { throw error; }
}`);
    expect(failure).toMatchObject({ message: 'threw "too much"', trace: ['check:2', 'main:5'] });
  });
});

test('a state tells where its slice will begin', () => {
  const { compiled, trace } = compile(`import { sleep } from 'sm';
async function inner() {
  await sleep(1);
}
export default async function main() {
  await Promise.all([inner()]);
}`);
  const state = firstState(compiled, machine);
  expect(trace(placesOfState(Buffer.from(state), 32))).toEqual(['inner:3']);
  expect(placesOfState(Buffer.from('not a state'), 32)).toEqual([]);
  expect(placesOfState(Buffer.from('[1,0,[[0,[4,[0,-1,"x"],1]]]]'), 32)).toEqual([]);
});
