import { describe, expect, test } from 'vitest';
import { carrier, runToEnd } from './realm.ts';

/** What a value is after a hop, told by an expression over `kept` that also runs natively here. */
const TRAVELS: readonly (readonly [name: string, make: string, tell: string, expected: unknown])[] = [
  [
    'special numbers',
    'kept = [undefined, NaN, -0, Infinity, -Infinity, 10n ** 20n];',
    'kept.map(v => Object.is(v, -0) ? "-0" : String(v))',
    ['undefined', 'NaN', '-0', 'Infinity', '-Infinity', '100000000000000000000'],
  ],
  ['holes', 'kept = [1, , 3]; kept.length = 5;', '[kept.length, Object.keys(kept).join()]', [5, '0,2']],
  ['a long list with few items', 'kept = []; kept[5000] = "x";', '[kept.length, Object.keys(kept)]', [5001, ['5000']]],
  [
    'cycles and shared references',
    'const a = { n: 1 }; a.self = a; kept = [a, a];',
    '[kept[0] === kept[1], kept[0].self === kept[0]]',
    [true, true],
  ],
  [
    'Map and Set in order',
    'kept = [new Map([[{}, 1], ["k", 2]]), new Set([3, 1, 2])];',
    '[[...kept[0].values()], [...kept[1]]]',
    [
      [1, 2],
      [3, 1, 2],
    ],
  ],
  ['a Map that is its own key', 'kept = new Map(); kept.set(kept, kept);', '[kept.get(kept) === kept]', [true]],
  ['dates', 'kept = [new Date(5), new Date(NaN)];', '[kept[0].getTime(), String(kept[1].getTime())]', [5, 'NaN']],
  ['regular expressions', 'kept = /a+/giy; kept.lastIndex = 3;', '[String(kept), kept.lastIndex]', ['/a+/giy', 3]],
  [
    'views of one buffer',
    'const b = new ArrayBuffer(16); kept = [new Uint8Array(b, 4, 4), new DataView(b), new Float64Array(b, 8)]; kept[0][0] = 7;',
    'kept[1].setUint8(5, 9), [kept[1].getUint8(4), kept[0][1], kept[2].length, kept[0].buffer === kept[2].buffer]',
    [7, 9, 1, true],
  ],
  [
    'errors with cause',
    'kept = new TypeError("outer", { cause: new RangeError("inner") }); kept.code = 3;',
    '[kept instanceof TypeError, kept.message, kept.cause instanceof RangeError, kept.code, Object.keys(kept), /brick:0:/.test(kept.stack)]',
    [true, 'outer', true, 3, ['code'], true],
  ],
  [
    'AggregateError',
    'kept = new AggregateError([1, 2], "many");',
    '[kept instanceof AggregateError, kept.errors, kept.message]',
    [true, [1, 2], 'many'],
  ],
  [
    'accessors, flags and order',
    'const f = $.fn(2, { count: 5 }); kept = {}; Object.defineProperty(kept, "hidden", { value: 1 }); kept.shown = 2; Object.defineProperty(kept, "next", { get: f, enumerable: true, configurable: true });',
    '[kept.hidden, Object.keys(kept), kept.next, kept.next, Object.getOwnPropertyDescriptor(kept, "hidden").writable]',
    [1, ['shown', 'next'], 5, 6, false],
  ],
  [
    'frozen, sealed, closed',
    'kept = [Object.freeze({ a: 1 }), Object.seal([1]), Object.preventExtensions({})];',
    '[Object.isFrozen(kept[0]), Object.isSealed(kept[1]), Object.isFrozen(kept[1]), Object.isExtensible(kept[2])]',
    [true, true, false, false],
  ],
  [
    'null prototypes and __proto__ keys',
    'kept = Object.create(null); kept.a = 1; const o = JSON.parse(\'{"__proto__": 5}\'); kept.o = o;',
    '[Object.getPrototypeOf(kept) === null, Object.keys(kept.o), ({}).a === undefined]',
    [true, ['__proto__'], true],
  ],
  [
    'symbols',
    'const s = Symbol("mine"); kept = { [s]: 1, [Symbol.for("shared")]: 2, list: [s, s, Symbol.iterator] };',
    '[kept[kept.list[0]], kept[Symbol.for("shared")], kept.list[0] === kept.list[1], kept.list[2] === Symbol.iterator, kept.list[0].description]',
    [1, 2, true, true, 'mine'],
  ],
  [
    'built-ins as values',
    'kept = [Math.max, Array.prototype, JSON, parseInt];',
    '[kept[0](1, 9), kept[1] === Array.prototype, kept[2] === JSON, kept[3]("12")]',
    [9, true, true, 12],
  ],
  [
    'closures share their scope',
    'const env = { count: 1 }; kept = [$.fn(2, env), $.fn(2, env)];',
    '[kept[0](), kept[1](), kept[0]()]',
    [1, 2, 3],
  ],
  ['properties of functions', 'kept = $.fn(2, { count: 0 }); kept.note = { a: 1 };', '[kept.note.a, Object.keys(kept)]', [1, ['note']]],
  ['bound functions', 'kept = Math.max.bind(null, 5);', '[kept(3), kept(8), kept.name, kept.length]', [5, 8, 'bound max', 1]],
  [
    'instances with private fields',
    'const P = $.defineClass(3); kept = [P, new P(4)];',
    '[kept[1] instanceof kept[0], kept[1].x, kept[1].double, kept[1].constructor === kept[0]]',
    [true, 4, 8, true],
  ],
  ['static properties', 'kept = $.defineClass(3); kept.made = 3;', '[kept.made, new kept(1).double]', [3, 2]],
  [
    'generators in the middle',
    'kept = $.startGenerator(4, []); kept.next();',
    '[kept.next(), [...kept]]',
    [{ value: 1, done: false }, [2, 3, 4]],
  ],
  [
    'loop positions',
    'const m = new Map([["a", 1], ["b", 2], ["c", 3]]); kept = [m, $.iterator(m), $.iterator(["x", "y"]), m.keys()]; kept[1].next(); kept[2].next(); kept[3].next(); m.delete("a");',
    '[kept[0].set("d", 4) && [...kept[1]].map(String), [...kept[2]], [...kept[3]]]',
    [['b,2', 'c,3', 'd,4'], ['y'], ['b', 'c', 'd']],
  ],
  [
    'promises and their handlers',
    'let resolve; const p = new Promise((r) => { resolve = r; }); kept = { p, resolve, seen: [], all: Promise.all([p, 2]) };',
    '(kept.resolve(1), kept.all)',
    [1, 2],
  ],
  [
    'deep lists',
    'kept = null; for (let i = 0; i < 3000; i++) kept = { next: kept, i };',
    '(() => { let n = 0; for (let at = kept; at !== null; at = at.next) n += at.i; return n; })()',
    4498500,
  ],
  [
    'subclasses of built-ins by prototype',
    'kept = Object.setPrototypeOf([1, 2], { __proto__: Array.prototype, sum: undefined });',
    '[Array.isArray(kept), kept.length, "sum" in kept]',
    [true, 2, true],
  ],
  [
    'boxed primitives',
    'kept = [Object(1), Object("ab"), Object(true)];',
    '[kept[0] + 1, kept[1].length, typeof kept[2]]',
    [2, 2, 'object'],
  ],
];

