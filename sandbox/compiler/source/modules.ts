/** The modules of a program: found by their imports, read, checked against each other. */
import type * as t from '@babel/types';
import { nearest } from '../../../core/suggest.ts';
import { warnUnusedImports } from '../warnings.ts';
import { analyzeModule } from '../scopes/analyze.ts';
import { ProblemList } from '../errors.ts';
import { GUEST_MODULE, HOST_MODULE, HOST_NAMES } from './host-names.ts';
import { moduleInterface, type ModuleInterface } from './module-interface.ts';
import { parseModule } from './parse.ts';
import { refuseUnknownGlobals } from './globals.ts';
import { refuseUnsupported } from './refuse.ts';
import type { Analysis } from '../scopes/scopes.ts';

/** Where source text comes from. Paths are opaque to the compiler. */
export interface CompilerHost {
  /** The text of a module, or undefined when there is none. */
  read(path: string): string | undefined;
  /** The path that `specifier` means in the module at `importer`, or undefined when it means none. */
  resolve(specifier: string, importer: string): string | undefined;
}

export interface SourceModule {
  readonly path: string;
  readonly index: number;
  readonly source: string;
  readonly program: t.Program;
  readonly analysis: Analysis;
  readonly interface: ModuleInterface;
  readonly problems: ProblemList;
  /** Specifier to module, or to the intrinsic one. */
  readonly importMap: Map<string, SourceModule | typeof HOST_MODULE>;
}

/** All modules reachable from an entry, the entry first. */
export class ModuleGraph {
  readonly modules: SourceModule[] = [];
  /** Problems of every module, those that could not be parsed too. */
  readonly problems: ProblemList[] = [];
  private readonly byPath = new Map<string, SourceModule | null>();
  private readonly host: CompilerHost;

  constructor(entry: string, host: CompilerHost) {
    this.host = host;
    const source = host.read(entry);
    if (source === undefined) this.missing(entry);
    else this.load(entry, source);
    for (const module of this.modules) checkImports(module);
  }

  private missing(entry: string): void {
    const problems = new ProblemList(entry);
    problems.errors.push({ file: entry, line: 1, column: 1, reason: 'the entry module cannot be read', fix: 'check the path' });
    this.problems.push(problems);
  }

  private load(path: string, source: string): SourceModule | null {
    const problems = new ProblemList(path);
    this.problems.push(problems);
    this.byPath.set(path, null);
    const parsed = parseModule(path, source, problems);
    if (parsed === undefined) return null;
    const analysis = analyzeModule(parsed.program);
    refuseUnsupported(parsed.program, problems);
    refuseUnknownGlobals(parsed.program, analysis, problems);
    warnUnusedImports(parsed, problems);
    refuseBadAssignments(analysis, problems);
    const found: SourceModule = {
      path,
      index: this.modules.length,
      source,
      program: parsed.program,
      analysis,
      problems,
      interface: moduleInterface(parsed.program, analysis, parsed.typed),
      importMap: new Map(),
    };
    this.byPath.set(path, found);
    this.modules.push(found);
    for (const specifier of found.interface.specifiers) this.follow(found, specifier);
    return found;
  }

  private follow(importer: SourceModule, specifier: string): void {
    const names = importedNames(importer, specifier);
    if (specifier === HOST_MODULE || (specifier === GUEST_MODULE && names.some(({ name }) => HOST_NAMES.has(name))))
      importer.importMap.set(HOST_MODULE, HOST_MODULE);
    if (specifier === HOST_MODULE || (specifier === GUEST_MODULE && names.every(({ name }) => HOST_NAMES.has(name)))) return;
    if (specifier === GUEST_MODULE && names.some(({ name }) => name === '*')) return;
    const at = names[0]?.node ?? importer.program;
    const path = this.host.resolve(specifier, importer.path);
    const source = path === undefined || this.byPath.has(path) ? '' : this.host.read(path);
    if (path === undefined || source === undefined) {
      importer.problems.error(at, `cannot find module '${specifier}'`, "import a file by its relative path, or 'sm', or 'sm/routing/...'");
      return;
    }
    const module = this.byPath.has(path) ? this.byPath.get(path) : this.load(path, source);
    if (module) importer.importMap.set(specifier, module);
  }
}

