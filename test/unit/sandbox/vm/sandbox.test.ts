import { beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../../../sandbox/vm/sandbox.ts';
import type { SliceProgram } from '../../../../sandbox/vm/slice.ts';
import { exitOf, GENEROUS, runSmall, smallProgram, smallSandbox } from '../../../support/small-guest.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await smallSandbox();
});

const good = smallProgram('good', 'return exit([input.n * 2, state ?? null, ask({ ask: "list", prefix: "" }).ok]);');
const expectGood = () =>
  expect(exitOf(runSmall(sandbox, good, { input: { n: 21 }, state: 'ä', host: () => ({ ok: ['x'] }) }))).toEqual([42, 'ä', ['x']]);

describe('one slice', () => {
  it('gets its input, its state and the answers of the host', expectGood);

  it('hands the captured state out as bytes, apart from the output', () => {
    const report = runSmall(sandbox, smallProgram('waits', 'return wait("état\\nnext " + state);'), { state: 'é' });
    expect(report).toMatchObject({ kind: 'done', output: { outcome: { kind: 'wait' } } });
    expect(Buffer.from((report as { state: Uint8Array }).state).toString()).toBe('état\nnext é');
  });

  it('has no state at a first slice', () => {
    expect(exitOf(runSmall(sandbox, smallProgram('first', 'return exit(typeof state);')))).toBe('undefined');
  });

  it('sees nothing of an earlier slice, of its own or of another program', () => {
    const keeper = smallProgram(
      'keeper',
      'const before = [typeof globalThis.kept, kept]; globalThis.kept = kept = 1; return exit(before);',
      'let kept = 0;',
    );
    for (let i = 0; i < 4; i++) {
      expect(exitOf(runSmall(sandbox, keeper))).toEqual(['undefined', 0]);
      expectGood();
    }
  });

  it('gets each brick in its place with its import map and file name', () => {
    const brick =
      '((importMap) => { globalThis.maps = [...(globalThis.maps ?? []), importMap]; return () => JSON.stringify({ outcome: { kind: "exit", value: [maps, new Error().stack] }, tags: [], children: [], logs: [] }); })';
    const program: SliceProgram = {
      hash: 'two bricks',
      bricks: [Buffer.from(brick), Buffer.from(brick)],
      importMap: [{ './b': 1 }, { sm: 'sm:host' }],
    };
    const [maps, stack] = exitOf(runSmall(sandbox, program)) as [unknown, string];
    expect(maps).toEqual([{ './b': 1 }, { sm: 'sm:host' }]);
    expect(stack).toMatch(/brick:1:1/);
  });

  it('cannot reach the host while its code is loaded', () => {
    const early = smallProgram('early', 'return exit(answer);', 'const answer = JSON.parse(rawHost("{}"));');
    expect(exitOf(runSmall(sandbox, early, { host: () => ({ ok: 'secret' }) }))).toMatchObject({ error: { name: 'TypeError' } });
  });

  it('keeps no global of the runtime', () => {
    const seen = exitOf(
      runSmall(sandbox, smallProgram('globals', 'return exit(Reflect.ownKeys(globalThis).filter((key) => String(key).includes("$")));')),
    );
    expect(seen).toEqual([]);
  });
});

