/** Functions: lifted out of their surroundings, created by factories, resumable ones through a step. */
import type * as t from '@babel/types';
import { type BrickContext, type CompiledFunction, UnitContext } from '../brick-context.ts';
import {
  arrow,
  assign,
  block,
  call,
  declare,
  declareAll,
  dot,
  functionExpression,
  id,
  index,
  list,
  num,
  object,
  property,
  rest,
  returns,
  runtimeCall,
  seq,
  spread,
  statement,
} from '../build.ts';
import { bindingReference, currentRecord, localOf, nameRecord, ownPseudo, pseudoEntries, recordFor } from './environments.ts';
import {
  type AnyFunction,
  declareHoisted,
  isSimple,
  plainParameter,
  recordStatement,
  resumablePrologue,
  unpackParameters,
} from './parameters.ts';
import { hasRecord, isResumable, type Unit } from '../scopes/scopes.ts';
import { emitStep } from '../explode/steps.ts';
import { isFunctionNode, walk } from '../walk.ts';
import { enterScope, lowerBody, lowerExpression } from './passes.ts';

/** What is left of a function where it stands: parameters and a body for a plain JavaScript function. */
export interface FunctionShell {
  readonly params: t.FunctionExpression['params'];
  readonly body: t.BlockStatement;
}

/** The expression that creates the function object at the current place. */
export function createFunction(
  context: UnitContext,
  node: Exclude<AnyFunction, t.ClassMethod | t.ClassPrivateMethod>,
  name: string | null,
): t.Expression {
  const { brick } = context;
  const unit = brick.unitOf(node);
  const entry = brick.addFunction(node, titleOf(node, name), isResumable(unit));
  const value = functionValue(brick, unit, node, entry, name);
  const factory = arrow(unit.needsEnvironment ? [id(brick.internal.record)] : [], value);
  if (callsSuper(node)) return call(factory, [recordFor(context, unit) ?? id('undefined')], node);
  brick.definitions.push(statement(runtimeCall('closure', [num(entry.fn), factory])));
  const selfScope = node.type === 'FunctionExpression' && node.id ? brick.scopeOf(node.id) : null;
  if (selfScope === null || !hasRecord(selfScope)) return runtimeCall('fn', [num(entry.fn), recordFor(context, unit)], node);
  return createSelfKnowing(context, node as t.FunctionExpression, entry.fn);
}

/** An arrow that calls `super(...)` works only inside its constructor, where it therefore stays. */
function callsSuper(node: AnyFunction): boolean {
  if (node.type !== 'ArrowFunctionExpression') return false;
  let found = false;
  walk(node, (each) => {
    found ||= each.type === 'CallExpression' && each.callee.type === 'Super';
    return each.type !== 'ClassBody' && (each.type === 'ArrowFunctionExpression' || !isFunctionNode(each));
  });
  return found;
}

/** A function expression that is used by its own name gets a record that holds it. */
function createSelfKnowing(context: UnitContext, node: t.FunctionExpression, fn: number): t.Expression {
  const outer = currentRecord(context);
  const record = context.brick.internal.record;
  const create = assign(dot(id(record), node.id?.name ?? ''), runtimeCall('fn', [num(fn), id(record)], node));
  return call(arrow([id(record)], create), [object(outer === undefined ? [] : [property('$p', outer)])], node);
}

/** A function that exists once per brick: `function name(...) {...}` or `const name = ...` at its top. */
export function defineFixed(
  brick: BrickContext,
  node: t.FunctionDeclaration | t.FunctionExpression | t.ArrowFunctionExpression,
  name: string,
  title = name,
): number {
  const unit = brick.unitOf(node);
  const entry = brick.addFunction(node, title, isResumable(unit));
  if (node.type === 'FunctionDeclaration' && name === title && !isResumable(unit)) {
    const shell = functionShell(brick, unit, node, entry);
    brick.definitions.push({
      ...functionExpression(name, shell.params, shell.body, node),
      type: 'FunctionDeclaration',
    } as unknown as t.FunctionDeclaration);
  } else {
    brick.definitions.push(declare('const', [[id(name), functionValue(brick, unit, node, entry, title, name)]]));
  }
  brick.definitions.push(statement(runtimeCall('fixed', [num(entry.fn), id(name)])));
  return entry.fn;
}

function titleOf(node: AnyFunction, name: string | null): string {
  if ('id' in node && node.id) return node.id.name;
  return name ?? (node.type === 'ArrowFunctionExpression' ? '<arrow>' : '<function>');
}

