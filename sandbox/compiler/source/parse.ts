/** Source text to syntax tree, without types. */
import type { ParserPlugin } from '@babel/parser';
import type * as t from '@babel/types';
import { babelParser } from '../babel.ts';
import type { ProblemList } from '../errors.ts';
import { walk } from '../walk.ts';
import { stripTypes } from './strip-types.ts';

export interface ParsedModule {
  readonly program: t.Program;
  /** True when imports that are used only as types vanish, as in TypeScript. */
  readonly typed: boolean;
  /** The words outside imports, those of types too. */
  readonly words: ReadonlySet<string>;
}

/** Returns undefined, with the problem noted, when the text is not a module. */
export function parseModule(path: string, source: string, problems: ProblemList): ParsedModule | undefined {
  const typed = /\.[cm]?tsx?$/.test(path);
  // JSX and decorators are parsed only in order to be refused with a better message than a syntax error.
  const plugins: ParserPlugin[] = [
    'decorators',
    ...(typed ? (['typescript'] as const) : []),
    ...(typed && !path.endsWith('x') ? [] : (['jsx'] as const)),
  ];
  let program: t.Program;
  try {
    program = babelParser().parse(source, { sourceType: 'module', plugins, attachComment: false }).program;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { loc } = error as SyntaxError & { loc?: { line: number; column: number } };
    problems.errors.push({
      file: problems.file,
      line: loc?.line ?? 1,
      column: (loc?.column ?? 0) + 1,
      reason: `syntax error: ${error.message.replace(/ \(\d+:\d+\)$/, '').replace(/\.$/, '')}`,
      fix: 'correct the syntax',
    });
    return undefined;
  }
  const words = wordsOutsideImports(program);
  if (typed) stripTypes(program, problems);
  return { program, typed, words };
}

function wordsOutsideImports(program: t.Program): ReadonlySet<string> {
  const words = new Set<string>();
  walk(program, (node) => {
    if (node.type === 'Identifier' || node.type === 'JSXIdentifier') words.add(node.name);
    return node.type !== 'ImportDeclaration';
  });
  return words;
}
