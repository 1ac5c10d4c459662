import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import type { SourceProgram } from './program.ts';

/** One language-feature program: a file directly inside `fixtures/<area>/`. Deeper folders hold the modules it imports. */
export interface Fixture {
  /** `area/case`, the name of its test. */
  readonly name: string;
  readonly path: string;
  /** The file name ends in `.throws`: the program is meant to end with an uncaught error. */
  readonly throws: boolean;
}

export const fixturesFolder = resolve(import.meta.dirname, 'fixtures');

/** Every fixture, in a stable order. The folder `lib` holds helpers only. */
export function listFixtures(): Fixture[] {
  const areas = readdirSync(fixturesFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'lib');
  return areas
    .flatMap((area) =>
      readdirSync(join(fixturesFolder, area.name), { withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name))
        .map((entry) => {
          const stem = entry.name.replace(/\.[jt]s$/, '');
          return { name: `${area.name}/${stem}`, path: join(fixturesFolder, area.name, entry.name), throws: stem.endsWith('.throws') };
        }),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The path an import leads to, or undefined for the guest API and for what does not exist. */
export function resolveImport(specifier: string, importer: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = resolve(dirname(importer), specifier);
  return existsSync(path) ? path : undefined;
}

const importPattern = /(?:\bfrom|\bimport)\s*(['"])(\.[^'"]+)\1/g;

/** Reads a fixture and the modules it reaches, as written (types included). */
export function readModules(entry: string): Record<string, string> {
  const modules: Record<string, string> = {};
  const visit = (path: string): void => {
    if (modules[path] !== undefined) return;
    const source = readFileSync(path, 'utf8');
    modules[path] = source;
    for (const match of source.matchAll(importPattern)) {
      const target = resolveImport(match[2]!, path);
      if (target === undefined) throw new Error(`${relative(fixturesFolder, path)} imports ${match[2]}, which does not exist`);
      visit(target);
    }
  };
  visit(entry);
  return modules;
}

/** Types removed by a tool that is not ours, so that an error in our own removal of types shows up as a difference. */
export function stripTypes(program: SourceProgram): SourceProgram {
  const modules = Object.entries(program.modules).map(([path, source]) => [
    path,
    path.endsWith('.ts')
      ? transformSync(source, { loader: 'ts', target: 'esnext', tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } } }).code
      : source,
  ]);
  return { ...program, modules: Object.fromEntries(modules) as Record<string, string> };
}
