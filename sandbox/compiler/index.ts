/**
 * The compiler of Smart Messages: TypeScript or JavaScript modules in, bricks and an import map out. Author side only.
 * Each asynchronous function and generator becomes a resumable step; see `sandbox/guest/abi.ts` for what a brick is.
 */
import { createHash } from 'node:crypto';
import type * as t from '@babel/types';
import { LIMITS } from '../../core/limits.ts';
import { babelGenerate } from './babel.ts';
import type { CompiledFunction, FunctionRegion } from './brick-context.ts';
import { declaredResources } from './source/declared.ts';
import { emitModule } from './emit-module.ts';
import { CompileError, type CompileProblem, type CompileWarning, throwIfAny } from './errors.ts';
import { type CompilerHost, findExport, ModuleGraph, type SourceModule } from './source/modules.ts';
import { pointNumber, type ProgramMaps } from './source-map.ts';
import { isFunctionNode } from './walk.ts';
import { warnAwaits } from './warnings.ts';

export { CompileError, type CompileProblem, type CompileWarning } from './errors.ts';
export { createFileHost } from './source/file-host.ts';
export type { CompilerHost } from './source/modules.ts';
export { PlaceTranslator, type ProgramMaps, type TranslatedPlace, translatePlace } from './source-map.ts';

/** Part of every manifest: bricks of different versions may differ in their contract with the runtime. */
export const COMPILER_VERSION = '1';

export interface CompiledBrick {
  /** The brick: one JavaScript expression. */
  readonly code: string;
  /** SHA-256 of its UTF-8 bytes, in hex. */
  readonly hash: string;
  /** The author's path of the module. Stays with the author. */
  readonly name: string;
  /** Specifier to brick index, or to the intrinsic module. */
  readonly imports: Readonly<Record<string, number | 'sm:host'>>;
  /** The source map, version 3. Stays with the author. */
  readonly map: ProgramMaps[number]['map'];
  readonly functions: readonly CompiledFunction[];
  /** The author's functions with their extent. Stays with the author. */
  readonly regions: readonly FunctionRegion[];
  readonly sizeBytes: number;
}

export interface CompiledProgram {
  /** Index of the entry brick. */
  readonly entry: number;
  readonly bricks: readonly CompiledBrick[];
  /** Per brick, what the manifest's import map says. */
  readonly importMap: readonly Readonly<Record<string, number | 'sm:host'>>[];
  readonly maps: ProgramMaps;
  readonly warnings: readonly CompileWarning[];
  readonly compilerVersion: string;
  /** The value of `export const resources` in the entry module, as the author wrote it. */
  readonly declared: Readonly<Record<string, unknown>> | null;
}

/**
 * Compiles the program whose entry module is at `entry`, with everything it imports.
 * Throws {@link CompileError} with all problems found.
 */
export function compileProgram(entry: string, host: CompilerHost): CompiledProgram {
  try {
    return compile(entry, host);
  } catch (error) {
    // The compiler recurses as deeply as the program is nested.
    if (!(error instanceof RangeError && /call stack/i.test(error.message))) throw error;
    const reason = `the program is nested too deeply: ${error.message}`;
    throw new CompileError([{ file: entry, line: 1, column: 1, reason, fix: 'break up its deepest expression' }]);
  }
}

function compile(entry: string, host: CompilerHost): CompiledProgram {
  const graph = new ModuleGraph(entry, host);
  const [first] = graph.modules;
  if (first !== undefined) checkEntry(first);
  const declared = first === undefined ? null : declaredResources(first);
  throwIfAny(graph.problems.flatMap((each) => each.errors));
  const unused = declared !== null && declared.binding.references <= 1 ? new Set([declared.binding]) : new Set<never>();
  const bricks = graph.modules.map((module) => compileModule(module, unused));
  throwIfAny([...graph.problems.flatMap((each) => each.errors), ...sizeProblems(entry, bricks)]);
  return {
    entry: 0,
    bricks,
    importMap: bricks.map((brick) => brick.imports),
    maps: bricks.map(({ name, map, regions, functions }) => ({ file: name, map, regions, points: pointsOf(functions) })),
    warnings: graph.problems.flatMap((each) => each.warnings),
    compilerVersion: COMPILER_VERSION,
    declared: declared?.value ?? null,
  };
}

