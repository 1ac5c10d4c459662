import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { carrier, fulfil, runSlice, runToEnd, START } from '../unit/sandbox/guest/realm.ts';

const RUNS = Number(process.env['SM_FUZZ_RUNS'] ?? 40);

/** One node of a graph: how to make it, empty; how to link it to others. */
const KINDS = {
  object: ['{}', (at: string, to: string, key: number) => `${at}["k${key}"] = ${to};`],
  list: ['[]', (at: string, to: string) => `${at}.push(${to});`],
  map: ['new Map()', (at: string, to: string, key: number) => `${at}.set(${key % 2 === 0 ? to : key}, ${to});`],
  set: ['new Set()', (at: string, to: string) => `${at}.add(${to});`],
  error: ['new RangeError("e")', (at: string, to: string, key: number) => `${at}.x${key} = ${to};`],
  bare: ['Object.create(null)', (at: string, to: string, key: number) => `${at}[${key}] = ${to};`],
  point: ['new (P ??= $.defineClass(3))(2)', (at: string, to: string, key: number) => `${at}.p${key} = ${to};`],
  closure: ['$.fn(2, { count: 0 })', (at: string, to: string, key: number) => `${at}.q${key} = ${to};`],
  scope: ['$.fn(2, shared)', (_at: string, to: string, key: number) => `shared.v${key} = ${to};`],
  hidden: ['{}', (at: string, to: string, key: number) => `Object.defineProperty(${at}, "h${key}", { value: ${to}, configurable: true });`],
} as const satisfies Record<string, readonly [string, (at: string, to: string, key: number) => string]>;

const PRIMITIVES = [
  'undefined',
  'null',
  '-0',
  'NaN',
  '1.5',
  '"text"',
  '"\\ud800"',
  '12n',
  'true',
  'Symbol.iterator',
  'Math.max',
  'new Date(7)',
  'new Uint8Array([1, 2, 3])',
  '[1, 2, 3, 4, 5, 6, 7, 8, "nine"]',
  '/x/gi',
];

/** Statements that build a random graph in `kept`. */
const graph = fc
  .record({
    kinds: fc.array(fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])), { minLength: 1, maxLength: 40 }),
    links: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 80 }),
    frozen: fc.array(fc.nat(), { maxLength: 4 }),
  })
  .map(({ kinds, links, frozen }) => {
    const name = (index: number) => `n${index % kinds.length}`;
    const makes = kinds.map((kind, index) => `const n${index} = ${KINDS[kind][0]};`);
    const joins = links.map(([from, to, primitive], key) =>
      KINDS[kinds[from % kinds.length]!][1](name(from), primitive ? PRIMITIVES[to % PRIMITIVES.length]! : name(to), key),
    );
    const closes = frozen.map((index) => `Object.freeze(${name(index)});`);
    return `let P; const shared = { count: 3 }; ${makes.join(' ')} ${joins.join(' ')} ${closes.join(' ')} kept = [${kinds.map((_, index) => name(index)).join(', ')}];`;
  });

/** Text that says everything observable of a graph, identity included. */
const TELL = `(() => {
  const seen = new Map();
  const tell = (v) => {
    if (typeof v === "symbol" || typeof v === "bigint") return String(v);
    if (Object.is(v, -0)) return "-0";
    if ((typeof v !== "object" && typeof v !== "function") || v === null) return JSON.stringify(v) ?? String(v);
    if (seen.has(v)) return "#" + seen.get(v);
    seen.set(v, seen.size);
    const own = Reflect.ownKeys(v).filter((k) => k !== "stack").map((k) => { const d = Object.getOwnPropertyDescriptor(v, k); return String(k) + (d.writable ? "w" : "") + (d.enumerable ? "e" : "") + (d.configurable ? "c" : "") + ":" + tell(d.value); });
    const inner = v instanceof Map ? [...v].map(([k, x]) => tell(k) + "=>" + tell(x)) : v instanceof Set ? [...v].map(tell) : v instanceof Date ? [v.getTime()] : [];
    const proto = Object.getPrototypeOf(v);
    return (proto === null ? "null" : proto.constructor.name) + (Object.isExtensible(v) ? "" : "!") + (v.double ?? "") + "{" + own.join() + "|" + inner.join() + "}";
  };
  return tell(kept);
})()`;

/** The state without what differs from suspension to suspension: operation numbers and the count of hops. */
function comparable(state: string): unknown {
  const [, , operations, ...rest] = JSON.parse(state) as [
    number,
    number,
    [number, [number, [number, number, number, [unknown, number]]]][],
    ...unknown[],
  ];
  return [operations[0]![1][1][3][0], ...rest];
}

test('a random graph is the same after a hop, and captured again it is the same text', () => {
  fc.assert(
    fc.property(graph, (make) => {
      const home = runToEnd([carrier(make, TELL, 0)]);
      const away = runToEnd([carrier(make, TELL, 2)]);
      expect(away.outcome).toEqual(home.outcome);
      expect(home.outcome.kind).toBe('exit');
      expect(comparable(away.states[1]!)).toEqual(comparable(away.states[0]!));
    }),
    { numRuns: RUNS },
  );
}, 120_000);

/** Changes one place of a JSON document: replaces, removes, repeats or swaps. */
function mutate(json: unknown, path: readonly number[], change: number, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(json)) as unknown;
  let at = copy;
  for (const step of path) {
    const next =
      Array.isArray(at) && at.length > 0
        ? (at[step % at.length] as unknown)
        : at !== null && typeof at === 'object'
          ? Object.values(at)[0]
          : undefined;
    if (typeof next !== 'object' || next === null) break;
    at = next;
  }
  if (!Array.isArray(at) || at.length === 0) return copy;
  const index = path[0]! % at.length;
  if (change === 0) at[index] = value;
  else if (change === 1) at.splice(index, 1);
  else if (change === 2) at.splice(index, 0, at[index]);
  else at.reverse();
  return copy;
}

test('a changed state is refused or runs; it never breaks the runtime', () => {
  const values = fc.oneof(
    fc.nat(40),
    fc.constantFrom(
      null,
      true,
      '',
      'Math.max',
      '__proto__',
      [],
      [2, 0],
      [1, 0],
      [3],
      [17, 'Object.prototype'],
      {},
      [28, {}],
      [6, {}, 0, 3, 0],
    ),
    fc.integer(),
  );
  const outcomes = { refused: 0, ran: 0 };
  fc.assert(
    fc.property(
      graph,
      fc.array(fc.tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), fc.nat(3), values), { minLength: 1, maxLength: 3 }),
      (make, changes) => {
        const brick = carrier(make, '(Object.keys({}).length === 0 && ({}).polluted === undefined && [].concat([1]).length)', 3);
        const first = runSlice([brick], START);
        const changed = changes.reduce<unknown>(
          (json, [path, change, value]) => mutate(json, path, change, value),
          JSON.parse(first.state!),
        );
        const second = runSlice([brick], { events: fulfil(first) }, JSON.stringify(changed));
        if (second.badState !== undefined) outcomes.refused++;
        else {
          outcomes.ran++;
          expect(['wait', 'fail', 'exit']).toContain(second.output.outcome.kind);
        }
      },
    ),
    { numRuns: RUNS * 3 },
  );
  // A mutation that is always refused would show nothing about what lies behind the checks.
  expect(outcomes.ran).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
}, 120_000);
