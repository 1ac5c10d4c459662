/** What each kind of wait means, seen from the program. */
import { describe, expect, it } from 'vitest';
import type { TagChange } from '../../../sandbox/guest/boundary.ts';
import { EngineRig, type Script, type ScriptResult } from '../../support/engine.ts';
import { hash, id, newSmartMessage } from '../../support/smart-messages.ts';

const ABOUT = { unit: 'lx', description: '', samplingMs: null, writable: true, driver: 'test' };
const EVERYBODY = { owner: 'rwdb', family: 'rwdb', origin: 'rwdb', code: 'rwdb', others: 'rwdb' };

function made(name: string, value: unknown = 1, access = EVERYBODY): TagChange {
  return { kind: 'create', name, value, lifetimeMs: null, access, durable: false };
}

/** Does `first` in its first slice and ends with the events of the second. */
function then(first: (slice: Parameters<Script>[0]) => ScriptResult): Script {
  return (slice) => (slice.input.events.length > 0 ? { exit: slice.input.events } : first(slice));
}

/** Makes or writes the tags that it is given, then ends. */
const writer: Script = ({ input, tag }) => {
  const { names } = (input.args as { json: { names: string[] } }).json;
  return { tags: names.map((name): TagChange => (tag(name).exists ? { kind: 'write', name, value: 2 } : made(name))), exit: null };
};

async function rigWith(scripts: Record<string, Script>): Promise<EngineRig> {
  return EngineRig.started({ ...scripts, writer });
}

let written = 0;
function write(rig: EngineRig, ...names: string[]): void {
  written += 1;
  rig.engine.submit(newSmartMessage({ name: `writer ${written}`, program: 'writer', args: { names } }));
  rig.settle();
}

function run(rig: EngineRig, program: string, options: Partial<Parameters<typeof newSmartMessage>[0]> = {}): void {
  rig.engine.submit(newSmartMessage({ name: program, program, ...options }));
  rig.settle();
}

function told(rig: EngineRig, name: string): unknown {
  const { outcome } = rig.lastOf(name);
  return outcome.kind === 'exit' ? JSON.parse(outcome.value) : outcome;
}

const block = (names: string[], after: number | null = null, timeoutMs: number | null = null): ScriptResult => ({
  waits: [{ kind: 'block', names, after, timeoutMs }],
});

describe('block', () => {
  it('waits for a tag that does not exist yet, and for one of several', async () => {
    const rig = await rigWith({ a: then(() => block(['public:x', 'public:y'])) });
    run(rig, 'a');
    expect(rig.outcomes('a')).toEqual(['wait']);
    write(rig, 'public:z');
    expect(rig.outcomes('a')).toEqual(['wait']);
    write(rig, 'public:y');
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { name: 'public:y', version: 2 } }]);
  });

  it('without a version is not woken by what its own slice did before, but by the next write', async () => {
    const rig = await rigWith({ a: then(() => ({ ...block(['public:x']), tags: [made('public:x')] })) });
    run(rig, 'a');
    expect(rig.outcomes('a')).toEqual(['wait']);
    write(rig, 'public:x');
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { name: 'public:x', version: 2 } }]);
  });

  it('returns at once if the tag was updated after the version, and waits if not', async () => {
    const rig = await rigWith({ a: then(() => block(['public:x'], 1)), b: then(() => block(['public:x'], 2)) });
    write(rig, 'public:x');
    write(rig, 'public:x');
    run(rig, 'a');
    run(rig, 'b');
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { name: 'public:x', version: 2 } }]);
    expect(rig.outcomes('b')).toEqual(['wait']);
    write(rig, 'public:x');
    expect(told(rig, 'b')).toEqual([{ op: 1, value: { name: 'public:x', version: 3 } }]);
  });

  it('is woken by a tag that was deleted and made again, though it waits for a version of the old one', async () => {
    const rig = await rigWith({
      a: then(() => block(['public:x'], 2)),
      remover: () => ({ tags: [{ kind: 'delete', name: 'public:x' }], exit: null }),
    });
    write(rig, 'public:x');
    write(rig, 'public:x');
    run(rig, 'a');
    run(rig, 'remover');
    expect(rig.outcomes('a')).toEqual(['wait']);
    write(rig, 'public:x');
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { name: 'public:x', version: 3 } }]);
  });

  it('times out, not before its time', async () => {
    const rig = await rigWith({ a: then(() => block(['public:x'], null, 500)) });
    run(rig, 'a');
    rig.pass(499);
    expect(rig.outcomes('a')).toEqual(['wait']);
    rig.pass(1);
    expect(told(rig, 'a')).toEqual([{ op: 1, error: { name: 'TimeoutError', message: 'block timed out' } }]);
  });

  it('needs the right to do so, when the tag is there and when it comes', async () => {
    const secret = { ...EVERYBODY, others: 'r', origin: 'r' };
    const rig = await rigWith({
      maker: () => ({ tags: [made('public:x', 1, secret)], waits: [{ kind: 'sleep', ms: 10 }] }),
      early: then(() => block(['public:x'], null, 1000)),
      late: then(() => block(['public:x'])),
    });
    run(rig, 'early');
    run(rig, 'maker');
    run(rig, 'late');
    expect(rig.outcomes('early')).toEqual(['wait']);
    expect(told(rig, 'late')).toEqual([
      { op: 1, error: { name: 'TagError', message: expect.stringContaining('no right'), data: { code: 'tag-denied' } } },
    ]);
  });

  it('is not possible for more than the bound, and says so', async () => {
    const rig = await EngineRig.started({ a: then(() => block(['public:x'])) }, { limits: { waitersPerTag: 1 } });
    rig.engine.submit(newSmartMessage({ name: 'first', program: 'a' }));
    rig.settle();
    rig.engine.submit(newSmartMessage({ name: 'second', program: 'a' }));
    rig.settle();
    expect(rig.outcomes('first')).toEqual(['wait']);
    expect(told(rig, 'second')).toMatchObject([{ error: { data: { code: 'tag-quota' } } }]);
  });
});

