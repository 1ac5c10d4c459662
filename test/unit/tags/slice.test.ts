import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { RIGHTS, type Principal } from '../../../core/tags.ts';
import { performExternal } from '../../../runtime/tags/external.ts';
import { SliceTags } from '../../../runtime/tags/slice.ts';
import { TagSpace } from '../../../runtime/tags/space.ts';
import type { TagQuotas } from '../../../runtime/worker/protocol.ts';
import type { TagChange } from '../../../sandbox/guest/boundary.ts';
import { QUOTAS, id, principal } from '../../support/smart-messages.ts';

const ABOUT = { unit: 'C', description: 'room', samplingMs: 1000, writable: false, driver: 'test' };
let sequence = 0;

interface View {
  readonly who?: Principal;
  readonly nowMs?: number;
  readonly quotas?: TagQuotas;
  readonly familyTags?: number;
  readonly drives?: readonly string[];
}

function slice(space: TagSpace, { who = principal(), nowMs = 0, quotas = QUOTAS, familyTags = 64, drives = [] }: View = {}): SliceTags {
  return new SliceTags({ space, accessor: { principal: who, reads: ['io:*'], drives, familyTags }, quotas, limits: LIMITS, nowMs });
}

function create(name: string, value: unknown = 1, more: Partial<TagChange & { kind: 'create' }> = {}): TagChange {
  return { kind: 'create', name, value, lifetimeMs: null, access: null, durable: false, ...more };
}

function commit(tags: SliceTags, ...changes: TagChange[]): ReturnType<SliceTags['commit']> {
  sequence += 1;
  return tags.commit(changes, sequence);
}

function publish(space: TagSpace, name: string, value: number, writable = false, nowMs = 0): void {
  const options = { space, nodeId: id('node'), quotas: QUOTAS, limits: LIMITS, nowMs };
  space.transaction(1, () => performExternal({ kind: 'publish', name, value, about: { ...ABOUT, writable } }, options));
}

