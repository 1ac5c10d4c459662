/**
 * The first pass is recursive across its files: expressions contain functions, which contain statements. Each file calls
 * the others through here, so that none imports its own callers; emit-module.ts puts the parts together.
 */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import type { Scope } from '../scopes/scopes.ts';

/** The entry points of the first pass. */
export interface LoweringPasses {
  readonly expression: (context: UnitContext, node: t.Expression, name: string | null) => t.Expression;
  readonly any: (context: UnitContext, node: t.Node) => t.Node;
  readonly statement: (context: UnitContext, node: t.Statement) => t.Statement[];
  readonly body: (context: UnitContext, statements: readonly t.Statement[]) => t.Statement[];
  readonly enter: (context: UnitContext, scope: Scope, statements: readonly t.Node[]) => t.Statement[];
}

/** `name` is what an anonymous function or class is called by the place it stands at. */
export function lowerExpression(context: UnitContext, node: t.Expression, name: string | null = null): t.Expression {
  return context.brick.passes.expression(context, node, name);
}

/** Lowers any node that is part of an expression. */
export function lowerAny(context: UnitContext, node: t.Node): t.Node {
  return context.brick.passes.any(context, node);
}

/** What one statement of the author becomes: none for a hoisted function, several where a record is made. */
export function lowerStatement(context: UnitContext, node: t.Statement): t.Statement[] {
  return context.brick.passes.statement(context, node);
}

/** The statements of a function, static block or module, whose scope is the current one and is already entered. */
export function lowerBody(context: UnitContext, statements: readonly t.Statement[]): t.Statement[] {
  return context.brick.passes.body(context, statements);
}

/** The beginning of a scope inside a function: its record, if it has one, and its functions. */
export function enterScope(context: UnitContext, scope: Scope, statements: readonly t.Node[]): t.Statement[] {
  return context.brick.passes.enter(context, scope, statements);
}