describe('limits', () => {
  const loops = smallProgram('loops', 'for (;;);');

  it('ends a slice that uses up its CPU time', () => {
    const report = runSmall(sandbox, loops, { limits: { cpuMs: 20 } });
    expect(report).toMatchObject({ kind: 'killed', reason: 'cpu' });
    expect(report.cpuMs).toBeGreaterThanOrEqual(20);
    expect(report.cpuMs).toBeLessThan(200);
    expect(report.interrupts).toBeGreaterThan(0);
    expectGood();
  });

  it('ends a slice by the number of interrupts when the clock stands still', async () => {
    const frozen = await smallSandbox({ clock: { monotonicMs: () => 1 } });
    const report = runSmall(frozen, loops, { limits: { cpuMs: 2 } });
    expect(report).toMatchObject({ kind: 'killed', reason: 'cpu' });
    expect(report.interrupts).toBeLessThan(1000);
  });

  it('notices in time that every step is a long native operation', () => {
    const heavy = smallProgram('heavy', 'const n = 7n ** 20000n; let all = 0; for (;;) all += String(n).length;');
    const report = runSmall(sandbox, heavy, { limits: { cpuMs: 50 } });
    expect(report).toMatchObject({ kind: 'killed', reason: 'cpu' });
    expect(report.cpuMs).toBeLessThan(5000);
  });

  it('charges the CPU time of the thread, not the time that others took', async () => {
    let wall = 0;
    let cpu = 1000;
    const clock = { monotonicMs: () => (wall += 100), threadCpuMs: () => (cpu += 1) };
    const shared = await smallSandbox({ clock });
    const report = runSmall(shared, loops, { limits: { cpuMs: 150 } });
    expect(report).toMatchObject({ kind: 'killed', reason: 'cpu' });
    expect(report.interrupts).toBeGreaterThan(40);
  });

  it('reports progress at every interrupt', async () => {
    let progress = 0;
    const watched = await smallSandbox({ onProgress: () => (progress += 1) });
    const report = runSmall(watched, loops, { limits: { cpuMs: 10 } });
    expect(progress).toBeGreaterThanOrEqual(report.interrupts);
  });

  it('lets a slice take the memory it declares, and no more', () => {
    const takes = (bytes: number) => smallProgram(`takes ${bytes}`, `return exit(new Uint8Array(${bytes}).length);`);
    for (const limit of [256 << 10, 1 << 20, 8 << 20]) {
      const fits = runSmall(sandbox, takes(limit - (192 << 10)), { limits: { memoryBytes: limit } });
      expect(exitOf(fits)).toBe(limit - (192 << 10));
      expect(fits.memoryBytes).toBeLessThanOrEqual(limit);
      expect(runSmall(sandbox, takes(limit + (128 << 10)), { limits: { memoryBytes: limit } })).toMatchObject({
        kind: 'killed',
        reason: 'memory',
      });
    }
    expectGood();
  });

  it('is bounded by the memory of the sandbox whatever a program declares', () => {
    const hoards = smallProgram('hoards', 'const all = []; for (;;) all.push(new Uint8Array(10000).fill(7));');
    expect(runSmall(sandbox, hoards, { limits: { memoryBytes: 1 << 30 } })).toMatchObject({ kind: 'killed', reason: 'memory' });
    expectGood();
  });

  it('refuses a program whose declarations alone exceed its memory', () => {
    const big = smallProgram('big', 'return exit(1);', 'const kept = new Uint8Array(1 << 20);');
    expect(runSmall(sandbox, big, { limits: { memoryBytes: 256 << 10 } })).toMatchObject({ kind: 'killed', reason: 'memory' });
    expect(exitOf(runSmall(sandbox, big))).toBe(1);
  });

  it('ends recursion with an error that the guest can catch, or kills', () => {
    expect(runSmall(sandbox, smallProgram('recurses', 'const f = () => f() + 1; f();'))).toMatchObject({ kind: 'killed', reason: 'stack' });
    expect(
      exitOf(runSmall(sandbox, smallProgram('catches', 'const f = () => f() + 1; try { f(); } catch (e) { return exit(e.message); }'))),
    ).toBe('stack overflow');
    expectGood();
  });

  it('ends a slice that says too much', () => {
    const says = (length: number) => smallProgram(`says ${length}`, `return exit("x".repeat(${length}));`);
    expect(runSmall(sandbox, says(2000), { limits: { outputBytes: 1000 } })).toMatchObject({ kind: 'killed', reason: 'output' });
    expect(exitOf(runSmall(sandbox, says(800), { limits: { outputBytes: 1000 } }))).toHaveLength(800);
    const keeps = smallProgram('keeps', 'return wait("x".repeat(1001));');
    expect(runSmall(sandbox, keeps, { limits: { stateBytes: 1000 } })).toMatchObject({ kind: 'killed', reason: 'output' });
    expect(runSmall(sandbox, keeps, { limits: { stateBytes: 1001 } })).toMatchObject({ kind: 'done' });
  });

  it('refuses an output that is nested too deep', () => {
    const nested = (depth: number) =>
      smallProgram(`nested ${depth}`, `return exit("?").replace('"?"', "[".repeat(${depth}) + "]".repeat(${depth}));`);
    expect(runSmall(sandbox, nested(62))).toMatchObject({ kind: 'done' });
    expect(runSmall(sandbox, nested(63))).toMatchObject({ kind: 'killed', reason: 'output' });
    expect(exitOf(runSmall(sandbox, smallProgram('brackets', 'return exit("[\\"".repeat(100));')))).toHaveLength(200);
  });
});

