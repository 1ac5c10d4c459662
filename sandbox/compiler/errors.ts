/** What the compiler says about an author's program: errors that stop it and warnings that do not. */
import type * as t from '@babel/types';
import { DataError } from '../../core/errors.ts';

/** One finding, at a place in the author's file. Lines and columns count from 1. */
export interface CompileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, one clause. */
  readonly reason: string;
  /** What to write instead, one sentence. */
  readonly fix: string;
}

export type CompileWarning = CompileProblem & {
  readonly kind: 'unawaited-call' | 'uncapturable-local' | 'needless-await' | 'unused-import';
};

/** Everything that keeps a program from being compiled, reported together. The fields describe the first problem. */
export class CompileError extends DataError {
  readonly problems: readonly CompileProblem[];
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  readonly fix: string;

  constructor(problems: readonly [CompileProblem, ...CompileProblem[]]) {
    super('compile-error', problems.map(describeProblem).join('\n'));
    this.problems = problems;
    const [first] = problems;
    this.file = first.file;
    this.line = first.line;
    this.column = first.column;
    this.reason = first.reason;
    this.fix = first.fix;
  }
}

/** `file:line:column: reason; fix`, the form editors and terminals make clickable. */
export function describeProblem(problem: CompileProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.reason}; ${problem.fix}`;
}

/** Collects the findings about one module. */
export class ProblemList {
  readonly file: string;
  readonly errors: CompileProblem[] = [];
  readonly warnings: CompileWarning[] = [];

  constructor(file: string) {
    this.file = file;
  }

  error(node: t.Node, reason: string, fix: string): void {
    this.errors.push({ ...this.place(node), reason, fix });
  }

  warn(kind: CompileWarning['kind'], node: t.Node, reason: string, fix: string): void {
    this.warnings.push({ kind, ...this.place(node), reason, fix });
  }

  private place(node: t.Node): { file: string; line: number; column: number } {
    const start = node.loc?.start;
    return { file: this.file, line: start?.line ?? 1, column: (start?.column ?? 0) + 1 };
  }
}

/** Throws the errors of all modules as one {@link CompileError}, if there are any. */
export function throwIfAny(errors: readonly CompileProblem[]): void {
  const [first, ...others] = errors;
  if (first !== undefined) throw new CompileError([first, ...others]);
}
