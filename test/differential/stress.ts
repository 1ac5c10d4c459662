import { parse } from '@babel/parser';
import { traverseFast } from '@babel/types';
import type { SourceProgram } from './program.ts';

/** Waits for the value with the meaning of `await`, and makes the whole program stand still once more after it is there. */
const suspendingAwait = `
import { sleep as stressSleep } from 'sm';
async function stressedAwait(value) { try { return await value; } finally { await stressSleep(0); } }
`;

/**
 * Rewrites every `await x` of a module to `await stressedAwait(x)`, so that each await is a capture and a restore even when
 * its value is already there. The rewriting happens on the source, before either way of running it: both runs see the
 * same program, so what they must agree on stays exact. Positions move within a line, lines do not.
 *
 * @throws SyntaxError when the module does not parse.
 */
export function stressModule(source: string): string {
  const tree = parse(source, { sourceType: 'module', plugins: ['typescript'], createParenthesizedExpressions: true });
  const edits: { at: number; text: string }[] = [];
  traverseFast(tree, (node) => {
    if (node.type !== 'AwaitExpression') return;
    edits.push({ at: node.argument.start!, text: 'stressedAwait(' }, { at: node.argument.end!, text: ')' });
  });
  if (edits.length === 0) return source;
  edits.sort((a, b) => a.at - b.at);
  let result = '';
  let copied = 0;
  for (const { at, text } of edits) {
    result += source.slice(copied, at) + text;
    copied = at;
  }
  return result + source.slice(copied) + suspendingAwait;
}

/** The same program with every `await` of every module suspending. */
export function stress(program: SourceProgram): SourceProgram {
  const modules = Object.entries(program.modules).map(([path, source]) => [path, stressModule(source)]);
  return { ...program, modules: Object.fromEntries(modules) as Record<string, string> };
}

const instantPath = '/instant-sleep.js';

/** The same program with a `sleep` that never leaves the slice: what is compiled, without any capture. */
export function withoutSuspensions(program: SourceProgram): SourceProgram {
  const modules = Object.entries(program.modules).map(([path, source]) => [
    path,
    source.replaceAll(/(\bfrom\s*)(['"])sm\2/g, `$1'${instantPath}'`),
  ]);
  return {
    ...program,
    modules: { ...(Object.fromEntries(modules) as Record<string, string>), [instantPath]: 'export async function sleep() {}\n' },
  };
}
