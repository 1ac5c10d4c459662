/** Syntax that cannot become a resumable program, each with what to write instead. */
import type * as t from '@babel/types';
import type { ProblemList } from '../errors.ts';
import { eachChild, isFunctionNode } from '../walk.ts';

/** Notes every refused form below `program`. */
export function refuseUnsupported(program: t.Program, problems: ProblemList): void {
  visit(program, { inFunction: false, inAsync: false }, problems);
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
