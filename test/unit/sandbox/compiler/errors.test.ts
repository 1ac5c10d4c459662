import { describe, expect, test } from 'vitest';
import { CompileError } from '../../../../sandbox/compiler/index.ts';
import { compileSources, problemsOf, type Sources } from './support.ts';

const entry = 'export default async function main() {}\n';

interface Refusal {
  readonly what: string;
  readonly sources: Sources;
  readonly at: readonly [line: number, column: number];
  readonly reason: RegExp;
  readonly fix: RegExp;
  readonly entry?: string;
}

function inMain(what: string, body: string, at: readonly [number, number], reason: RegExp, fix: RegExp): Refusal {
  return { what, sources: { '/main.js': `export default async function main(args) {\n${body}\n}\n` }, at, reason, fix };
}

function beside(what: string, source: string, at: readonly [number, number], reason: RegExp, fix: RegExp): Refusal {
  return { what, sources: { '/main.js': entry + source }, at, reason, fix };
}

function typed(what: string, source: string, at: readonly [number, number], reason: RegExp, fix: RegExp): Refusal {
  return { what, sources: { '/main.ts': entry + source }, at, reason, fix, entry: '/main.ts' };
}

const refusals: readonly Refusal[] = [
  beside('a syntax error', 'const = 1;', [2, 7], /syntax error/, /correct/),
  beside('an async generator', 'async function* stream() {}', [2, 1], /async generators/, /return an array/),
  inMain('for await', '  for await (const x of args) x;', [2, 3], /`for await`/, /for \(const item of items\)/),
  beside('top-level await', 'await 1;', [2, 1], /top-level await/, /async function/),
  beside('await in a static block', 'class A { static x = [await 1]; }', [2, 23], /syntax error|top-level await/, /./),
  inMain('eval', '  return eval("1");', [2, 10], /`eval`/, /function of the module/),
  inMain('new Function', '  return new Function("1");', [2, 14], /`Function` constructor/, /function of the module/),
  beside('with', 'with (Math) {}', [2, 1], /syntax error/, /correct/),
  inMain('dynamic import', "  return import('./x.js');", [2, 10], /dynamic import/, /top of the module/),
  inMain('import.meta', '  return import.meta.url;', [2, 10], /import\.meta/, /self/),
  inMain('WeakRef', '  return new WeakRef(args);', [2, 14], /WeakRef/, /ordinary reference/),
  inMain('FinalizationRegistry', '  new FinalizationRegistry(() => 1);', [2, 7], /FinalizationRegistry/, /explicitly/),
  inMain('setTimeout', '  setTimeout(args, 1);', [2, 3], /setTimeout/, /await sleep/),
  inMain('console', '  console.log(args);', [2, 3], /`console` does not exist/, /`log\.info\(\.\.\.\)`/),
  inMain('fetch', '  await fetch(args);', [2, 9], /`fetch` does not exist/, /`sense`/),
  inMain('process', '  return process.env;', [2, 10], /`process` does not exist/, /`self`/),
  inMain('an undeclared name', '  return total + args;', [2, 10], /`total` is not declared/, /declare it, or import it/),
  inMain('an undeclared name that is assigned', '  total = args;', [2, 3], /`total` is not declared/, /declare it/),
  inMain('a misspelt name', '  return argz;', [2, 10], /`argz` is not declared/, /did you mean `args`\?/),
  inMain('a function of sm without its import', '  await sleep(1);', [2, 9], /`sleep` is not declared/, /import \{ sleep \} from 'sm'/),
  inMain(
    'arguments outside functions',
    '  return (() => args)(1);\n}\nconst none = () => arguments;\n{',
    [4, 20],
    /`arguments`/,
    /rest parameter/,
  ),
  {
    what: 'a misspelt name of sm',
    sources: { '/main.js': `${entry}import { sens } from 'sm';\nsens;`, '/sm.ts': 'export const migrate = 1;' },
    at: [2, 10],
    reason: /'sm' exports no `sens`/,
    fix: /^did you mean `sense`\? It exports sysMigrate, tags, .*, migrate$/,
  },
  beside('a decorator', '@args class A {}', [2, 1], /decorators/, /call the function/),
  beside('JSX', 'const x = <a/>;', [2, 11], /JSX/, /function calls/),
  typed('an enum', 'enum Colour { Red }', [2, 1], /enum/, /as const/),
  typed('a const enum', 'const enum Colour { Red }', [2, 1], /enum/, /as const/),
  typed('a namespace', 'namespace N { export const x = 1; }', [2, 1], /namespaces/, /module of its own/),
  typed('a parameter property', 'class A { constructor(private x: number) {} }', [2, 23], /parameter properties/, /declare the field/),
  typed('export assignment', 'export = 1;', [2, 1], /export = /, /export default/),
  {
    ...beside(
      'an unknown module',
      "import { x } from './nowhere.js';\nx;",
      [2, 10],
      /cannot find module '\.\/nowhere\.js'/,
      /relative path/,
    ),
  },
  {
    what: 'a missing export',
    sources: { '/main.js': `${entry}import { missing } from './other.js';\nmissing;`, '/other.js': 'export const present = 1;' },
    at: [2, 10],
    reason: /'\.\/other\.js' exports no `missing`/,
    fix: /it exports present/,
  },
  {
    what: 'a missing re-export',
    sources: { '/main.js': `${entry}export { missing as found } from './other.js';`, '/other.js': 'export const present = 1;' },
    at: [2, 10],
    reason: /exports no `missing`/,
    fix: /present/,
  },
  beside('sm as a whole', "import * as sm from 'sm';\nsm;", [2, 8], /as a whole/, /name what you need/),
  beside('an unknown name of sm:host', "import { teleport } from 'sm:host';\nteleport;", [2, 10], /exports no `teleport`/, /sysMigrate/),
  {
    what: 'an assignment to an import',
    sources: { '/main.js': `${entry}import { x } from './other.js';\nx = 2;`, '/other.js': 'export let x = 1;' },
    at: [3, 1],
    reason: /`x` is an import/,
    fix: /export a function/,
  },
  {
    what: 'no default export',
    sources: { '/main.js': 'export const x = 1;' },
    at: [1, 1],
    reason: /no default export/,
    fix: /export default async function/,
  },
  {
    what: 'a default export that is not async',
    sources: { '/main.js': 'export default function main() {}' },
    at: [1, 1],
    reason: /not an async function/,
    fix: /async function/,
  },
  {
    what: 'a default export that is no function',
    sources: { '/main.js': 'const x = 1;\nexport default x;' },
    at: [2, 1],
    reason: /not an async function/,
    fix: /async function/,
  },
  { what: 'an entry that is not there', sources: {}, at: [1, 1], reason: /cannot be read/, fix: /path/ },
  beside(
    'a resource table that is computed',
    'export const resources = { cpuMsPerSlice: Date.now() };',
    [2, 43],
    /plain literal/,
    /numbers, strings/,
  ),
  inMain(
    'super() in an async function',
    '  class A {}\n  class B extends A { constructor() { (async () => super())(); } }\n  return B;',
    [3, 52],
    /super\(\.\.\.\)/,
    /directly in the constructor/,
  ),
];

