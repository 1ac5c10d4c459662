import { join } from 'node:path';
import * as fc from 'fast-check';
import { fixturesFolder, readModules } from './fixtures.ts';
import type { SourceProgram } from './program.ts';

const library = join(fixturesFolder, 'lib', 'graphs.js');

/** A program that is one module and `lib/graphs.js` beside it. */
export function graphSource(text: string): SourceProgram {
  const entry = join(fixturesFolder, 'graph.js');
  return { modules: { ...readModules(library), [entry]: text }, entry, args: null };
}

/** Ways to make an object, each with what makes it unusual; `seed` varies them, `earlier` is an object made before. */
const makers: Readonly<Record<string, (seed: number, earlier: string) => string>> = {
  object: () => '{}',
  literal: (seed) => `{ b: ${seed}, a: 'text', 3: 1, get size() { return this.b; } }`,
  bare: () => 'Object.create(null)',
  heir: (_seed, earlier) => `inherited(${earlier})`,
  list: (seed) => `[${Array.from({ length: seed % 4 }, (_, index) => index).join(', ')}]`,
  holes: (seed) => ['[21, , 23]', '[, 1]', '[1, , ]', 'new Array(3)', '[1, , , 4]'][seed % 5]!,
  namedHoles: (seed) => `Object.assign([21, , 23], { unit: 'C'${seed % 2 === 0 ? '' : ', place: 1'} })`,
  longList: (seed) => `Array.from({ length: 9 }, (_, index) => ${seed % 2 === 0 ? 'index' : 'index / 0'})`,
  sparse: () => 'Object.assign([], { 500: "far" })',
  match: () => '/(?<word>b)(x)?/d.exec("abc")',
  listOfClass: (seed) => `Row.from([${seed}, 'two'])`,
  map: (seed) => `new Map([['one', 1], [NaN, ${seed}]])`,
  set: (seed) => `new Set([-0, 'x', ${seed}])`,
  mapOfClass: () => `new Table([['one', 1]])`,
  date: (seed) => `new Date(${seed % 2 === 0 ? seed : 'NaN'})`,
  regExp: (seed) => `stepped(/a${seed}/gi)`,
  error: (seed) => `new RangeError('wrong ${seed}', { cause: ${seed} })`,
  errors: () => `new AggregateError([1, 2], 'many')`,
  errorOfClass: (seed) => `new Failure(${seed})`,
  instance: (seed) => `new Point(${seed})`,
  instanceOfHeir: (seed) => `new Pixel(${seed})`,
  imposter: () => 'Object.create(Map.prototype)',
  class: (seed) => `classOf(${seed})`,
  closure: (seed) => `counter(${seed})`,
  function: (seed) => `function named(a, b) { return a + b + ${seed}; }`,
  asyncFunction: () => 'async () => sleep(1)',
  generatorFunction: () => 'function* () { yield 1; }',
  method: () => '({ m() { return this; } }).m',
  bound: (seed) => `counter(0).bind(null, ${seed})`,
  fixed: () => 'counter',
  bytes: (seed) => `new Uint8Array([${seed % 256}, 2, 3])`,
  view: (seed) => `new [Float64Array, Int16Array, BigInt64Array][${seed % 3}](sharedBuffer, ${(seed % 3) * 8}, 1)`,
  dataView: (seed) => `new DataView(sharedBuffer, ${seed % 8})`,
  buffer: (seed) => `new ArrayBuffer(${seed % 16})`,
  boxedNumber: (seed) => `Object(${seed % 3 === 0 ? '-0' : seed})`,
  boxedText: (seed) => `Object('text ${seed}')`,
  boxedSymbol: () => 'Object(ownSymbol)',
  boxedOthers: (seed) => `Object(${seed % 2 === 0 ? '12n' : 'false'})`,
  promise: (seed) => `Promise.resolve(${seed})`,
  generator: () => 'begun(someValues())',
  prototype: () => 'Point.prototype',
  template: () => 'taken`a${1}\\u0062`',
};

const keys = [
  "'k0'",
  "'k1'",
  "'0'",
  "'1'",
  "'2'",
  "'7'",
  "'300'",
  "'-1'",
  "'01'",
  "'4294967295'",
  "''",
  "'unit'",
  "'__proto__'",
  "'self'",
  "'name'",
  "'message'",
  "'cause'",
  "'then'",
  "'toJSON'",
  "'constructor'",
  "'toString'",
  "'code'",
  'ownSymbol',
  "Symbol.for('shared')",
  'Symbol.toStringTag',
  'Symbol.iterator',
];