/** The function as an expression, with the name that its place gives it. `constant` is the constant it is assigned to, if any. */
function functionValue(
  brick: BrickContext,
  unit: Unit,
  node: AnyFunction,
  entry: CompiledFunction,
  name: string | null,
  constant: string | null = null,
): t.Expression {
  const { params, body } = functionShell(brick, unit, node, entry);
  const own = 'id' in node && node.id ? node.id.name : null;
  const called = own ?? name;
  // Nobody can construct a resumable function, just as nobody can construct an arrow or a method.
  const asArrow = node.type === 'ArrowFunctionExpression' || (isResumable(unit) && node.type !== 'ObjectMethod' && !usesOwnThis(unit));
  if (asArrow) return named(arrow(params, conciseBody(body), node), called === constant ? null : called);
  if (node.type === 'ObjectMethod' || isResumable(unit)) return methodValue(node, params, body, called ?? '');
  return own === null ? named(functionExpression(null, params, body, node), name) : functionExpression(own, params, body, node);
}

function usesOwnThis(unit: Unit): boolean {
  return unit.scope.bindings.has('this') || unit.scope.bindings.has('arguments');
}

/** An anonymous function is called by the property it is taken from. */
export function named<E extends t.Expression>(value: E, name: string | null): t.Expression {
  return name === null ? value : dot(object([property(name, value)]), name);
}

/** Methods are made as methods, so that they have no `prototype` and the right name. */
function methodValue(node: AnyFunction, params: FunctionShell['params'], body: t.BlockStatement, key: string): t.Expression {
  const kind = node.type === 'ObjectMethod' ? node.kind : 'method';
  const plain = property(key, id(key)).key;
  const method = {
    type: 'ObjectMethod',
    kind,
    key: plain,
    params,
    body,
    computed: false,
    async: false,
    generator: false,
    loc: node.loc,
  } as unknown as t.ObjectMethod;
  const holder = object([method]);
  if (kind === 'method') return dot(holder, key);
  return dot(call(dot(id('Object'), 'getOwnPropertyDescriptor'), [holder, { type: 'StringLiteral', value: key } as t.StringLiteral]), kind);
}

function conciseBody(body: t.BlockStatement): t.BlockStatement | t.Expression {
  const [only] = body.body;
  return body.body.length === 1 && only?.type === 'ReturnStatement' && only.argument ? only.argument : body;
}

/** Parameters and body of the plain function: the author's own code, or the start of the step. */
export function functionShell(
  brick: BrickContext,
  unit: Unit,
  node: AnyFunction,
  entry: CompiledFunction | null,
  title = entry?.name ?? '',
): FunctionShell {
  const context = new UnitContext(brick, unit, title);
  if (!isResumable(unit)) return plainFunction(context, node);
  const step = entry ?? brick.addFunction(node, title, true);
  if (unit.generator && !node.params.every(isSimple)) return generatorWithPatterns(context, node, step);
  const statements = [...resumablePrologue(context, node), ...bodyStatements(context, node)];
  emitStep(context, step, statements);
  return starter(context, node, step.fn);
}

function bodyStatements(context: UnitContext, node: AnyFunction): t.Statement[] {
  if (node.body.type === 'BlockStatement')
    return context.brick.analysis.scopes.has(node.body) ? separateBody(context, node.body) : lowerBody(context, node.body.body);
  return [returns(lowerExpression(context, node.body), node.body)];
}

/** The body has variables of its own where a closure in the parameters must not see them; they start as the parameters. */
function separateBody(context: UnitContext, body: t.BlockStatement): t.Statement[] {
  const scope = context.brick.scopeOf(body);
  return context.within(scope, () => {
    const starts = [...scope.bindings.values()].flatMap((binding) => {
      const parameter = binding.kind === 'var' ? context.unit.scope.bindings.get(binding.name) : undefined;
      return parameter === undefined
        ? []
        : [statement(assign(bindingReference(context, binding, body) as t.LVal, bindingReference(context, parameter, body)))];
    });
    const locals = [...scope.bindings.values()].filter((binding) => binding.kind === 'var' && !binding.captured);
    const declared = declareAll(
      'var',
      locals.map((binding) => localOf(context, binding)),
    );
    return [...enterScope(context, scope, []), ...declared, ...starts, ...lowerBody(context, body.body)];
  });
}