describe('what cannot be compiled', () => {
  test('nesting beyond the stack', () => {
    const [problem] = problemsOf({ '/main.js': `${entry}const x = ${'['.repeat(20_000)}${']'.repeat(20_000)};` });
    expect(problem).toMatchObject({ file: '/main.js', reason: expect.stringMatching(/nested too deeply/) });
  });

  test.each(refusals)('$what', ({ sources, at, reason, fix, entry: path = '/main.js' }) => {
    const [first] = problemsOf(sources, path);
    expect(first).toMatchObject({
      file: path,
      line: at[0],
      column: at[1],
      reason: expect.stringMatching(reason),
      fix: expect.stringMatching(fix),
    });
  });

  test('everything is reported together, each with its file', () => {
    const problems = problemsOf({
      '/main.js': `import './other.js';\n${entry}eval('1');\nasync function* a() {}`,
      '/other.js': 'const = 1;',
    });
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual(['/main.js:4', '/main.js:3', '/other.js:1']);
  });

  test('every wrong import of a file, and one name once however often it is used', () => {
    const problems = problemsOf({
      '/main.js': `${entry}import { one, present } from './other.js';\nimport { two } from './other.js';\nimport { three } from './none.js';\none, two, three, present, nowhere, nowhere;`,
      '/other.js': 'export const present = 1;',
    });
    expect(problems.map(({ line, column }) => `${line}:${column}`).toSorted()).toEqual(['2:10', '3:10', '4:10', '5:27']);
  });

  test.each([
    ['asking for the type of a name', 'export default async function main() { return typeof console; }'],
    ['a name that is declared here', 'export default async function main(console) { const fetch = console; return fetch; }'],
    ['a name that is imported', `${entry}import { process } from './other.js';\nprocess;`],
    ['a label, a member and a key', `${entry}console: for (;;) { break console; }\n({ console: 1 }).console;`],
  ])('%s is no error', (_what, source) => {
    expect(() => compileSources({ '/main.js': source, '/other.js': 'export const process = 1;' })).not.toThrow();
  });

  test('a CompileError is a data error whose message names places and fixes', () => {
    try {
      compileSources({ '/main.js': `${entry}eval('1');` });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(CompileError);
      expect(error).toMatchObject({ fault: 'data', code: 'compile-error', file: '/main.js', line: 2, column: 1 });
      expect((error as Error).message).toMatch(/^\/main\.js:2:1: `eval` .*; write the code/);
      // The message says what to do, so there is nothing to add.
      expect(error).toMatchObject({ hint: '' });
    }
  });
});