describe('several waits', () => {
  it('of which any wakes; all that are over are told together, in the order of the operations', async () => {
    const rig = await rigWith({
      a: then(() => ({
        waits: [
          { op: 3, kind: 'block', names: ['public:x'], after: null, timeoutMs: null },
          { op: 4, kind: 'sleep', ms: 50 },
          { op: 1, kind: 'block', names: ['public:y'], after: null, timeoutMs: null },
        ],
      })),
    });
    run(rig, 'a');
    // Nobody runs while both tags are made: one slice makes them.
    write(rig, 'public:x', 'public:y');
    expect(told(rig, 'a')).toMatchObject([
      { op: 1, value: { name: 'public:y' } },
      { op: 3, value: { name: 'public:x' } },
    ]);
  });

  it('that go on through a slice keep their place: a block sees what the slice itself writes for it', async () => {
    const script: Script = ({ input, state }) => {
      const waiting = { op: 1, kind: 'block' as const, names: ['public:x'], after: null, timeoutMs: null };
      if (state === undefined) return { waits: [waiting, { op: 2, kind: 'sleep', ms: 10 }], state: 1 };
      if (state === 1) return { tags: [made('public:x')], waits: [waiting], state: 2 };
      return { exit: input.events };
    };
    const rig = await rigWith({ a: script });
    run(rig, 'a');
    rig.pass(10);
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { name: 'public:x', version: 1 } }]);
  });

  it('that a program no longer names are given up', async () => {
    const script: Script = ({ state }) =>
      state === undefined
        ? {
            waits: [
              { op: 1, kind: 'block', names: ['public:x'], after: null, timeoutMs: null },
              { op: 2, kind: 'sleep', ms: 10 },
            ],
            state: 1,
          }
        : { waits: [{ op: 3, kind: 'sleep', ms: 10_000 }], state: 2 };
    const rig = await rigWith({ a: script });
    run(rig, 'a');
    rig.pass(10);
    write(rig, 'public:x');
    expect(rig.outcomes('a')).toEqual(['wait', 'wait']);
  });
});

