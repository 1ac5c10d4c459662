/** What a program sees of tags: real programs in the real sandbox, their questions answered by the worker's code from a real tag space. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../core/limits.ts';
import { SliceTags } from '../../../../runtime/tags/slice.ts';
import { performExternal } from '../../../../runtime/tags/external.ts';
import { TagSpace } from '../../../../runtime/tags/space.ts';
import { answer } from '../../../../runtime/worker/questions.ts';
import type { TagChange } from '../../../../sandbox/guest/boundary.ts';
import type { Sandbox } from '../../../../sandbox/vm/sandbox.ts';
import type { SliceReport } from '../../../../sandbox/vm/slice.ts';
import { ENVIRONMENT, JOURNEY_LIMITS, journeySandbox, oneBrick } from '../../../support/journey.ts';
import { id, principal, QUOTAS } from '../../../support/smart-messages.ts';

const NOW_MS = 1500;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await journeySandbox();
});

function slice(space: TagSpace, nowMs = NOW_MS, who = principal()): SliceTags {
  const accessor = { principal: who, reads: ['io:*'], drives: [], familyTags: 64 };
  return new SliceTags({ space, accessor, quotas: QUOTAS, limits: LIMITS, nowMs });
}

function create(name: string, value: unknown, access: (TagChange & { kind: 'create' })['access'] = null): TagChange {
  return { kind: 'create', name, value, lifetimeMs: 10_000, access, durable: false };
}

/** A tag space in which these changes were made at time 0. */
function spaceWith(changes: readonly TagChange[]): TagSpace {
  const space = new TagSpace();
  slice(space, 0).commit(changes, 1);
  return space;
}

function publish(space: TagSpace, name: string, value: number | string, unit: string): void {
  const about = { unit, description: '', samplingMs: null, writable: false, driver: 'test' };
  const options = { space, nodeId: id('node'), quotas: QUOTAS, limits: LIMITS, nowMs: NOW_MS };
  space.transaction(2, () => performExternal({ kind: 'publish', name, value, about }, options));
}

/** Runs a function body of `tags` and `args`; what it returns is the program's result. */
function run(space: TagSpace, body: string, args: unknown = null): SliceReport {
  const program = oneBrick(
    body,
    `(function ($) {
      const { tags } = $.import("sm:host");
      function main(args) { ${body} }
      return { data: {}, exports: { default: () => main }, init() {} };
    })`,
  );
  const tags = slice(space);
  return sandbox.runSlice({
    program,
    input: {
      entry: { brick: 0, fn: 'default' },
      args: { json: args },
      events: [],
      env: { ...ENVIRONMENT, tagVersion: space.version },
    },
    state: null,
    host: (request) => answer(request, tags, { smId: id('sm'), epoch: 0 }, space.version),
    limits: JOURNEY_LIMITS,
  });
}

function outcomeOf(report: SliceReport): unknown {
  if (report.kind !== 'done') throw new Error(`killed: ${report.reason}: ${report.detail}`);
  const { outcome } = report.output;
  return outcome.kind === 'exit' ? outcome.value : outcome;
}

/** What a body that catches says of the error of `call`. */
const codeOf = (call: string) => `try { ${call}; } catch (error) { return [error.name, error.code]; }`;

describe('a value', () => {
  const twice = 'return args.map((name) => [tags.read(name), tags.read(name)]);';

  it.each([
    0,
    7,
    -1.5,
    1e300,
    5e-324,
    2 ** 53,
    true,
    false,
    null,
    '',
    'text',
    '0',
    '=',
    'two\nlines',
    'nul \0',
    'ü 😀',
    '{"a":1}',
    {},
    [],
    { a: [1, { b: null }] },
    ['\n'],
  ])('%j arrives as it is, twice', (value) => {
    const read = { value, version: 1, unit: '', ageMs: NOW_MS, lifetimeLeftMs: 10_000 - NOW_MS };
    expect(outcomeOf(run(spaceWith([create('a', value)]), twice, ['a']))).toEqual([[read, read]]);
  });

  it('of any kind arrives beside others', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 10 }), (given) => {
        const values = given.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        const names = values.map((_, index) => `tag ${index}`);
        const space = spaceWith(values.map((value, index) => create(names[index]!, value)));
        const seen = outcomeOf(
          run(space, 'return args.map((name) => tags.read(name)).map(({ value, version }) => [value, version]);', names),
        );
        expect(seen).toEqual(values.map((value, index) => [value, index + 1]));
      }),
      { numRuns: 100 },
    );
  });

  it('comes with its unit, and without an end of its life where it has none', () => {
    const space = new TagSpace();
    publish(space, 'io:heat', 21.5, 'celsius');
    publish(space, 'io:sky', 'grey', 'colour');
    const rest = { ageMs: 0, lifetimeLeftMs: null };
    expect(outcomeOf(run(space, 'return args.map((name) => tags.read(name));', ['io:heat', 'io:sky']))).toEqual([
      { value: 21.5, version: 1, unit: 'celsius', ...rest },
      { value: 'grey', version: 2, unit: 'colour', ...rest },
    ]);
  });

  it('that is an object is a fresh copy at each read', () => {
    const body = 'tags.read("a").value.list.push(2); return tags.read("a").value;';
    expect(outcomeOf(run(spaceWith([create('a', { list: [1] })]), body))).toEqual({ list: [1] });
  });

  // Each answer with a text needs memory of the engine, and an engine without memory gives no text.
  it('is never taken for another when memory is exhausted', () => {
    const names = Array.from({ length: 60 }, (_, index) => `t${index}`);
    const space = spaceWith(names.map((name) => create(name, 'x'.repeat(4000))));
    const body = `
      const hoard = [];
      for (let size = 1 << 20; size >= 64; size /= 2) try { for (;;) hoard.push(new ArrayBuffer(size)); } catch {}
      let lost = 0;
      const wrong = [];
      for (const name of args) try { const { value } = tags.read(name); if (typeof value !== "string") wrong.push(value); } catch { lost++; }
      hoard.length = 0;
      return { wrong, anyLost: lost > 0 };`;
    expect(outcomeOf(run(space, body, names))).toEqual({ wrong: [], anyLost: true });
  });
});

