import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { HOST_NAMES } from '../../../../sandbox/compiler/source/host-names.ts';
import { hostModule } from '../../../../sandbox/guest/api/module.ts';
import { compileModule, compileSources } from './support.ts';

const library = "import { sleep } from 'sm';\nexport async function rest(ms) { await sleep(ms); return ms; }\n";
const program = "import { rest } from './lib.js';\nexport default async function main() { return rest(5); }\n";

test('the same source gives the same bytes', () => {
  expect(compileSources({ '/main.js': program, '/lib.js': library })).toEqual(compileSources({ '/main.js': program, '/lib.js': library }));
});

test('a brick is the same wherever its module lies and whatever the program around it', () => {
  const here = compileSources({ '/main.js': program, '/lib.js': library }).bricks[1];
  const there = compileSources(
    { '/deep/down/start.js': `import './first.js';\n${program}`, '/deep/down/first.js': 'export {};', '/deep/down/lib.js': library },
    '/deep/down/start.js',
  ).bricks[2];
  expect(there?.code).toBe(here?.code);
  expect(there?.hash).toBe(here?.hash);
});

test('no path is in a brick, and its hash is that of its bytes', () => {
  for (const brick of compileSources({ '/secret/main.js': program, '/secret/lib.js': library }, '/secret/main.js').bricks) {
    expect(brick.code).not.toContain('secret');
    expect(brick.hash).toBe(createHash('sha256').update(brick.code, 'utf8').digest('hex'));
    expect(brick.sizeBytes).toBe(Buffer.byteLength(brick.code));
  }
});

test('the import map binds specifiers to bricks; cycles are allowed', () => {
  const compiled = compileSources({
    '/main.js': "import { ping } from './a.js';\nexport default async function main() { return ping(3); }",
    '/a.js': "import { pong } from './b.js';\nexport const ping = (n) => (n ? pong(n - 1) : 'a');",
    '/b.js': "import { ping } from './a.js';\nexport const pong = (n) => (n ? ping(n - 1) : 'b');",
  });
  expect(compiled.importMap).toEqual([{ './a.js': 1 }, { './b.js': 2 }, { './a.js': 1 }]);
  expect(compiled.entry).toBe(0);
});

test('names of sm come from the intrinsic module or from the travel library', () => {
  const compiled = compileSources({
    '/main.js': "import { migrate, self, tags as t } from 'sm';\nexport default async function main() { await migrate(self, t); }",
    '/sm.ts': "import { sysMigrate } from 'sm:host';\nexport async function migrate(to: string): Promise<void> { await sysMigrate(to); }",
  });
  expect(compiled.importMap).toEqual([{ 'sm:host': 'sm:host', sm: 1 }, { 'sm:host': 'sm:host' }]);
  expect(compiled.bricks[0]?.code).toContain('const{self,tags:t}=$.import("sm:host"),I=$.import("sm")');
  expect(compiled.bricks[0]?.code).toContain('(0,I.migrate)(self,t)');
});

test('the compiler knows the names that the runtime offers', () => {
  expect([...HOST_NAMES].toSorted()).toEqual(Object.keys(hostModule()).toSorted());
});

test('types vanish, and so do imports of nothing but types', () => {
  const source = [
    "import type { A } from './types.ts';",
    "import { type B, C } from './types.ts';",
    'interface Local { x: number }',
    'export default async function main<T extends A>(this: void, args: B, more?: C): Promise<T | Local> {',
    '  const value = args as unknown as { x?: number };',
    '  return value!.x satisfies number | undefined as never;',
    '}',
  ].join('\n');
  const compiled = compileSources(
    { '/main.ts': source, '/types.ts': 'export type A = 1; export type B = 2; export type C = 3;' },
    '/main.ts',
  );
  expect(compiled.bricks).toHaveLength(1);
  expect(compiled.importMap).toEqual([{}]);
  expect(compiled.bricks[0]?.code).toContain('return $.done(F,b.x)');
});

test('the default export of the entry may come from another module', () => {
  const other = { '/other.js': 'export default async function () {}\nexport async function named() {}' };
  for (const source of [
    "export { default } from './other.js';",
    "export { named as default } from './other.js';",
    "import q from './other.js';\nexport { q as default };",
  ])
    expect(compileSources({ '/main.js': source, ...other }).bricks).toHaveLength(2);
});

test('the resource table is read and needs no code', () => {
  const compiled = compileSources({
    '/main.js':
      "export const resources = { cpuMsPerSlice: 2 * 50, lifetimeMs: 60_000, reads: ['io:*'], nested: { low: -1, none: null } };\nexport default async function main() {}",
  });
  expect(compiled.declared).toEqual({ cpuMsPerSlice: 100, lifetimeMs: 60_000, reads: ['io:*'], nested: { low: -1, none: null } });
  expect(compiled.bricks[0]?.code).not.toContain('cpuMsPerSlice');
});

test('a resource table that the program uses stays in its code', () => {
  const source = 'export const resources = { hops: 3 };\nexport default async function main() { return resources.hops; }';
  expect(compileModule(source).code).toContain('D.resources={hops:3}');
});