function compileModule(module: SourceModule, unused: Parameters<typeof emitModule>[1]): CompiledBrick {
  warnAwaits(module.program, module.analysis, module.problems);
  const { program, functions, regions } = emitModule(module, unused);
  const output = babelGenerate()(program, {
    minified: true,
    comments: false,
    sourceMaps: true,
    sourceFileName: 'module',
    jsescOption: { minimal: true },
  });
  const code = output.code.replace(/;$/, '');
  const { mappings = '', names = [] } = output.map ?? {};
  return {
    code,
    hash: createHash('sha256').update(code, 'utf8').digest('hex'),
    name: module.path,
    imports: Object.fromEntries(
      [...module.importMap].map(([specifier, target]) => [specifier, target === 'sm:host' ? target : target.index]),
    ),
    map: { version: 3, mappings, sources: ['module'], names },
    functions: functions.map((each) => ({ ...each, suspensionPoints: each.suspensionPoints.toSorted((a, b) => a.pc - b.pc) })),
    regions,
    sizeBytes: Buffer.byteLength(code, 'utf8'),
  };
}

function pointsOf(functions: readonly CompiledFunction[]): ProgramMaps[number]['points'] {
  return Object.fromEntries(
    functions.flatMap(({ fn, suspensionPoints }) =>
      suspensionPoints.map(({ pc, line, column }): [number, readonly [number, number]] => [pointNumber(fn, pc), [line, column]]),
    ),
  );
}

/** A program starts by calling the default export of its entry module, which must be able to suspend. */
function checkEntry(module: SourceModule): void {
  const fix = 'write `export default async function main(args) { ... }`';
  const entry = module.interface.exports.find((each) => each.name === 'default');
  if (entry === undefined || findExport(module, 'default') === undefined) {
    module.problems.error(module.program, 'the entry module has no default export', fix);
    return;
  }
  // What comes from another module is looked at when it is called.
  if (entry.from === 'module' || (entry.from === 'local' && entry.binding.kind === 'import')) return;
  const node = entry.from === 'default' ? entry.node.declaration : (initialValue(module, entry.binding.node) ?? entry.binding.node);
  if (!isFunctionNode(node) || !node.async)
    module.problems.error(entry.node, 'the default export of the entry module is not an async function', fix);
}

/** The function that a top-level `const name = ...` holds. */
function initialValue(module: SourceModule, name: unknown): t.Node | null {
  for (const node of module.program.body) {
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const declarator of declaration.declarations) if (declarator.id === name) return declarator.init ?? null;
  }
  return null;
}

function sizeProblems(entry: string, bricks: readonly CompiledBrick[]): CompileProblem[] {
  const problem = (file: string, reason: string, fix: string): CompileProblem => ({ file, line: 1, column: 1, reason, fix });
  const large = bricks
    .filter((brick) => brick.sizeBytes > LIMITS.brickBytes)
    .map((brick) =>
      problem(brick.name, `the brick has ${brick.sizeBytes} bytes, more than the ${LIMITS.brickBytes} that nodes take`, 'split the module'),
    );
  const total = bricks.reduce((sum, brick) => sum + brick.sizeBytes, 0);
  if (total > LIMITS.programBytes)
    large.push(
      problem(
        entry,
        `the program has ${total} bytes of code, more than the ${LIMITS.programBytes} that nodes take`,
        'leave out modules it does not need',
      ),
    );
  if (bricks.length > LIMITS.bricksPerProgram)
    large.push(
      problem(entry, `the program has ${bricks.length} modules, more than the ${LIMITS.bricksPerProgram} that nodes take`, 'join modules'),
    );
  return large;
}