describe('a slice', () => {
  it('sees what was committed, with value, version, age, lifetime and rights', () => {
    const space = new TagSpace();
    commit(slice(space), create('a', { deep: [1] }, { lifetimeMs: 5000 }));
    expect(slice(space, { nowMs: 1200 }).view('a')).toEqual({
      exists: true,
      value: { deep: [1] },
      version: 1,
      rights: RIGHTS.read | RIGHTS.write | RIGHTS.delete | RIGHTS.block,
      ageMs: 1200,
      lifetimeLeftMs: 3800,
    });
    expect(slice(space).view('b')).toEqual({ exists: false, version: 0, rights: 0 });
  });

  it('sees the unit of a sensor, and nothing of a tag that it may not read but its existence', () => {
    const space = new TagSpace();
    publish(space, 'io:t', 20);
    commit(slice(space), create('public:secret', 'x', { access: { owner: 'rwdb', family: '', origin: '', code: '', others: '' } }));
    expect(slice(space).view('io:t')).toMatchObject({ value: 20, unit: 'C', lifetimeLeftMs: null });
    const stranger = slice(space, { who: principal({ family: 'x', program: 'y', origin: 'z' }) });
    expect(stranger.view('public:secret')).toEqual({ exists: true, version: 0, rights: 0 });
    expect(stranger.list('public:')).toEqual([]);
  });

  it('lists names as its program calls them, sorted, by prefix, and only what may be read', () => {
    const space = new TagSpace();
    const other = principal({ program: 'other', family: 'other', origin: 'other' });
    commit(slice(space), create('b'), create('a/2'), create('a/1'), create('public:p'));
    commit(slice(space, { who: other }), create('a/3'), create('public:q'));
    expect(slice(space).list('')).toEqual(['a/1', 'a/2', 'b']);
    expect(slice(space).list('a/')).toEqual(['a/1', 'a/2']);
    expect(slice(space).list('public:')).toEqual(['public:p', 'public:q']);
  });

  it('changes everything or nothing', () => {
    const space = new TagSpace();
    commit(slice(space), create('a', 1), create('b', 1));
    const before = [...space.records()];
    const changes: TagChange[] = [
      { kind: 'write', name: 'a', value: 2 },
      { kind: 'delete', name: 'b' },
      create('c'),
      { kind: 'write', name: 'missing', value: 1 },
    ];
    expect(() => commit(slice(space), ...changes)).toThrow(expect.objectContaining({ code: 'tag-missing' }));
    expect([...space.records()].sort((x, y) => x.version - y.version)).toEqual(before);
    expect(space.version).toBe(2);
    expect(space.usage.node).toEqual({ tags: 2, bytes: 2 * (65 + 1 + 1) });
  });

  it('gives versions that never repeat, also when a tag is deleted and made again', () => {
    const space = new TagSpace();
    commit(slice(space), create('a'), { kind: 'write', name: 'a', value: 2 });
    expect(slice(space).view('a').version).toBe(2);
    commit(slice(space), { kind: 'delete', name: 'a' });
    commit(slice(space), create('a'));
    expect(slice(space).view('a').version).toBe(3);
  });

  it('reports each changed tag once, as it is in the end', () => {
    const space = new TagSpace();
    const { mutations, durable } = commit(
      slice(space),
      create('a', 1, { durable: true }),
      { kind: 'write', name: 'a', value: 9 },
      create('b'),
      { kind: 'delete', name: 'b' },
    );
    expect(mutations).toHaveLength(1);
    expect(mutations[0]).toMatchObject({ record: { value: 9, version: 2 }, durable: true });
    expect(durable).toBe(true);
    expect(commit(slice(space), { kind: 'delete', name: 'a' })).toMatchObject({ durable: true, mutations: [{ record: null }] });
  });

  it.each([
    [create('io:mine'), 'tag-denied'],
    [create(`${'0'.repeat(64)}/theirs`), 'tag-denied'],
    [create('a'), 'tag-exists'],
    [create('new', Number.NaN), 'tag-invalid'],
    [create('new', 'x'.repeat(LIMITS.tagValueBytes)), 'tag-invalid'],
    [create('new', JSON.parse('['.repeat(40) + ']'.repeat(40))), 'tag-invalid'],
    [create('new', 1, { lifetimeMs: 0 }), 'tag-invalid'],
    [create('new', 1, { lifetimeMs: Number.NaN }), 'tag-invalid'],
    [create('new', 1, { lifetimeMs: '5' as unknown as number }), 'tag-invalid'],
    [create('new', 1, { access: { owner: 'q' } as never }), 'tag-invalid'],
    [create(''), 'tag-invalid'],
    [{ kind: 'write', name: 'missing', value: 1 }, 'tag-missing'],
    [{ kind: 'delete', name: 'missing' }, 'tag-missing'],
    [{ kind: 'delete', name: 'io:t' }, 'tag-denied'],
    [{ kind: 'write', name: 'io:t', value: 1 }, 'tag-denied'],
    [{ kind: 'forge', name: 'a' } as unknown as TagChange, 'tag-invalid'],
    [{ kind: 'write', name: 7, value: 1 } as unknown as TagChange, 'tag-invalid'],
  ] as const)('may not do %j', (change, code) => {
    const space = new TagSpace();
    publish(space, 'io:t', 20);
    commit(slice(space), create('a'));
    expect(() => commit(slice(space), change)).toThrow(expect.objectContaining({ code }));
  });

  it("does not touch an actuator's tag; what it wrote is for the driver, in order", () => {
    const space = new TagSpace();
    publish(space, 'io:lamp', 0, true);
    const tags = slice(space, { drives: ['io:lamp'] });
    const { driven, mutations } = commit(tags, { kind: 'write', name: 'io:lamp', value: 1 }, { kind: 'write', name: 'io:lamp', value: 0 });
    expect(driven).toEqual([
      { name: 'io:lamp', value: 1 },
      { name: 'io:lamp', value: 0 },
    ]);
    expect(mutations).toEqual([]);
    expect(space.read('io:lamp', 0)).toMatchObject({ value: 0, version: 1 });
  });

  it('may not change tags more often than the bound', () => {
    const space = new TagSpace();
    const changes = Array.from({ length: LIMITS.tagChangesPerSlice + 1 }, (): TagChange => ({ kind: 'write', name: 'a', value: 1 }));
    expect(() => commit(slice(space), create('a'), ...changes)).toThrow(expect.objectContaining({ code: 'tag-quota' }));
  });
});