describe('sense and actuate', () => {
  async function withTag(scripts: Record<string, Script>): Promise<EngineRig> {
    const rig = await rigWith(scripts);
    void rig.engine.applyExternal([{ kind: 'publish', name: 'io:lamp', value: 3, about: ABOUT }]);
    rig.settle();
    rig.clock.advance(100);
    return rig;
  }

  it('a reading that is fresh enough comes at once, an older one from the driver', async () => {
    const sense = (maxAgeMs: number): Script => then(() => ({ waits: [{ kind: 'sense', name: 'io:lamp', maxAgeMs }] }));
    const rig = await withTag({ a: sense(100), b: sense(99) });
    run(rig, 'a');
    run(rig, 'b');
    expect(told(rig, 'a')).toEqual([{ op: 1, value: { value: 3, version: 1, unit: 'lx', ageMs: 100 } }]);
    expect(rig.commits.flatMap(({ set }) => set.slice?.senses ?? [])).toEqual([{ op: 1, name: 'io:lamp', maxAgeMs: 99 }]);
    rig.engine.resume(id('b'), [{ op: 1, value: 'read' }]);
    rig.settle();
    expect(told(rig, 'b')).toEqual([{ op: 1, value: 'read' }]);
  });

  it.each([
    ['io:nowhere', 'tag-missing'],
    ['public:x', 'tag-invalid'],
  ])('reading %s is an error of the program', async (name, code) => {
    const rig = await withTag({ a: then(() => ({ waits: [{ kind: 'sense', name, maxAgeMs: 0 }] })) });
    write(rig, 'public:x');
    run(rig, 'a');
    expect(told(rig, 'a')).toMatchObject([{ error: { name: 'TagError', data: { code } } }]);
  });

  it('what is not declared is neither read nor driven', async () => {
    const rig = await withTag({
      a: then(() => ({ waits: [{ kind: 'sense', name: 'io:lamp', maxAgeMs: 0 }] })),
      b: then(() => ({ tags: [{ kind: 'write', name: 'io:lamp', value: 1 }], waits: [{ kind: 'sleep', ms: 1 }] })),
    });
    run(rig, 'a', { resources: { reads: ['io:other'] } });
    run(rig, 'b');
    expect(told(rig, 'a')).toMatchObject([{ error: { data: { code: 'tag-denied' } } }]);
    expect(rig.lastOf('b').outcome).toMatchObject({ kind: 'fail', error: { name: 'TagError', data: { code: 'tag-denied' } } });
  });

  it('an actuation carries its value and its operation; it times out when the driver does not answer', async () => {
    const drive: Script = then(() => ({
      tags: [
        { kind: 'write', name: 'io:lamp', value: 1 },
        { kind: 'write', name: 'io:lamp', value: 0 },
      ],
      waits: [{ op: 7, kind: 'actuate', name: 'io:lamp', timeoutMs: 200 }],
    }));
    const rig = await withTag({ a: drive });
    run(rig, 'a', { resources: { drives: ['io:lamp'] } });
    expect(rig.lastOf('a').actuations).toEqual([
      { name: 'io:lamp', value: 1, op: null, timeoutMs: null },
      { name: 'io:lamp', value: 0, op: 7, timeoutMs: 200 },
    ]);
    rig.pass(200);
    expect(told(rig, 'a')).toEqual([{ op: 7, error: { name: 'TimeoutError', message: 'actuate timed out' } }]);
  });

  it('what was interrupted by a restart of the node is said to be so', async () => {
    const rig = await withTag({ a: then(() => ({ waits: [{ kind: 'sense', name: 'io:lamp', maxAgeMs: 0 }], state: 5 })) });
    run(rig, 'a', { transient: false });
    const after = rig.commits.findLast(({ set }) => set.slice !== null)?.after;
    if (after == null) throw new Error('nothing was left');
    const restarted = await EngineRig.started({ a: then(() => ({ fail: 'not told' })) }, {}, [after]);
    restarted.settle();
    expect(told(restarted, 'a')).toMatchObject([{ op: 1, error: { name: 'DriverInterrupted' } }]);
  });
});

describe('a waiting resident', () => {
  it('goes on with what was left of its time when the node starts again', async () => {
    const sleeper: Script = then(() => ({ waits: [{ kind: 'sleep', ms: 1000 }] }));
    const rig = await rigWith({ a: sleeper });
    run(rig, 'a', { transient: false });
    const after = rig.commits.at(-1)?.after;
    if (after == null) throw new Error('nothing was left');
    const restarted = await EngineRig.started({ a: sleeper }, {}, [after]);
    restarted.pass(999);
    expect(restarted.outcomes('a')).toEqual([]);
    restarted.pass(1);
    expect(told(restarted, 'a')).toEqual([{ op: 1, value: null }]);
  });

  it('sees its age, its budget and a seed that no other slice has', async () => {
    const seeds = new Set<string>();
    const script: Script = ({ input }) => {
      seeds.add(input.env.seed);
      const { ageMs, budget, lifetimeLeftMs } = input.env.self;
      return ageMs < 30 ? { waits: [{ kind: 'sleep', ms: 10 }], cpuMs: 1.5 } : { exit: { ageMs, cpuMs: budget.cpuMs, lifetimeLeftMs } };
    };
    const rig = await rigWith({ a: script });
    run(rig, 'a', { budget: { cpuMs: 100 }, resources: { lifetimeMs: 1000 } });
    for (let slices = 0; slices < 3; slices += 1) rig.pass(10);
    // Three slices of 1.5 ms make 4.5, of which a begun millisecond counts.
    expect(told(rig, 'a')).toEqual({ ageMs: 30, cpuMs: 95, lifetimeLeftMs: 970 });
    expect(seeds.size).toBe(4);
  });

  it('ends when its budget of CPU time is used up', async () => {
    const rig = await rigWith({ a: () => ({ waits: [{ kind: 'sleep', ms: 1 }], cpuMs: 2 }) });
    run(rig, 'a', { budget: { cpuMs: 4 } });
    for (let slices = 0; slices < 5; slices += 1) rig.pass(1);
    expect(rig.outcomes('a')).toEqual(['wait', 'wait', 'killed']);
    expect(rig.lastOf('a')).toMatchObject({ outcome: { reason: 'budget-exhausted' }, budget: { cpuMs: 0 } });
  });
});

