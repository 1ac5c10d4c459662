import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { declaredResources, DEFAULT_RESOURCES } from '../../../cli/resources.ts';
import { compileProgram, createFileHost, type CompilerHost } from '../../../sandbox/compiler/index.ts';
import { codeBlocks, markdownFiles, ROOT, textOf } from './documents.ts';

interface Program {
  readonly name: string;
  readonly text: string;
}

/** Every block that says it is a program: the README's first one, and those of the guides. */
const programs: readonly Program[] = markdownFiles().flatMap((file) =>
  codeBlocks(textOf(file))
    .filter(({ info }) => info === 'ts program' || (file === 'README.md' && info === 'ts'))
    .map(({ text, line }) => ({ name: `${file}:${line}`, text })),
);

/** Reads one program from memory and everything else from disk. */
function hostFor(entry: string, text: string): CompilerHost {
  const files = createFileHost(ROOT);
  return { ...files, read: (path) => (path === entry ? text : files.read(path)) };
}

function compile({ text }: Program) {
  const entry = join(ROOT, 'program.ts');
  return compileProgram(entry, hostFor(entry, text));
}

const folder = mkdtempSync(join(tmpdir(), 'smart-messages-guide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the type checker says of all programs, with the guest API and nothing else in scope. */
function typeErrors(texts: readonly string[]): string {
  const files = texts.map((text, index) => {
    const file = join(folder, `program-${index}.ts`);
    writeFileSync(file, text);
    return file;
  });
  const config = {
    extends: join(ROOT, 'tsconfig.mobile.json'),
    compilerOptions: { paths: { 'sm/routing/*': [join(ROOT, 'routing/*/index.ts')], 'sm/space': [join(ROOT, 'space/index.ts')] } },
    files: [join(ROOT, 'sandbox/guest/sm.d.ts'), ...files],
    include: [],
  };
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const { stdout } = spawnSync(process.execPath, [join(typescript, 'bin/tsc'), '--noEmit', '-p', folder], { encoding: 'utf8' });
  return stdout;
}

describe('programs in the documentation', () => {
  it('are there', () => {
    expect(programs.filter(({ name }) => name.startsWith('docs/guide/writing')).length).toBeGreaterThan(6);
    expect(programs.filter(({ name }) => name.startsWith('README')).length).toBe(1);
  });

  it.each(programs)('$name compiles without warnings, and declares what there is', (program) => {
    const compiled = compile(program);
    expect(compiled.warnings).toEqual([]);
    expect(declaredResources(compiled.declared, program.name)).toHaveProperty('reads');
  });

  it('pass the type checker', () => expect(typeErrors(programs.map(({ text }) => text))).toBe(''));

  it('would be found wrong', () => {
    const wrong = "import { tags } from 'sm';\nexport default async function wrong() {\n  return tags.look('io:load');\n}\n";
    expect(typeErrors([wrong])).toContain("Property 'look' does not exist");
    expect(() => compile({ name: 'wrong', text: 'export default 1;' })).toThrow('async function');
  });
});

describe('docs/guide/writing-smart-messages.md', () => {
  const guide = textOf('docs/guide/writing-smart-messages.md');

  it('speaks of everything that the guest API exports', () => {
    const types = textOf('sandbox/guest/sm.d.ts');
    const exported = [...types.matchAll(/^ {2}export (?:function|const|class) (\w+)/gm)].map(([, name]) => name!);
    expect(exported.length).toBeGreaterThan(15);
    for (const name of exported) expect(guide, name).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('gives the defaults of the resource table', () => {
    const table = guide.slice(guide.indexOf('| Field | Meaning'), guide.indexOf('It must be a plain literal'));
    for (const field of Object.keys(DEFAULT_RESOURCES)) expect(table).toContain(`\`${field}\``);
    expect(table).toContain(`| ${LIMITS.cpuMsPerSlice} |`);
    expect(table).toContain(`| ${LIMITS.memoryBytesPerSlice / 2 ** 20} MiB |`);
    expect(table).toContain(`| ${LIMITS.lifetimeMs / 3_600_000} hour |`);
    expect(table).toContain(`| ${LIMITS.stateBytes / 2 ** 10} KiB |`);
    expect(table).toContain(`| ${LIMITS.tagsPerFamily} |`);
  });
});

describe.each([
  ['docs/guide/routing.md', 9],
  ['docs/guide/spatial-programming.md', 2],
])('%s', (guide, atLeast) => {
  const rows = [...textOf(guide).matchAll(/^\| `(\w+)` \(`([\w/.]+)`\) \| ([\d,]+) \|/gm)];

  it('has a table of bounds', () => expect(rows.length).toBeGreaterThanOrEqual(atLeast));

  it.each(rows.map(([, name, file, value]) => [name!, file!, value!] as const))('gives the bound %s of %s', (name, file, value) => {
    const [, written] = new RegExp(`const ${name} = ([\\d_]+);`).exec(textOf(file)) ?? [];
    expect(Number(written?.replaceAll('_', ''))).toBe(Number(value.replaceAll(',', '')));
  });
});
