/** Reads one YAML document with a schema: typed data, or every problem with file, line and column. */
import { MisuseError } from '../../core/errors.ts';
import { INVALID, type Schema } from './schema.ts';
import { parseYaml, type Problem } from './yaml.ts';

/** How many problems are reported; more would hide the first ones. */
const PROBLEMS_SHOWN = 50;

export interface Reading<T> {
  /** Undefined when there are problems. */
  readonly value: T | undefined;
  /** In order of place. */
  readonly problems: readonly Problem[];
}

export function readDocument<T>(text: string, schema: Schema<T>): Reading<T> {
  const problems: Problem[] = [];
  const report = (at: Problem['at'], path: string, message: string) => {
    if (problems.length < PROBLEMS_SHOWN) problems.push({ at, path, message });
  };
  const tree = parseYaml(text, report);
  const value = tree === undefined ? INVALID : schema.read(tree, '', report);
  problems.sort((left, right) => left.at.line - right.at.line || left.at.column - right.at.column);
  return { value: value === INVALID || problems.length > 0 ? undefined : value, problems };
}

/** One line per problem, in the form that editors jump to: `file:line:column: path message`. */
export function formatProblem(file: string, problem: Problem): string {
  const subject = problem.path === '' ? '' : `${problem.path} `;
  return `${file}:${problem.at.line}:${problem.at.column}: ${subject}${problem.message}`;
}

/** The value, or a MisuseError with `code` whose message lists every problem. */
export function requireValid<T>(reading: Reading<T>, file: string, code: string): T {
  if (reading.value !== undefined) return reading.value;
  const lines = reading.problems.map((problem) => formatProblem(file, problem));
  throw new MisuseError(code, lines.join('\n'), { hint: `Correct ${file} at the places named.` });
}