describe('children', () => {
  it('get ids that the program was told, and whole shares that conserve the budget', async () => {
    const ids: unknown[] = [];
    const launch = (index: number, share: number) => ({ index, brick: 0, fn: 2, args: '[]', transient: false, share });
    const script: Script = ({ ask, state }) => {
      ids.push(ask({ ask: 'childId', index: 0 }).ok, ask({ ask: 'childId', index: 1 }).ok);
      return state === undefined
        ? { children: [launch(0, 0.5), launch(1, 0.3)], waits: [{ kind: 'sleep', ms: 1 }], state: 1 }
        : { children: [launch(0, 0.5)], exit: null };
    };
    const rig = await rigWith({ a: script });
    const budget = { hops: 11, cpuMs: 1000, bytes: 777, children: 9 };
    run(rig, 'a', { budget });
    const first = rig.lastOf('a');
    expect(first.children.map(({ smId }) => smId)).toEqual(ids.slice(0, 2));
    const all = [first.budget, ...first.children.map((child) => child.budget)];
    expect(all.reduce((sum, part) => sum + part.hops, 0)).toBe(budget.hops);
    expect(all.reduce((sum, part) => sum + part.bytes, 0)).toBe(budget.bytes);
    expect(all.reduce((sum, part) => sum + part.cpuMs, 0)).toBe(budget.cpuMs - 1);
    expect(all.reduce((sum, part) => sum + part.children, 0)).toBe(budget.children - 2);
    rig.pass(1);
    expect(new Set(ids).size, 'ids of later children are new').toBe(4);
    expect(rig.lastOf('a').children.map(({ smId }) => smId)).toEqual(ids.slice(2, 3));
  });

  it('beyond the budget fail the slice, which then has changed nothing', async () => {
    const launch = { index: 0, brick: 0, fn: 2, args: '[]', transient: false, share: 0.5 };
    const rig = await rigWith({
      a: () => ({ children: [launch], tags: [made('public:x')], exit: null, logs: [{ level: 'info', text: 'so far' }] }),
    });
    run(rig, 'a', { budget: { children: 0 } });
    expect(rig.lastOf('a')).toMatchObject({
      outcome: { kind: 'fail', error: { data: { code: 'budget-exhausted' } } },
      children: [],
      logs: [{ text: 'so far' }],
    });
    expect(rig.engine.tags.size).toBe(0);
  });
});

describe('a slice that fails', () => {
  it('leaves no tag behind, but its log lines', async () => {
    const rig = await rigWith({ a: () => ({ tags: [made('public:x'), made('n')], fail: 'oops', logs: [{ level: 'warn', text: 'hm' }] }) });
    run(rig, 'a');
    expect(rig.lastOf('a')).toMatchObject({
      outcome: { kind: 'fail', error: { message: 'oops' } },
      logs: [{ level: 'warn', text: 'hm' }],
      children: [],
    });
    expect(rig.engine.tags.read(`${hash('a')}/n`, 0)).toBeUndefined();
    expect(rig.engine.tags.size).toBe(0);
  });
});

describe('dependence', () => {
  it('names the change set whose tags a slice has seen, by reading or by being woken', async () => {
    const rig = await rigWith({
      reader: ({ tag }) => ({ exit: tag('public:x').value }),
      stranger: () => ({ exit: null }),
      woken: then(() => block(['public:x'])),
    });
    run(rig, 'woken');
    write(rig, 'public:x');
    const writing = rig.commits.find(({ set }) => set.tags.length > 0)?.set.sequence;
    run(rig, 'reader');
    run(rig, 'stranger');
    const dependsOn = (name: string): number | undefined => rig.commits.findLast(({ set }) => set.slice?.smId === id(name))?.set.dependsOn;
    expect([dependsOn('woken'), dependsOn('reader'), dependsOn('stranger')]).toEqual([writing, writing, 0]);
  });

  it('and durability are told apart: only what concerns the store touches it', async () => {
    const rig = await rigWith({
      volatile: () => ({ tags: [made('public:v')], exit: null }),
      durable: () => ({ tags: [{ ...made('public:d'), durable: true } as TagChange], exit: null }),
    });
    run(rig, 'volatile');
    run(rig, 'durable');
    run(rig, 'volatile', { name: 'resident', transient: false });
    expect(rig.commits.map(({ set }) => set.touchedDurable)).toEqual([false, true, true]);
  });
});
