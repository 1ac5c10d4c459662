import { posix } from 'node:path';
import {
  type CompiledBrick,
  type CompiledProgram,
  CompileError,
  type CompileProblem,
  compileProgram,
} from '../../../../sandbox/compiler/index.ts';

/** Modules by path; relative imports and `sm` (the path `/sm.ts`) resolve among them. */
export type Sources = Readonly<Record<string, string>>;

export function compileSources(sources: Sources, entry = '/main.js'): CompiledProgram {
  return compileProgram(entry, {
    read: (path) => sources[path],
    resolve: (specifier, importer) => {
      const path = specifier === 'sm' ? '/sm.ts' : posix.resolve(posix.dirname(importer), specifier);
      return path in sources ? path : undefined;
    },
  });
}

/** Compiles one module whose lines are given; the entry function need not be among them. */
export function compileModule(source: string, path = '/main.js'): CompiledBrick {
  const [brick] = compileSources({ [path]: source }, path).bricks;
  if (brick === undefined) throw new Error('a program has at least one brick');
  return brick;
}

/** The problems of a program that must not compile. */
export function problemsOf(sources: Sources, entry = '/main.js'): readonly CompileProblem[] {
  try {
    compileSources(sources, entry);
  } catch (error) {
    if (error instanceof CompileError) return error.problems;
    throw error;
  }
  throw new Error('the program compiles');
}

/** The live variables at each suspension of a function, by its line. */
export function liveByLine(brick: CompiledBrick, name: string): Record<number, readonly string[]> {
  const found = brick.functions.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return Object.fromEntries(found.suspensionPoints.map(({ line, live }) => [line, live.toSorted()]));
}
