/** Parameters: native ones where they may stay, taken apart into records and locals where not. */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import { assign, call, declare, declareAll, dot, id, index, num, rest, seq, statement } from '../build.ts';
import { collectNames } from '../scopes/declarations.ts';
import { hasRecord } from '../scopes/scopes.ts';
import { localOf, nameRecord, newRecord, ownPseudo, pseudoEntries } from './environments.ts';
import { lowerPattern } from './lower-assignments.ts';

export type AnyFunction =
  | t.FunctionDeclaration
  | t.FunctionExpression
  | t.ArrowFunctionExpression
  | t.ObjectMethod
  | t.ClassMethod
  | t.ClassPrivateMethod;

/** `let` for the variables that the emitter made up on the way. */
export function declareHoisted(context: UnitContext): t.Statement[] {
  return declareAll('let', context.hoisted);
}

export function isSimple(parameter: t.Node): boolean {
  return parameter.type === 'Identifier' || (parameter.type === 'RestElement' && parameter.argument.type === 'Identifier');
}

/** A captured parameter arrives in a local and moves into the record. */
export function plainParameter(
  context: UnitContext,
  parameter: t.Node,
  entries: [string, t.Expression][],
): t.FunctionExpression['params'][number] {
  const target = parameter.type === 'RestElement' ? parameter.argument : parameter;
  const binding = target.type === 'Identifier' ? context.brick.analysis.bindings.get(target) : undefined;
  if (target.type !== 'Identifier' || !binding?.captured) return lowerPattern(context, parameter) as t.FunctionExpression['params'][number];
  const local = context.names.fresh(target.name);
  entries.push([target.name, id(local)]);
  return parameter.type === 'RestElement' ? rest(id(local)) : id(local, target);
}

export function recordStatement(context: UnitContext, entries: readonly (readonly [string, t.Expression])[]): t.Statement {
  return declare('const', [[id(nameRecord(context, context.scope)), newRecord(context, context.scope, entries)]]);
}

/** Binds all parameters from a list of arguments, as one pattern. */
export function unpackParameters(context: UnitContext, node: AnyFunction, args: t.Expression): t.Statement[] {
  const locals = node.params.flatMap(collectNames).flatMap((name) => {
    const binding = context.brick.analysis.bindings.get(name);
    return binding === undefined || binding.captured ? [] : [localOf(context, binding)];
  });
  const pattern = {
    type: 'ArrayPattern',
    elements: node.params.map((parameter) => lowerPattern(context, parameter)),
    loc: node.loc,
  } as t.ArrayPattern;
  return [...declareAll('let', [...new Set(locals)]), statement(assign(pattern, args), node)];
}

/** The beginning of a step: parameters come out of the list of live values, which at the start are the arguments. */
export function resumablePrologue(context: UnitContext, node: AnyFunction): t.Statement[] {
  const { scope } = context;
  const live = id(context.brick.internal.live);
  const statements: t.Statement[] = [];
  if (scope.bindings.has('arguments')) statements.push(statement(assign(ownPseudo(context, 'arguments', node) as t.Identifier, live)));
  const entries = pseudoEntries(context);
  const simple = node.params.every(isSimple);
  if (simple) statements.push(...simpleParameters(context, node, entries));
  if (hasRecord(scope)) statements.push(recordStatement(context, entries));
  if (!simple) statements.push(...unpackParameters(context, node, live));
  return statements;
}

function simpleParameters(context: UnitContext, node: AnyFunction, entries: [string, t.Expression][]): t.Statement[] {
  const live = id(context.brick.internal.live);
  const assigned: t.Expression[] = [];
  node.params.forEach((parameter, at) => {
    const target = (parameter.type === 'RestElement' ? parameter.argument : parameter) as t.Identifier;
    const binding = context.brick.analysis.bindings.get(target);
    if (binding === undefined) return;
    const value = parameter.type === 'RestElement' ? call(dot(live, 'slice'), [num(at)]) : index(live, num(at));
    if (binding.captured) entries.push([target.name, value]);
    else if (binding.references > 1) assigned.push(assign(id(localOf(context, binding)), value));
  });
  return assigned.length === 0 ? [] : [statement(seq(assigned))];
}