function plainFunction(context: UnitContext, node: AnyFunction): FunctionShell {
  const { scope } = context;
  const params: FunctionShell['params'] = [];
  const statements: t.Statement[] = [];
  const entries = pseudoEntries(context);
  const record = hasRecord(scope);
  if (record) nameRecord(context, scope);
  if (record && !node.params.every(isSimple)) {
    const args = context.names.fresh('%arguments');
    params.push(rest(id(args)));
    statements.push(recordStatement(context, entries), ...unpackParameters(context, node, id(args)));
  } else {
    for (const parameter of node.params) params.push(plainParameter(context, parameter, entries));
    if (record) statements.push(recordStatement(context, entries));
  }
  statements.push(...bodyStatements(context, node));
  return { params, body: block([...declareHoisted(context), ...statements], node.body) };
}

/**
 * A generator binds its parameters when it is called, long before its step runs: patterns are taken apart in the visible
 * function, and the step gets the record and the locals.
 */
function generatorWithPatterns(context: UnitContext, node: AnyFunction, step: CompiledFunction): FunctionShell {
  const { scope, unit, brick } = context;
  const args = context.names.fresh('%arguments');
  context.atCall = true;
  const record = hasRecord(scope) ? [recordStatement(context, pseudoEntries(context))] : [];
  const bound = [...record, ...unpackParameters(context, node, id(args))];
  const hoisted = declareHoisted(context);
  context.atCall = false;
  const bindings = [...scope.bindings.values()].filter((binding) => !binding.captured);
  const locals = bindings.flatMap((binding) => (binding.kind === 'parameter' ? [localOf(context, binding)] : []));
  const ownArguments = scope.bindings.has('arguments') ? [ownPseudo(context, 'arguments', node) as t.Identifier] : [];
  const kept = [...(record.length === 0 ? [] : [id(nameRecord(context, scope))]), ...locals.map((name) => id(name))];
  const live = id(brick.internal.live);
  const received = [...kept, ...ownArguments].map((name, at) => assign(name, index(live, num(at))));
  const prologue = received.length === 0 ? [] : [statement(seq(received))];
  step.suspensionPoints.push(pointBeforeStart(context, node, [...kept, ...ownArguments]));
  emitStep(context, step, [...prologue, ...bodyStatements(context, node)]);
  const handed = list([...kept, ...ownArguments.map(() => id(args))]);
  const start = runtimeCall('startGenerator', [num(step.fn), handed, selfArgument(unit), recordArgument(context)], node);
  return { params: [rest(id(args))], body: block([...hoisted, ...bound, returns(start)]) };
}

/** A generator also stands still before it begins; what it was handed may be a record. */
function pointBeforeStart(
  context: UnitContext,
  node: AnyFunction,
  handed: readonly t.Identifier[],
): CompiledFunction['suspensionPoints'][number] {
  const { line = 0, column = -1 } = node.loc?.start ?? {};
  return { pc: 0, line, column: column + 1, live: handed.map(({ name }) => context.names.authorName(name)) };
}

function selfArgument(unit: Unit): t.Expression | undefined {
  return unit.kind !== 'arrow' && unit.scope.bindings.has('this') ? ({ type: 'ThisExpression' } as t.ThisExpression) : undefined;
}

function recordArgument(context: UnitContext): t.Expression | undefined {
  return context.unit.needsEnvironment ? id(context.brick.internal.record) : undefined;
}

/** The visible function: it only hands its arguments to the runtime. */
function starter(context: UnitContext, node: AnyFunction, fn: number): FunctionShell {
  const { unit } = context;
  const fixed = node.params.findIndex((parameter) => parameter.type === 'AssignmentPattern' || parameter.type === 'RestElement');
  const count = fixed < 0 ? node.params.length : fixed;
  const locals = Array.from({ length: count }, () => context.names.fresh('%argument'));
  const params: FunctionShell['params'] = locals.map((name) => id(name));
  const usesArguments = unit.scope.bindings.has('arguments');
  let args: (t.Expression | t.SpreadElement)[] = locals.map((name) => id(name));
  if (usesArguments) args = [spread(id('arguments'))];
  else if (fixed >= 0) {
    const others = context.names.fresh('%arguments');
    params.push(rest(id(others)));
    args.push(spread(id(others)));
  }
  const start = runtimeCall(
    unit.generator ? 'startGenerator' : 'start',
    [num(fn), list(args), selfArgument(unit), recordArgument(context)],
    node,
  );
  return { params, body: block([returns(start)]) };
}
