/** First pass over loops with variables of their own: captured ones live in one record per iteration. */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import { assign, block, declare, id, seq, statement } from '../build.ts';
import { collectNames } from '../scopes/declarations.ts';
import { copyRecord, isLocal, localOf, nameRecord, newRecord } from './environments.ts';
import { lowerPattern } from './lower-assignments.ts';
import { lowerExpression, lowerStatement } from './passes.ts';
import { type Binding, hasRecord } from '../scopes/scopes.ts';
import { isFunctionNode, walk } from '../walk.ts';

/** A loop with what must stand before it. */
export interface LoweredLoop {
  readonly before: readonly t.Statement[];
  readonly loop: t.Statement;
}

/** A statement in the place of exactly one. */
export function lowerSingle(context: UnitContext, node: t.Statement): t.Statement {
  const lowered = lowerStatement(context, node);
  return lowered.length === 1 && lowered[0]?.type !== 'VariableDeclaration' ? (lowered[0] as t.Statement) : block(lowered, node);
}

export function lowerForStatement(context: UnitContext, node: t.ForStatement): LoweredLoop {
  const scope = context.brick.scopeOf(node);
  return context.within(scope, () => {
    if (!hasRecord(scope)) return lowerPlainFor(context, node);
    const record = id(nameRecord(context, scope));
    const before = [declare('let', [[record, newRecord(context, scope)]]), ...lowerStatement(context, node.init as t.VariableDeclaration)];
    const copy = assign(record, copyRecord(context, scope));
    // The first iteration has variables of its own too; only a function made in the initialiser can tell.
    if (createsFunctions(node.init)) before.push(statement(copy));
    const update = node.update ? seq([copy, lowerExpression(context, node.update)]) : copy;
    const loop = {
      ...node,
      init: null,
      test: node.test ? lowerExpression(context, node.test) : null,
      update,
      body: lowerSingle(context, node.body),
    };
    return { before, loop };
  });
}

function lowerPlainFor(context: UnitContext, node: t.ForStatement): LoweredLoop {
  const lowered = node.init?.type === 'VariableDeclaration' ? lowerStatement(context, node.init) : [];
  const inHead = lowered.length === 1 && lowered[0]?.type === 'VariableDeclaration';
  let init = node.init ?? null;
  if (init !== null && init.type !== 'VariableDeclaration') init = lowerExpression(context, init);
  else if (init !== null) init = inHead ? (lowered[0] as t.VariableDeclaration) : null;
  const loop = {
    ...node,
    init,
    test: node.test ? lowerExpression(context, node.test) : null,
    update: node.update ? lowerExpression(context, node.update) : null,
    body: lowerSingle(context, node.body),
  };
  return { before: inHead ? [] : lowered, loop };
}

export function lowerForInOrOf(context: UnitContext, node: t.ForInStatement | t.ForOfStatement): LoweredLoop {
  const scope = context.brick.scopeOf(node);
  const right = lowerExpression(context, node.right);
  return context.within(scope, () => {
    const { left } = node;
    if (left.type !== 'VariableDeclaration')
      return {
        before: [],
        loop: { ...node, left: lowerPattern(context, left), right, body: lowerSingle(context, node.body) } as t.Statement,
      };
    const target = (left.declarations[0] as t.VariableDeclarator).id;
    const bindings = collectNames(target).flatMap((name) => context.brick.analysis.bindings.get(name) ?? []);
    if (bindings.every((binding) => isLocal(context, binding))) {
      const declaration = declare(left.kind as 'let', [[lowerPattern(context, target), null]], left);
      return { before: [], loop: { ...node, left: declaration, right, body: lowerSingle(context, node.body) } as t.Statement };
    }
    return { before: [], loop: withRecord(context, node, right, target, bindings) };
  });
}

/** Each item arrives in a local and is taken apart into the record of its iteration. */
function withRecord(
  context: UnitContext,
  node: t.ForInStatement | t.ForOfStatement,
  right: t.Expression,
  target: t.Node,
  bindings: readonly Binding[],
): t.Statement {
  const scope = context.brick.scopeOf(node);
  const item = id(context.names.fresh('%item'));
  const record = hasRecord(scope) ? [declare('const', [[id(nameRecord(context, scope)), newRecord(context, scope)]])] : [];
  const locals = bindings.filter((binding) => isLocal(context, binding));
  const kind = (node.left as t.VariableDeclaration).kind === 'var' ? 'var' : 'let';
  const declared =
    locals.length === 0
      ? []
      : [
          declare(
            kind,
            locals.map((binding) => [id(localOf(context, binding)), null] as const),
          ),
        ];
  const unpack = statement(assign(lowerPattern(context, target), item, node.left));
  const body = block([...record, ...declared, unpack, lowerSingle(context, node.body)], node.body);
  return { ...node, left: declare('const', [[item, null]], node.left), right, body } as t.Statement;
}

function createsFunctions(node: t.Node | null | undefined): boolean {
  let found = false;
  if (node)
    walk(node, (each) => {
      found ||= isFunctionNode(each);
      return !found;
    });
  return found;
}
