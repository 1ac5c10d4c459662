/** Syntax that cannot become a resumable program, each with what to write instead. */
import type * as t from '@babel/types';
import type { ProblemList } from '../errors.ts';
import { eachChild, isFunctionNode } from '../walk.ts';

const REMOVED_GLOBALS: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  eval: ['`eval` does not exist on a node', 'write the code as a function of the module'],
  Function: ['the `Function` constructor does not exist on a node', 'write the code as a function of the module'],
  WeakRef: ['`WeakRef` does not exist on a node: what it sees depends on garbage collection', 'keep an ordinary reference'],
  FinalizationRegistry: [
    '`FinalizationRegistry` does not exist on a node: what it sees depends on garbage collection',
    'release things explicitly',
  ],
  SharedArrayBuffer: ['`SharedArrayBuffer` does not exist on a node: a program shares no memory', 'use an ArrayBuffer'],
  setTimeout: ['`setTimeout` does not exist on a node', "write `await sleep(ms)` with `import { sleep } from 'sm'`"],
  setInterval: ['`setInterval` does not exist on a node', "write a loop with `await sleep(ms)` and `import { sleep } from 'sm'`"],
  require: ['`require` does not exist on a node', 'write an `import` at the top of the module'],
};

/** Notes every refused form below `program`. */
export function refuseUnsupported(program: t.Program, problems: ProblemList): void {
  visit(program, { inFunction: false, inAsync: false }, problems);
}

/** Notes uses of globals that nodes take away; `globals` are the unresolved references of the module. */
export function refuseRemovedGlobals(globals: readonly t.Identifier[], problems: ProblemList): void {
  for (const reference of globals) {
    const removed = Object.hasOwn(REMOVED_GLOBALS, reference.name) ? REMOVED_GLOBALS[reference.name] : undefined;
    if (removed !== undefined) problems.error(reference, removed[0], removed[1]);
  }
}

interface Surroundings {
  readonly inFunction: boolean;
  readonly inAsync: boolean;
}

function visit(node: t.Node, around: Surroundings, problems: ProblemList): void {
  let inner = around;
  if (isFunctionNode(node)) {
    if (node.async && node.generator)
      problems.error(node, 'async generators are not supported', 'return an array, or take an async function that is called for each item');
    inner = { inFunction: true, inAsync: node.async ?? false };
  } else if (node.type === 'StaticBlock' || node.type === 'ClassProperty' || node.type === 'ClassPrivateProperty') {
    inner = { inFunction: true, inAsync: false };
  }
  refuseNode(node, around, problems);
  eachChild(node, (child) => visit(child, inner, problems));
}

function refuseNode(node: t.Node, around: Surroundings, problems: ProblemList): void {
  switch (node.type) {
    case 'AwaitExpression':
      if (!around.inFunction) problems.error(node, 'top-level await is not supported', 'move it into the exported async function');
      return;
    case 'ForOfStatement':
      if (node.await)
        problems.error(node, '`for await` is not supported', 'write `for (const item of items) { const value = await item; ... }`');
      return;
    case 'VariableDeclaration':
      if (node.kind === 'using' || node.kind === 'await using')
        problems.error(node, '`using` declarations are not supported', 'write try and finally');
      return;
    case 'ImportExpression':
      problems.error(node, 'dynamic import is not supported', 'write an `import` at the top of the module');
      return;
    case 'CallExpression':
      if (node.callee.type === 'Import')
        problems.error(node, 'dynamic import is not supported', 'write an `import` at the top of the module');
      return;
    case 'MetaProperty':
      if (node.meta.name === 'import')
        problems.error(node, '`import.meta` is not supported: a brick has no address', "use `self` of 'sm' to learn where the program is");
      return;
    case 'WithStatement':
      problems.error(node, '`with` is not supported', 'name the object at each use');
      return;
    case 'Decorator':
      problems.error(node, 'decorators are not supported', 'call the function on the class after its definition');
      return;
    case 'JSXElement':
    case 'JSXFragment':
      problems.error(node, 'JSX is not supported', 'write function calls');
      return;
    case 'ClassAccessorProperty':
      problems.error(node, '`accessor` fields are not supported', 'write a private field with a getter and a setter');
      return;
    default:
  }
}
