import { expect, test } from 'vitest';
import { RIGHTS } from '../../../../core/tags.ts';
import type { HostRequest } from '../../../../sandbox/guest/boundary.ts';
import { carrier, environment, fulfil, runSlice, runToEnd, START } from './realm.ts';

/** A brick with one async function per entry of `steps`; the first is the entry function. Each suspends at pc 1 and ends with what it was resumed with. */
function tasks(steps: readonly string[]): string {
  const functions = steps.map(
    (step, fn) => `$.async(${fn}, { name: "task${fn}", locals: "", points: { 1: [${10 + fn}] } }, (frame, mode, value) => {
      if (frame.pc === 1) { if (mode === 1) throw value; return $.done(frame, value); }
      return $.await(frame, ${step}, 1, []);
    });
    const task${fn} = () => $.start(${fn}, []);`,
  );
  return `(function ($) { "use strict"; const { sleep, sysMigrate, spawn, block, launch, tags, log } = $.import("sm:host");
    ${functions.join('\n')} $.fixed(100, task0);
    return { data: {}, exports: { default: () => task0 }, init() {} }; })`;
}

const neighbour = 'c0'.repeat(16);

test('the state of a small program is small, and its form is fixed', () => {
  const slice = runSlice([carrier('kept = { best: { celsius: -Infinity, node: "" }, seen: [], visits: 3 };', '0')], START);
  expect(slice.state).toBe('[1,1,[[0,[4,[0,0,1,[{"best":{"celsius":[3,4],"node":""},"seen":[0],"visits":3},0]],0]]]]');
  expect(slice.state!.length).toBeLessThanOrEqual(160);
});

test('frames that await each other travel as a chain', () => {
  const { outcome, states } = runToEnd([tasks(['task1()', 'task2()', 'sleep(5)'])]);
  expect(states[0]).toBe('[1,1,[[0,[4,[0,2,1,[]],[0,1,1,[]],[0,0,1,[]],0]]]]');
  expect(outcome).toEqual({ kind: 'exit', value: null });
});

test('a wait set tells the time that remains', () => {
  const brick = tasks(['Promise.all([sleep(1000), block("a", { timeout: 500, after: 3 })])']);
  const first = runSlice([brick], START);
  expect(first.output.outcome).toMatchObject({
    waits: [
      { op: 0, kind: 'sleep', ms: 1000 },
      { op: 1, kind: 'block', names: ['a'], after: 3, timeoutMs: 500 },
    ],
  });
  const env = { ...environment, self: { ...environment.self, ageMs: 300 } };
  const second = runSlice([brick], { events: [{ op: 1, value: { name: 'a', version: 4 } }], env }, first.state);
  expect(second.output.outcome).toMatchObject({ waits: [{ op: 0, kind: 'sleep', ms: 700 }] });
});

test.each([
  [
    'a task that waits',
    [`(task1(), sysMigrate("${neighbour}"))`, 'sleep(9)'],
    'sysMigrate() while another task is unfinished: task1() at line 11, which waits for sleep(). Await it first.',
  ],
  [
    'a wait that nobody awaits',
    ['(sleep(9), spawn())'],
    'spawn() while another task is unfinished: sleep(), which nobody awaits. Await it first.',
  ],
  [
    'a task begun later',
    [`Promise.all([sysMigrate("${neighbour}"), task1()])`, 'sleep(9)'],
    'sysMigrate() while another task is unfinished: task1() at line 11, which waits for sleep(). Await it first.',
  ],
  [
    'a task that waits for a promise',
    [`(task1(), sysMigrate("${neighbour}"))`, 'new Promise(() => {})'],
    'sysMigrate() while another task is unfinished: task1() at line 11. Await it first.',
  ],
])('TasksPending: %s', (_name, steps, message) => {
  const { outcome } = runSlice([tasks(steps)], START).output;
  expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'TasksPending', message } });
});

test('a hop inside Promise.all is no other task', () => {
  const slice = runSlice([tasks(['Promise.all([task1(), 2])', `sysMigrate("${neighbour}")`])], START);
  expect(slice.output.outcome).toMatchObject({ kind: 'wait', waits: [{ kind: 'migrate', to: [neighbour] }] });
  expect(
    runSlice([tasks(['Promise.all([task1(), 2])', `sysMigrate("${neighbour}")`])], { events: fulfil(slice) }, slice.state).output.outcome,
  ).toEqual({ kind: 'exit', value: [null, 2] });
});

test('a program that waits for nothing fails and says where', () => {
  const { outcome } = runSlice([tasks(['task1()', 'new Promise(() => {})'])], START).output;
  expect(outcome).toMatchObject({
    kind: 'fail',
    error: { name: 'Deadlock', message: 'the program waits in task1() at line 11 for a promise that nothing will settle' },
  });
});

