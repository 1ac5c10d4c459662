/** Which names a piece of code declares, and where JavaScript puts them. */
import type * as t from '@babel/types';
import { type BindingKind, declareBinding, type Scope } from './scopes.ts';
import { eachChild, isFunctionNode } from '../walk.ts';

/** The identifiers that a pattern, assignment target or declaration binds or assigns. */
export function collectNames(target: t.Node): t.Identifier[] {
  switch (target.type) {
    case 'Identifier':
      return [target];
    case 'ObjectPattern':
      return target.properties.flatMap((member) => collectNames(member.type === 'RestElement' ? member.argument : member.value));
    case 'ArrayPattern':
      return target.elements.flatMap((element) => (element === null ? [] : collectNames(element)));
    case 'AssignmentPattern':
      return collectNames(target.left);
    case 'RestElement':
      return collectNames(target.argument);
    case 'VariableDeclaration':
      return target.declarations.flatMap((declarator) => collectNames(declarator.id));
    default:
      return [];
  }
}

/** Declares what the body of a function, static block or module declares: its `var`s at any depth and its own lexical names. */
export function declareBody(body: readonly t.Statement[], scope: Scope): void {
  declareLexical(body, scope);
  for (const statement of body) declareVars(statement, scope);
}

/** Declares the `let`, `const`, class and function names of one statement list, and the imports of a module. */
export function declareLexical(statements: readonly t.Node[], scope: Scope): void {
  for (const statement of statements) {
    switch (statement.type) {
      case 'VariableDeclaration':
        if (statement.kind !== 'var')
          for (const name of collectNames(statement)) declareBinding(scope, name.name, statement.kind as BindingKind, name);
        break;
      case 'FunctionDeclaration':
        if (statement.id) declareBinding(scope, statement.id.name, 'function', statement);
        break;
      case 'ClassDeclaration':
        if (statement.id) declareBinding(scope, statement.id.name, 'class', statement);
        break;
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
        if (statement.declaration) declareLexical([statement.declaration], scope);
        break;
      case 'ImportDeclaration':
        for (const specifier of statement.specifiers) declareBinding(scope, specifier.local.name, 'import', specifier);
        break;
      default:
    }
  }
}

function declareVars(node: t.Node, scope: Scope): void {
  if (isFunctionNode(node) || node.type === 'ClassBody') return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var')
    for (const name of collectNames(node)) declareBinding(scope, name.name, 'var', name);
  eachChild(node, (child) => declareVars(child, scope));
}