describe('values that travel', () => {
  test.each(TRAVELS)('%s', (_name, make, tell, expected) => {
    const once = runToEnd([carrier(make, tell, 1)]);
    expect(once.outcome).toEqual({ kind: 'exit', value: expected });
    // Twice: what was restored can be captured again, and says the same.
    const twice = runToEnd([carrier(make, tell, 2)]);
    expect(twice.outcome).toEqual({ kind: 'exit', value: expected });
  });
});

describe('values that stay behind are named with their variable', () => {
  test.each([
    ['kept = { cache: [new WeakMap()] };', 'cannot migrate: local "kept" of main().cache[0] holds a WeakMap'],
    ['kept = new Map([["a", new WeakSet()]]);', 'cannot migrate: local "kept" of main(), the Map\'s value for "a" holds a WeakSet'],
    ['kept = () => 1;', 'cannot migrate: local "kept" of main() holds the function kept(), which has no place in the compiled code'],
    ['kept = new Proxy({}, {});', 'cannot migrate: local "kept" of main() holds a Proxy'],
    [
      'kept = { get trap() { throw new Error("ran"); } };',
      'cannot migrate: local "kept" of main().trap holds the function get trap(), which has no place in the compiled code',
    ],
    [
      'kept = [][Symbol.iterator]();',
      'cannot migrate: local "kept" of main() holds an array iterator that the engine made: loop over the array itself',
    ],
    ['kept = (function* () {})();', 'cannot migrate: local "kept" of main() holds a generator that was not compiled'],
    ['kept = $.fn(2, { count: new WeakMap() });', 'cannot migrate: local "kept" of main(), captured variable "count" holds a WeakMap'],
  ])('%s', (make, message) => {
    const { outcome } = runToEnd([carrier(make, '0')]);
    expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'CannotMigrate', message } });
  });

  test('capturing runs no getter, trap or toJSON of the author', () => {
    const make =
      'kept = { toJSON: $.fn(2, { count: 0 }), list: [1, 2, 3, 4, 5, 6, 7, 8, 9] }; kept.list.toJSON = kept.toJSON; Object.defineProperty(kept, "peek", { get: kept.toJSON });';
    const { outcome } = runToEnd([carrier(make, '[kept.toJSON(), kept.list.length]')]);
    expect(outcome).toEqual({ kind: 'exit', value: [0, 9] });
  });
});
