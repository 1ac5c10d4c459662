/** Names that nobody declares: those of the language, and those that other platforms have and nodes have not. */
import type * as t from '@babel/types';
import { nearest } from '../../../core/suggest.ts';
import type { ProblemList } from '../errors.ts';
import type { Analysis } from '../scopes/scopes.ts';
import { walk } from '../walk.ts';
import { HOST_NAMES } from './host-names.ts';

/** What a program finds on every node without importing it. A test compares the list with the sandbox. */
export const NODE_GLOBALS: ReadonlySet<string> = new Set(
  `globalThis undefined NaN Infinity
  Object Array Number Boolean String Symbol BigInt Math JSON Reflect Proxy Date RegExp Map Set WeakMap WeakSet Promise Iterator
  Error EvalError RangeError ReferenceError SyntaxError TypeError URIError InternalError AggregateError
  parseInt parseFloat isNaN isFinite escape unescape decodeURI decodeURIComponent encodeURI encodeURIComponent queueMicrotask
  ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
  BigInt64Array BigUint64Array Float16Array Float32Array Float64Array`.split(/\s+/),
);

const useLog = "write `log.info(...)` with `import { log } from 'sm'`; `sm logs` shows it";
const useSleep = "write `await sleep(ms)` with `import { sleep } from 'sm'`";
const useBytes = 'use a Uint8Array';
const useTags = 'a program knows the world by tags: read what a node offers with `tags.read` or `sense`';
const useSelf = "use `self` of 'sm' to learn where the program is, and the arguments of the entry function for settings";

/** What to write instead of globals that authors may be used to. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  eval: 'write the code as a function of the module',
  Function: 'write the code as a function of the module',
  WeakRef: 'keep an ordinary reference',
  FinalizationRegistry: 'release things explicitly',
  SharedArrayBuffer: 'use an ArrayBuffer',
  Atomics: 'no other thread sees the data of a program',
  Buffer: useBytes,
  Blob: useBytes,
  setTimeout: useSleep,
  setImmediate: useSleep,
  clearTimeout: useSleep,
  clearInterval: useSleep,
  setInterval: "write a loop with `await sleep(ms)` and `import { sleep } from 'sm'`",
  require: 'write an `import` at the top of the module',
  module: 'write `export`',
  exports: 'write `export`',
  console: useLog,
  print: useLog,
  alert: useLog,
  fetch: useTags,
  XMLHttpRequest: useTags,
  WebSocket: useTags,
  process: useSelf,
  window: useSelf,
  document: useSelf,
  navigator: useSelf,
  global: 'keep state in variables of the module',
  performance: "use `now()` of 'sm'",
  crypto: "use `random()` of 'sm'",
  structuredClone: 'copy the members that you need',
  Intl: 'format the text yourself, or where the result is shown',
  arguments: 'write a rest parameter such as `...values`',
};

const REASONS: Readonly<Record<string, string>> = {
  Function: 'the `Function` constructor does not exist on a node',
  WeakRef: '`WeakRef` does not exist on a node: what it sees depends on garbage collection',
  FinalizationRegistry: '`FinalizationRegistry` does not exist on a node: what it sees depends on garbage collection',
  SharedArrayBuffer: '`SharedArrayBuffer` does not exist on a node: a program shares no memory',
  arguments: '`arguments` exists only in functions that are no arrows',
};

/** Notes the first use of every name that means nothing on a node. To ask for its type is no use. */
export function refuseUnknownGlobals(program: t.Program, analysis: Analysis, problems: ProblemList): void {
  const askedOnly = new Set<t.Node>();
  walk(program, (node) => {
    if (node.type === 'UnaryExpression' && node.operator === 'typeof') askedOnly.add(node.argument);
  });
  const told = new Set<string>();
  for (const reference of analysis.globals) {
    const { name } = reference;
    if (NODE_GLOBALS.has(name) || askedOnly.has(reference) || told.has(name)) continue;
    told.add(name);
    problems.error(reference, reasonAgainst(name), fixFor(name, analysis));
  }
}

function reasonAgainst(name: string): string {
  if (Object.hasOwn(REASONS, name)) return REASONS[name] as string;
  return Object.hasOwn(REPLACEMENTS, name) ? `\`${name}\` does not exist on a node` : `\`${name}\` is not declared`;
}

function fixFor(name: string, analysis: Analysis): string {
  if (Object.hasOwn(REPLACEMENTS, name)) return REPLACEMENTS[name] as string;
  if (HOST_NAMES.has(name)) return `write \`import { ${name} } from 'sm'\``;
  const near = nearest(name, [...analysis.mentioned].filter((each) => isDeclared(each, analysis)).concat(...NODE_GLOBALS, ...HOST_NAMES));
  // Of one or two letters anything is near.
  return near === undefined || name.length < 3
    ? 'declare it, or import it'
    : `did you mean \`${near}\`? Otherwise declare it, or import it`;
}

function isDeclared(name: string, { scopes }: Analysis): boolean {
  for (const { bindings } of scopes.values()) if (bindings.has(name)) return true;
  return false;
}
