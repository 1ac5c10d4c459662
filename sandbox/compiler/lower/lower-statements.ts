/** First pass over statements: scopes with captured variables get environment records, declarations go where their variables live. */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import { assign, block, declare, id, runtimeCall, statement, throws } from '../build.ts';
import { createClass } from './classes.ts';
import { collectNames } from '../scopes/declarations.ts';
import { bindingReference, isLocal, localOf, nameRecord, newRecord } from './environments.ts';
import { createFunction } from './functions.ts';
import { lowerPattern } from './lower-assignments.ts';
import { type LoweredLoop, lowerForInOrOf, lowerForStatement, lowerSingle } from './lower-loops.ts';
import { enterScope, lowerExpression, lowerStatement } from './passes.ts';
import { type Binding, hasRecord, type Scope } from '../scopes/scopes.ts';
import { mapChildren } from '../walk.ts';
import { uncapturableClass } from '../warnings.ts';

/** The statements of a function, static block or module, whose scope is the current one and is already entered. */
export function bodyPass(context: UnitContext, statements: readonly t.Statement[]): t.Statement[] {
  const functions = hoistFunctions(context, statements, 'var');
  return [...functions, ...statements.flatMap((each) => lowerStatement(context, each))];
}

/** What one statement of the author becomes: none for a hoisted function, several where a record is made. */
export function statementPass(context: UnitContext, node: t.Statement): t.Statement[] {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'EmptyStatement':
    case 'DebuggerStatement':
      return [];
    case 'ClassDeclaration':
      return declareAs(context, node.id as t.Identifier, createClass(context, node, null), 'let');
    case 'VariableDeclaration':
      return lowerDeclaration(context, node);
    case 'BlockStatement':
      return [lowerBlock(context, node)];
    case 'ForStatement':
      return wrapLoop(lowerForStatement(context, node));
    case 'ForInStatement':
    case 'ForOfStatement':
      return wrapLoop(lowerForInOrOf(context, node));
    case 'LabeledStatement':
      return lowerLabeled(context, node);
    case 'SwitchStatement':
      return lowerSwitch(context, node);
    case 'TryStatement':
      return [lowerTry(context, node)];
    case 'ThrowStatement':
      return [lowerThrow(context, node)];
    default:
      return [lowerParts(context, node)];
  }
}

/** An error knows where it was made, and what was caught is known already; any other value is noted where it is thrown. */
function lowerThrow(context: UnitContext, node: t.ThrowStatement): t.Statement {
  const { argument } = node;
  const value = lowerExpression(context, argument);
  const caught = argument.type === 'Identifier' && context.brick.analysis.bindings.get(argument)?.kind === 'catch';
  return throws(caught || argument.type === 'NewExpression' ? value : runtimeCall('thrown', [value], argument), node);
}

function lowerParts(context: UnitContext, node: t.Statement): t.Statement {
  return mapChildren(node, (child) => {
    if (node.type === 'BreakStatement' || node.type === 'ContinueStatement') return child;
    return child.type.endsWith('Statement') || child.type === 'VariableDeclaration'
      ? lowerSingle(context, child as t.Statement)
      : lowerExpression(context, child as t.Expression);
  });
}

/** The beginning of a scope inside a function: its record, if it has one, and its functions. */
export function enterPass(context: UnitContext, scope: Scope, statements: readonly t.Node[]): t.Statement[] {
  const record = hasRecord(scope) ? [declare('const', [[id(nameRecord(context, scope)), newRecord(context, scope)]])] : [];
  return [...record, ...hoistFunctions(context, statements, 'let')];
}

export function lowerBlock(context: UnitContext, node: t.BlockStatement): t.BlockStatement {
  const scope = context.brick.scopeOf(node);
  return context.within(scope, () =>
    block([...enterScope(context, scope, node.body), ...node.body.flatMap((each) => lowerStatement(context, each))], node),
  );
}

function hoistFunctions(context: UnitContext, statements: readonly t.Node[], kind: 'var' | 'let'): t.Statement[] {
  const last = new Map<string, t.FunctionDeclaration>();
  for (const each of statements) if (each.type === 'FunctionDeclaration' && each.id) last.set(each.id.name, each);
  return [...last.values()].flatMap((each) => declareAs(context, each.id as t.Identifier, createFunction(context, each, null), kind));
}

/** `let name = value`, or an assignment where the variable lives in a record. */
function declareAs(context: UnitContext, name: t.Identifier, value: t.Expression, kind: 'var' | 'let'): t.Statement[] {
  const binding = context.brick.analysis.bindings.get(name);
  if (binding === undefined) return [statement(value)];
  if (isLocal(context, binding)) return [declare(kind, [[id(localOf(context, binding), name), value]], name)];
  return [statement(assign(bindingReference(context, binding, name) as t.LVal, value, name))];
}

function lowerDeclaration(context: UnitContext, node: t.VariableDeclaration): t.Statement[] {
  const statements: t.Statement[] = [];
  for (const declarator of node.declarations) statements.push(...lowerDeclarator(context, node, declarator));
  return mergeDeclarations(statements);
}