test('an unhandled rejection fails the program; a handled one does not', () => {
  expect(runSlice([tasks(['(Promise.reject(new RangeError("lost")), sleep(1))'])], START).output.outcome).toMatchObject({
    kind: 'fail',
    error: { name: 'RangeError', message: 'lost' },
  });
  expect(runSlice([tasks(['(Promise.reject(1).catch(() => {}), sleep(1))'])], START).output.outcome.kind).toBe('wait');
});

test('a neighbour that is no node id is refused before anything is asked of the node', () => {
  const { outcome } = runSlice([tasks(['sysMigrate("00")'])], START).output;
  expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'TypeError', message: expect.stringContaining('the id of a node') } });
});

test('errors of operations arrive as their classes, with their data', () => {
  const brick = tasks([`sysMigrate("${neighbour}")`]);
  const first = runSlice([brick], START);
  const error = { name: 'MigrationRefused', message: 'no', data: { neighbour: 'n', reason: 'queue-full' } };
  const { outcome } = runSlice([brick], { events: [{ op: 0, error }] }, first.state).output;
  expect(outcome).toMatchObject({
    kind: 'fail',
    error: { name: 'MigrationRefused', message: 'no', data: { neighbour: 'n', reason: 'queue-full' } },
  });
});

test('tags are asked once, changes are seen at once and told in order', () => {
  const asked: HostRequest[] = [];
  const host = (request: HostRequest) => {
    asked.push(request);
    if (request.ask === 'list') return { ok: ['b'] };
    return {
      ok: {
        exists: request.ask === 'tag' && request.name === 'b',
        value: { n: 1 },
        version: 7,
        rights: RIGHTS.read | RIGHTS.write | RIGHTS.delete,
      },
    };
  };
  const body =
    '(() => { tags.create("a", 1, { lifetime: 50 }); tags.write("a", [2]); tags.read("b").value.n = 9; const seen = [tags.read("a").value, tags.read("a").version, tags.read("b"), tags.list()]; tags.delete("b"); return [...seen, tags.has("b")]; })()';
  const { output } = runSlice([tasks([body])], START, undefined, host);
  expect(output.outcome).toEqual({
    kind: 'exit',
    value: [[2], 102, { value: { n: 1 }, version: 7, unit: '', ageMs: 0, lifetimeLeftMs: null }, ['a', 'b'], false],
  });
  expect(output.tags.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['create a', 'write a', 'delete b']);
  expect(asked.filter(({ ask }) => ask === 'tag')).toHaveLength(2);
});

test.each([
  ['tags.write("b", 1)', 'tag-denied'],
  ['tags.read("none")', 'tag-missing'],
  ['tags.create("b", 1)', 'tag-exists'],
])('%s throws %s', (call, code) => {
  const host = (request: HostRequest) => ({
    ok: { exists: request.ask === 'tag' && request.name === 'b', value: 1, version: 1, rights: RIGHTS.read },
  });
  const { outcome } = runSlice([tasks([call])], START, undefined, host).output;
  expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'TagError', data: { code } } });
});

test('launch captures its arguments by value', () => {
  const brick = tasks([
    '(() => { const list = [1, new Date(3)]; const id = launch(task0, [list, list], { share: 0.25 }); list.push(2); return id; })()',
  ]);
  const { output } = runSlice([brick], START, undefined, () => ({ ok: 'child-id' }));
  expect(output.outcome).toEqual({ kind: 'exit', value: 'child-id' });
  expect(output.children).toEqual([{ index: 0, brick: 0, fn: 100, args: '[1,[[0,1,[9,3]],[1,0]]]', transient: false, share: 0.25 }]);
});

test('nothing of the host or the runtime can be reached', () => {
  const names =
    '["$host", "$numbers", "$load", "$slice", "$seal", "eval", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics"].filter((name) => name in globalThis)';
  const constructors =
    '[function () {}, async () => {}, function* () {}, Object].map((f) => { try { f.constructor("return 1"); return "ran"; } catch (error) { return error.name; } })';
  const { outcome } = runSlice([tasks([`[${names}, ${constructors}]`])], START).output;
  expect(outcome).toEqual({ kind: 'exit', value: [[], ['TypeError', 'TypeError', 'TypeError', 'TypeError']] });
});

test.each([
  'Array.prototype.map = 1',
  'Object.prototype.toJSON = 1',
  'Promise.prototype.then = 1',
  'Map.prototype.get = 1',
  'JSON.stringify = 1',
  'Math.x = 1',
])('built-ins are closed: %s', (change) => {
  const { outcome } = runSlice([tasks([`(() => { ${change}; })()`])], START).output;
  expect(outcome).toMatchObject({ kind: 'fail', error: { name: 'TypeError' } });
});