describe('what is not valid', () => {
  it.each([
    ['a syntax error', '(('],
    ['no function', '42'],
    ['an exception', '(() => { throw new Error("no"); })'],
    ['an import', 'import "std"; 1'],
  ])('code: %s', (_what, source) => {
    const report = runSmall(sandbox, { hash: source, bricks: [Buffer.from(source)], importMap: [{}] });
    expect(report).toMatchObject({ kind: 'killed', reason: 'bad-code' });
    expectGood();
  });

  it.each([
    ['no text', 'return 42;'],
    ['no JSON', 'return "{";'],
    ['no outcome', 'return "{}";'],
    ['an unknown outcome', 'return output({ kind: "rule the world" });'],
    ['a wait without a state', 'return output({ kind: "wait", waits: [] });'],
    ['an exit with a state', 'return exit(1) + "\\nstate";'],
    ['a wait without waits', 'return output({ kind: "wait" }) + "\\nstate";'],
    ['an exception', 'throw { get message() { throw 1; } };'],
  ])('output: %s', (what, body) => {
    expect(runSmall(sandbox, smallProgram(`output ${what}`, body))).toMatchObject({ kind: 'killed', reason: 'bad-output' });
    expectGood();
  });

  it('a state that the guest runtime rejects', () => {
    expect(runSmall(sandbox, smallProgram('rejects', 'return "!node 7 is missing";'), { state: '{}' })).toMatchObject({
      kind: 'killed',
      reason: 'bad-state',
      detail: 'node 7 is missing',
    });
  });

  it('a state with a zero byte, which would end early inside', () => {
    expect(runSmall(sandbox, good, { state: Uint8Array.of(65, 0, 66) })).toMatchObject({ kind: 'killed', reason: 'bad-state' });
  });

  it('a guest runtime that does not load', async () => {
    await expect(smallSandbox({ guestSource: 'throw new Error("broken")' })).rejects.toThrow(/guest runtime does not load.*broken/);
    await expect(smallSandbox({ guestSource: '1' })).rejects.toThrow(/defines no \$load/);
  });
});

describe('the host', () => {
  it('ends the slice and is told when it fails itself', () => {
    const stubborn = smallProgram('stubborn', 'try { ask({}); } catch {} for (;;);');
    const broken = () => {
      throw new TypeError('broken host');
    };
    expect(() => runSmall(sandbox, stubborn, { host: broken, limits: { cpuMs: 10_000 } })).toThrow('failed to answer');
    expectGood();
  });

  it('is asked for a tag by the short form as by the long one', () => {
    const asked: unknown[] = [];
    const asks = smallProgram('asks for tags', 'rawHost("tio:temperature"); ask({ ask: "tag", name: "io:temperature" }); return exit(1);');
    runSmall(sandbox, asks, { host: (request) => asked.push(request) });
    const question = { ask: 'tag', name: 'io:temperature' };
    expect(asked).toEqual([question, question]);
  });

  it('is not asked what is no question', () => {
    const asks = smallProgram('asks', 'return exit(JSON.parse(rawHost("not JSON")));', '');
    expect(exitOf(runSmall(sandbox, asks, { host: () => ({ ok: 1 }) }))).toMatchObject({ error: { name: 'TypeError' } });
  });
});

describe('nothing is left', () => {
  const CANARY = 'c4n4ry-7f3a9e';
  const plants = (hash: string, body: string) => smallProgram(hash, body, `const planted = ${JSON.stringify(CANARY)};`);
  let pristine: Buffer;
  beforeAll(() => {
    sandbox.clear();
    pristine = Buffer.from(sandbox.memory);
  });

  it.each([
    ['returns', 'return exit(planted.repeat(1000).length);'],
    ['fills the memory', 'const all = []; for (let i = 0; ; i++) all.push(planted + i);'],
    ['fills the stack', 'const f = (a, b, c) => f(planted, a, b) + c; f(1, 2, 3);'],
    ['loops', 'for (let s = planted; ; s = planted + s.length);'],
    [
      'gives memory back before it ends',
      'let all = []; for (let i = 0; i < 3000; i++) all.push((planted + i).repeat(50)); all = null; return exit(1);',
    ],
    ['overflows the stack of the thread', 'let a = [planted]; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a);'],
  ])('of a program that %s', (what, body) => {
    for (let i = 0; i < 2; i++) {
      const run = { state: CANARY, input: { CANARY }, limits: { memoryBytes: 16 << 20, cpuMs: 300 } };
      runSmall(sandbox, plants(`plants and ${what}`, body), run);
      // After a trap of the engine the memory is put back at once, else at the start of the next slice.
      if (!what.includes('thread')) expect(Buffer.from(sandbox.memory.buffer).includes(CANARY)).toBe(true);
      sandbox.clear();
      expect(pristine.equals(sandbox.memory)).toBe(true);
    }
    expectGood();
  });
});

it('keeps images of the programs that ran last, and no more', async () => {
  const small = await smallSandbox({
    limits: { sandboxMemoryBytes: 24 << 20, guestStackBytes: 128 << 10, hotImages: 2, hotImageBytes: 4 << 20 },
  });
  const programs = [1, 2, 3].map((n) => smallProgram(`p${n}`, `return exit(${n});`));
  for (let round = 0; round < 3; round++) {
    for (const [index, program] of programs.entries()) expect(exitOf(runSmall(small, program, { limits: GENEROUS }))).toBe(index + 1);
  }
});