const primitives = [
  'undefined',
  'null',
  '-0',
  'NaN',
  '-Infinity',
  '1.5',
  "'text'",
  "'\\ud800'",
  '12n',
  'true',
  '[3, 5]',
  'ownSymbol',
  "Symbol.for('shared')",
  'Symbol.iterator',
  'Math.max',
  'Array.prototype',
  'sleep',
];

/** Things that are done to an object. What a particular object does not allow throws, natively as well as compiled, and is left undone. */
const steps: Readonly<Record<string, (at: string, key: string, value: string, seed: number) => string>> = {
  // Assignment would meet the frozen members of built-ins, or change the prototype; that is not the subject here.
  set: (at, key, value) =>
    /constructor|toString|then|Symbol|__proto__/.test(key)
      ? `Object.defineProperty(${at}, ${key}, { value: ${value}, writable: true, enumerable: true, configurable: true })`
      : `${at}[${key}] = ${value}`,
  define: (at, key, value, seed) =>
    `Object.defineProperty(${at}, ${key}, { value: ${value}, writable: ${(seed & 1) > 0}, enumerable: ${(seed & 2) > 0}, configurable: ${(seed & 4) > 0} })`,
  getter: (at, key, value, seed) =>
    `Object.defineProperty(${at}, ${key}, { get: () => ${value}, enumerable: ${(seed & 1) > 0}, configurable: ${(seed & 2) > 0} })`,
  accessor: (at, key, _value, seed) =>
    `Object.defineProperty(${at}, ${key}, { get: counter(${seed}), set: counter(1), configurable: true })`,
  definedMany: (at, key, value) => `Object.defineProperties(${at}, { [${key}]: { value: ${value} }, k1: { value: 1, enumerable: true } })`,
  enter: (at, key, value) => `enter(${at}, ${key}, ${value})`,
  delete: (at, key) => `remove(${at}, ${key})`,
  inherit: (at, _key, value) => `inherit(${at}, ${value})`,
};

const closings = ['Object.freeze', 'Object.seal', 'Object.preventExtensions'];

/** The text of a program that builds a random graph and returns three descriptions of it: as it was built, and after one suspension and two. */
export const graphProgram: fc.Arbitrary<string> = fc
  .record({
    made: fc.array(fc.tuple(fc.constantFrom(...Object.keys(makers)), fc.nat(30)), { minLength: 1, maxLength: 8 }),
    done: fc.array(
      fc.record({
        step: fc.constantFrom(...Object.keys(steps), 'set', 'set', 'define'),
        at: fc.nat(),
        to: fc.nat(),
        primitive: fc.boolean(),
        key: fc.constantFrom(...keys),
        seed: fc.nat(30),
      }),
      { maxLength: 16 },
    ),
    closed: fc.array(fc.tuple(fc.constantFrom(...closings), fc.nat()), { maxLength: 3 }),
  })
  .map(({ made, done, closed }) => {
    const name = (index: number): string => `n${index % made.length}`;
    const makes = made.map(([kind, seed], index) => `  const n${index} = ${makers[kind]!(seed, index === 0 ? 'null' : `n${index - 1}`)};`);
    const changes = done.map(({ step, at, to, primitive, key, seed }) => {
      const value = primitive ? primitives[to % primitives.length]! : name(to);
      return `  attempt(() => { ${steps[step]!(name(at), key, value, seed)}; });`;
    });
    // Once each: what V8 makes of a sealed function that is frozen is not what the language says.
    const closes = [...new Map(closed.map(([how, at]) => [name(at), how]))].map(
      ([at, how]) => `  attempt(() => { close(${how}, ${at}); });`,
    );
    return `import { sleep } from 'sm';
import { attempt, begun, classOf, close, counter, describe, enter, Failure, inherit, inherited, ownSymbol, remove } from './lib/graphs.js';
import { Pixel, Point, Row, someValues, stepped, Table, taken } from './lib/graphs.js';
export default async function main() {
  const sharedBuffer = new ArrayBuffer(32);
${[...makes, ...changes, ...closes].join('\n')}
  const kept = [${made.map((_, index) => name(index)).join(', ')}];
  const told = [describe(kept)];
  await sleep(0);
  told.push(describe(kept));
  await sleep(0);
  told.push(describe(kept));
  return told;
}
`;
  });