/** The names a module takes from a specifier, with the places that take them. */
function importedNames(module: SourceModule, specifier: string): { name: string; node: t.Node }[] {
  const { imports, exports, stars } = module.interface;
  return [
    ...imports.flatMap((entry) => (entry.specifier === specifier ? [{ name: entry.imported ?? '', node: entry.node }] : [])),
    ...exports.flatMap((entry) =>
      entry.from === 'module' && entry.specifier === specifier ? [{ name: entry.imported, node: entry.node }] : [],
    ),
    ...stars.flatMap((entry) => (entry.specifier === specifier ? [{ name: '*', node: entry.node }] : [])),
  ];
}

function checkImports(module: SourceModule): void {
  for (const specifier of module.interface.specifiers) {
    for (const { name, node } of importedNames(module, specifier)) {
      if (name === '*' && (specifier === GUEST_MODULE || specifier === HOST_MODULE))
        module.problems.error(
          node,
          `'${specifier}' cannot be imported as a whole`,
          `name what you need: \`import { tags, sleep } from '${specifier}'\``,
        );
      else if (name !== '' && name !== '*') checkName(module, specifier, name, node);
    }
  }
}

function checkName(module: SourceModule, specifier: string, name: string, node: t.Node): void {
  if ((specifier === GUEST_MODULE || specifier === HOST_MODULE) && HOST_NAMES.has(name)) return;
  const target = module.importMap.get(specifier);
  if (specifier !== HOST_MODULE && (target === undefined || target === HOST_MODULE || findExport(target, name) !== undefined)) return;
  const known = [
    ...(specifier === HOST_MODULE || specifier === GUEST_MODULE ? HOST_NAMES : []),
    ...(target === undefined || target === HOST_MODULE ? [] : exportNames(target)),
  ];
  const near = nearest(name, known);
  const list = known.length === 0 ? 'export it there' : `it exports ${known.join(', ')}`;
  module.problems.error(
    node,
    `'${specifier}' exports no \`${name}\``,
    near === undefined ? list : `did you mean \`${near}\`? ${capitalised(list)}`,
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Where an exported name comes from: the module that has it, looking through `export *`. */
export function findExport(module: SourceModule, name: string, seen: Set<SourceModule> = new Set()): SourceModule | undefined {
  if (seen.has(module)) return undefined;
  seen.add(module);
  if (module.interface.exports.some((entry) => entry.name === name)) return module;
  if (name === 'default') return undefined;
  for (const { specifier } of module.interface.stars) {
    const target = module.importMap.get(specifier);
    if (target !== undefined && target !== HOST_MODULE && findExport(target, name, seen) !== undefined) return module;
  }
  return undefined;
}

/** All names a module exports, those of `export *` included. */
export function exportNames(module: SourceModule, seen: Set<SourceModule> = new Set()): Set<string> {
  if (seen.has(module)) return new Set();
  seen.add(module);
  const names = new Set(module.interface.exports.map((entry) => entry.name));
  for (const { specifier } of module.interface.stars) {
    const target = module.importMap.get(specifier);
    if (target !== undefined && target !== HOST_MODULE)
      for (const name of exportNames(target, seen)) if (name !== 'default') names.add(name);
  }
  return names;
}

function refuseBadAssignments(analysis: Analysis, problems: ProblemList): void {
  for (const { node, binding } of analysis.badAssignments) {
    if (binding.kind === 'import')
      problems.error(node, `\`${node.name}\` is an import and cannot be assigned`, 'export a function from the other module that sets it');
    else
      problems.error(
        node,
        `\`${node.name}\` is constant and cannot be assigned`,
        binding.kind === 'const' ? 'declare it with `let`' : 'use a variable of another name',
      );
  }
}
