import type { RandomProgram } from '../generator.ts';
import { indent, inner, type Scope, topScope } from './scope.ts';
import { StatementRenderer } from './statements.ts';

/** Helpers of every random program. `tick` bounds what one program may do. */
const support = `import { sleep } from 'sm';
export const log = [];
export const kept = [];
let fuel = 300;
export function refuel(amount) {
  fuel = amount;
}
export function tick() {
  if (--fuel < 0) throw new Error('out of fuel');
}
export async function hop(value, ms = 0) {
  tick();
  await sleep(ms);
  return value;
}
export const sum = (...numbers) => numbers.reduce((x, y) => x + y, 0);
export const tag = (strings, ...values) => strings.length + sum(...values);
`;

const importSupport = `import { hop, kept, log, refuel, sum, tag, tick } from './support.js';\n`;

const entryFunction = `export default async function main() {
  const result = await run();
  refuel(200);
  for (const closure of kept) {
    try {
      log.push(await closure(m));
    } catch (error) {
      log.push('closure threw ' + error.message);
    }
  }
  return [...log, result, m, n].map(String);
}
`;

export const entryPath = '/program/main.js';

/**
 * Turns a random tree into the modules of a program. Every expression is a number (NaN and infinities included), every loop
 * is bounded, and names are used only after their declaration, so that what a run observes is decided by the language alone.
 */
export function renderProgram(program: RandomProgram): Readonly<Record<string, string>> {
  const renderer = new StatementRenderer();
  const moduleScope = topScope('sync', ['m', 'n']);
  const declarations = `let m = 3, n = 4;\n${renderer.statements(program.declarations, moduleScope)}\n`;
  const declared = [moduleScope.functions, moduleScope.asyncFunctions, moduleScope.generators, moduleScope.classes].flat();
  const names = ['m', 'n', ...declared, ...moduleScope.instances, ...moduleScope.iterators].join(', ');
  const runs = renderRun(program, renderer, moduleScope);
  const modules: Record<string, string> = { '/program/support.js': support };
  if (program.split) {
    modules['/program/library.js'] = `${importSupport}${declarations}export { ${names} };\n`;
    modules[entryPath] = `${importSupport}import { ${names} } from './library.js';\n${runs}${entryFunction}`;
  } else {
    modules[entryPath] = `${importSupport}${declarations}${runs}${entryFunction}`;
  }
  return modules;
}

function renderRun(program: RandomProgram, renderer: StatementRenderer, moduleScope: Scope): string {
  const own: Scope = { ...inner(moduleScope), mode: 'async', canReturn: true };
  // What is imported can be read, not assigned.
  if (program.split) own.numbers.splice(0, own.numbers.length, { name: 'm', mutable: false }, { name: 'n', mutable: false });
  own.numbers.push({ name: 'a', mutable: true }, { name: 'b', mutable: true });
  return `async function run() {
  let a = 1, b = 2;
  try {
${indent(renderer.statements(program.body, inner(own)), 2)}
  } catch (error) {
    log.push('run caught ' + error.message);
  } finally {
    log.push('run ends', a, b);
  }
}
`;
}

/** The program as one text for people. */
export function programText(modules: Readonly<Record<string, string>>): string {
  return Object.entries(modules)
    .map(([path, source]) => `// ${path}\n${source}`)
    .join('\n');
}