function lowerDeclarator(context: UnitContext, node: t.VariableDeclaration, declarator: t.VariableDeclarator): t.Statement[] {
  const bindings = patternBindings(context, declarator.id);
  const name = declarator.id.type === 'Identifier' ? declarator.id.name : null;
  const init = declarator.init ? lowerExpression(context, declarator.init, name) : null;
  const target = lowerPattern(context, declarator.id);
  const locals = bindings.filter((binding) => isLocal(context, binding));
  if (locals.length === bindings.length) {
    const what = declarator.init && locals.length === 1 ? uncapturableClass(declarator.init) : null;
    if (what !== null) context.uncapturable.set(localOf(context, locals[0] as Binding), what);
    const made = declare(node.kind as 'let', [[target, init]], node);
    (made.declarations[0] as t.VariableDeclarator).loc = declarator.loc;
    return [made];
  }
  const declared =
    locals.length === 0
      ? []
      : [
          declare(
            node.kind === 'var' ? 'var' : 'let',
            locals.map((binding) => [id(localOf(context, binding)), null] as const),
          ),
        ];
  if (init === null) return node.kind === 'var' ? declared : [...declared, statement(assign(target, id('undefined'), declarator))];
  return [...declared, statement(assign(target, init, declarator))];
}

function patternBindings(context: UnitContext, pattern: t.Node): Binding[] {
  return collectNames(pattern).flatMap((name) => context.brick.analysis.bindings.get(name) ?? []);
}

/** `let a = 1, b = 2` stays one declaration. */
function mergeDeclarations(statements: readonly t.Statement[]): t.Statement[] {
  const merged: t.Statement[] = [];
  for (const each of statements) {
    const last = merged.at(-1);
    if (each.type === 'VariableDeclaration' && last?.type === 'VariableDeclaration' && last.kind === each.kind)
      last.declarations.push(...each.declarations);
    else merged.push(each);
  }
  return merged;
}

function wrapLoop({ before, loop }: LoweredLoop): t.Statement[] {
  return before.length === 0 ? [loop] : [block([...before, loop], loop)];
}

function lowerLabeled(context: UnitContext, node: t.LabeledStatement): t.Statement[] {
  const labels: t.LabeledStatement[] = [node];
  let body = node.body;
  while (body.type === 'LabeledStatement') {
    labels.push(body);
    body = body.body;
  }
  const labeled = (inner: t.Statement): t.Statement =>
    labels.reduceRight((statementBelow, each) => ({ ...each, body: statementBelow }), inner);
  if (body.type === 'ForStatement' || body.type === 'ForInStatement' || body.type === 'ForOfStatement') {
    const { before, loop } = body.type === 'ForStatement' ? lowerForStatement(context, body) : lowerForInOrOf(context, body);
    return wrapLoop({ before, loop: labeled(loop) });
  }
  return [labeled(lowerSingle(context, body))];
}

function lowerSwitch(context: UnitContext, node: t.SwitchStatement): t.Statement[] {
  const scope = context.brick.scopeOf(node);
  const discriminant = lowerExpression(context, node.discriminant);
  return context.within(scope, () => {
    const before = enterScope(
      context,
      scope,
      node.cases.flatMap((option) => option.consequent),
    );
    const cases = node.cases.map((option) => ({
      ...option,
      test: option.test ? lowerExpression(context, option.test) : null,
      consequent: option.consequent.flatMap((each) => lowerStatement(context, each)),
    }));
    return wrapLoop({ before, loop: { ...node, discriminant, cases } });
  });
}

function lowerTry(context: UnitContext, node: t.TryStatement): t.TryStatement {
  return {
    ...node,
    block: lowerBlock(context, node.block),
    handler: node.handler ? lowerCatch(context, node.handler) : null,
    finalizer: node.finalizer ? lowerBlock(context, node.finalizer) : null,
  };
}

function lowerCatch(context: UnitContext, node: t.CatchClause): t.CatchClause {
  const scope = context.brick.scopeOf(node);
  return context.within(scope, () => {
    const bindings = node.param ? patternBindings(context, node.param) : [];
    if (!node.param || bindings.every((binding) => isLocal(context, binding))) {
      return {
        ...node,
        param: node.param ? (lowerPattern(context, node.param) as t.CatchClause['param']) : null,
        body: lowerBlock(context, node.body),
      };
    }
    const caught = id(context.names.fresh('%caught'));
    const locals = bindings.filter((binding) => isLocal(context, binding));
    const declared =
      locals.length === 0
        ? []
        : [
            declare(
              'let',
              locals.map((binding) => [id(localOf(context, binding)), null] as const),
            ),
          ];
    const before = [
      ...enterScope(context, scope, []),
      ...declared,
      statement(assign(lowerPattern(context, node.param), caught, node.param)),
    ];
    return { ...node, param: caught, body: block([...before, lowerBlock(context, node.body)], node.body) };
  });
}