describe('quotas', () => {
  const tight = (changes: Partial<TagQuotas>): TagQuotas => ({ ...QUOTAS, ...changes });

  it.each([
    ['family', { familyTags: 2 }],
    ['author', { quotas: tight({ author: { tags: 2, bytes: 1e6 } }) }],
    ['code', { quotas: tight({ code: { tags: 2, bytes: 1e6 } }) }],
    ['node', { quotas: tight({ node: { tags: 2, bytes: 1e6 } }) }],
    ['family bytes', { quotas: tight({ familyBytes: 140 }) }],
    ['author bytes', { quotas: tight({ author: { tags: 9, bytes: 140 } }) }],
  ] as const)('of a %s bound tags, and what is deleted makes room', (_what, view) => {
    const space = new TagSpace();
    commit(slice(space, view), create('a'), create('b'));
    expect(() => slice(space, view).checkCreate('c', 1, 0)).toThrow(expect.objectContaining({ code: 'tag-quota' }));
    expect(() => commit(slice(space, view), create('c'))).toThrow(expect.objectContaining({ code: 'tag-quota' }));
    commit(slice(space, view), { kind: 'delete', name: 'a' }, create('c'));
    expect(space.size).toBe(2);
  });

  it('count what a slice has created before', () => {
    const space = new TagSpace();
    const tags = slice(space, { familyTags: 2 });
    expect(() => tags.checkCreate('a', 1, 0)).not.toThrow();
    expect(() => tags.checkCreate('b', 2, 1)).not.toThrow();
    expect(() => tags.checkCreate('c', 3, 2)).toThrow(expect.objectContaining({ code: 'tag-quota' }));
  });

  it('bound the growth of a value, and never forbid making it smaller', () => {
    const space = new TagSpace();
    commit(slice(space), create('a', 'x'.repeat(100)));
    const lowered = slice(space, { quotas: tight({ familyBytes: 50 }) });
    expect(() => commit(lowered, { kind: 'write', name: 'a', value: 'x'.repeat(101) })).toThrow(
      expect.objectContaining({ code: 'tag-quota' }),
    );
    commit(lowered, { kind: 'write', name: 'a', value: 'x'.repeat(99) });
  });

  it('of one author do not bound another', () => {
    const space = new TagSpace();
    const quotas = tight({ author: { tags: 1, bytes: 1e6 } });
    commit(slice(space, { quotas }), create('a'));
    commit(slice(space, { quotas, who: principal({ author: 'bob', family: 'b', program: 'b' }) }), create('a'));
    expect(space.size).toBe(2);
  });
});

describe('lifetimes', () => {
  it('are capped by policy, and counted from creation', () => {
    const space = new TagSpace();
    commit(slice(space, { quotas: { ...QUOTAS, lifetimeMaxMs: 1000 } }), create('a', 1, { lifetimeMs: 1e9 }), create('b'));
    commit(slice(space, { nowMs: 900 }), { kind: 'write', name: 'a', value: 2 });
    expect(slice(space, { nowMs: 999 }).view('a')).toMatchObject({ exists: true, lifetimeLeftMs: 1 });
    expect(slice(space, { nowMs: 1000 }).view('a').exists).toBe(false);
    expect(slice(space, { nowMs: 1000 }).list('')).toEqual([]);
  });

  it('when over make a tag free to be made again, by anybody, before it is collected', () => {
    const space = new TagSpace();
    const other = principal({ family: 'other', program: 'other' });
    commit(slice(space), create('public:a', 1, { lifetimeMs: 100 }));
    expect(() => commit(slice(space, { who: other, nowMs: 99 }), create('public:a', 2))).toThrow(
      expect.objectContaining({ code: 'tag-exists' }),
    );
    commit(slice(space, { who: other, nowMs: 100 }), create('public:a', 2));
    expect(space.read('public:a', 100)).toMatchObject({ value: 2, version: 2, owner: { family: id('other') } });
    expect(space.usage.node.tags).toBe(1);
  });

  it('are collected in order, a bounded number at a time', () => {
    const space = new TagSpace();
    commit(slice(space), ...[30, 10, 20, 40].map((lifetimeMs) => create(`public:${lifetimeMs}`, 1, { lifetimeMs })));
    expect(space.nextExpiryMs()).toBe(10);
    expect(space.expired(30, 2)).toEqual(['public:10', 'public:20']);
    expect(space.expired(30, 9)).toEqual(['public:10', 'public:20', 'public:30']);
    space.transaction(99, () => space.remove('public:10'));
    expect(space.nextExpiryMs()).toBe(20);
  });
});

describe('observations', () => {
  it('name the change set that a slice depends on: by reading, by missing, by listing', () => {
    const space = new TagSpace();
    const at = (number: number, ...changes: TagChange[]): unknown => slice(space).commit(changes, number);
    at(11, create('a'), create('b'));
    at(12, { kind: 'write', name: 'b', value: 2 });
    at(13, { kind: 'delete', name: 'a' });
    space.observed();
    slice(space).view('b');
    expect(space.observed()).toBe(12);
    slice(space).view('a');
    expect(space.observed()).toBe(13);
    at(14, create('c'));
    space.observed();
    slice(space).list('');
    expect(space.observed()).toBe(14);
    expect(space.observed()).toBe(0);
  });
});