describe('a name', () => {
  it.each(['nul\0', '\0', 'half \ud800', '\udc00 half', 'line\n', 'x'.repeat(LIMITS.tagNameBytes + 1)])(
    '%j is refused at the call',
    (name) => {
      // What is left of these when they are cut off at a zero, or made well-formed, exists.
      const space = spaceWith([create('nul', 1), create('half \ufffd\ufffd\ufffd', 1), create('\ufffd\ufffd\ufffd half', 1)]);
      for (const call of ['tags.has(args)', 'tags.read(args)', 'tags.write(args, 1)', 'tags.create(args, 1)']) {
        expect(outcomeOf(run(space, codeOf(call), name))).toEqual(['TagError', 'tag-invalid']);
      }
    },
  );
});

describe('rights', () => {
  const NONE = { owner: '', family: '', origin: '', code: '', others: '' };

  it.each([
    ['r', 'write', 'tag-denied'],
    ['w', 'read', 'tag-denied'],
    ['rw', 'delete', 'tag-denied'],
    ['rwb', 'delete', 'tag-denied'],
    ['d', 'read', 'tag-denied'],
    ['', 'read', 'tag-denied'],
    ['rwdb', 'create', 'tag-exists'],
  ])('%j do not let a program %s', (owner, verb, code) => {
    const space = spaceWith([create('a', 'secret', { ...NONE, owner })]);
    expect(outcomeOf(run(space, codeOf(`tags.${verb}("a", 1)`)))).toEqual(['TagError', code]);
  });

  it('of what a slice made are at once those that it will have', () => {
    const body = `
      tags.create("a", 1, { access: { owner: "", others: "r" } });
      const value = tags.read("a").value;
      ${codeOf('tags.write("a", 2)')}`;
    const space = new TagSpace();
    expect(outcomeOf(run(space, body.replace('return [', 'return [value, ')))).toEqual([1, 'TagError', 'tag-denied']);
  });

  it('hide from a list what may not be read, also when the program asked for it before', () => {
    const space = spaceWith([create('public:a', 1), create('public:hidden', 1, { ...NONE, others: 'b' })]);
    expect(outcomeOf(run(space, 'tags.has("public:hidden"); return tags.list("public:");'))).toEqual(['public:a']);
  });
});

describe('what a slice wrote', () => {
  it('is what it reads, and what is committed', () => {
    const space = spaceWith([create('a', 1), create('b', { old: true }), create('c', 'old')]);
    const body = `
      tags.write("a", [1]); tags.write("b", -0); tags.write("c", null); tags.write("c", "new");
      tags.delete("a"); tags.create("a", true); tags.write("b", 1e21);
      return args.map((name) => tags.read(name)).map(({ value, version, ageMs }) => [value, version, ageMs]);`;
    const report = run(space, body, ['a', 'b', 'c']);
    expect(outcomeOf(report)).toEqual([
      [true, 8, 0],
      [1e21, 9, 0],
      ['new', 7, 0],
    ]);
    if (report.kind !== 'done') throw new Error('not done');
    slice(space).commit(report.output.tags, 2);
    const committed = ['a', 'b', 'c'].map((name) => slice(space).view(name));
    expect(committed.map(({ value, version }) => [value, version])).toEqual([
      [true, 8],
      [1e21, 9],
      ['new', 7],
    ]);
  });
});
