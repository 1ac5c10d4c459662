/**
 * First pass over expressions: names become locals, record entries or data; functions and classes become calls of their
 * factories; what only works inside a class body is spelled out. What comes out contains no functions, so that the
 * second pass may cut it at any suspension.
 */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import { call, id, list, num, runtimeCall, seq, str } from '../build.ts';
import { initializationAt } from '../scopes/initialization.ts';
import { lowerAssignment, lowerUpdate } from './lower-assignments.ts';
import { createClass } from './classes.ts';
import { bindingReference, isDerivedConstructor, pseudoReference, thisReference } from './environments.ts';
import { createFunction } from './functions.ts';
import { lowerObject } from './objects.ts';
import {
  lowerMemberCall,
  lowerOptionalPrivate,
  lowerPrivateTest,
  lowerRemoteAssignment,
  lowerRemoteUpdate,
  remoteMember,
} from './remote-members.ts';
import { lowerAny, lowerExpression } from './passes.ts';
import { isResumable, thisUnit } from '../scopes/scopes.ts';
import { mapChildren } from '../walk.ts';

/** `name` is what an anonymous function or class is called by the place it stands at. */
export function expressionPass(context: UnitContext, node: t.Expression, name: string | null): t.Expression {
  switch (node.type) {
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return createFunction(context, node, name);
    case 'ClassExpression':
      return createClass(context, node, name);
    case 'ObjectExpression':
      return lowerObject(context, node);
    case 'ThisExpression':
      return thisReference(context, node);
    case 'MetaProperty':
      return pseudoReference(context, 'new.target', node);
    case 'TaggedTemplateExpression':
      return lowerTaggedTemplate(context, node);
    case 'BinaryExpression':
      if (isPrivateTest(node)) return lowerPrivateTest(context, node);
      break;
    case 'MemberExpression':
      return remoteMember(context, node)?.read ?? lowerNode(context, node);
    case 'CallExpression':
      return lowerCall(context, node);
    case 'AssignmentExpression':
      return lowerRemoteAssignment(context, node) ?? lowerAssignment(context, node);
    case 'UpdateExpression':
      return lowerRemoteUpdate(context, node) ?? lowerUpdate(context, node);
    case 'OptionalMemberExpression':
      return lowerOptionalPrivate(context, node) ?? lowerNode(context, node);
    case 'OptionalCallExpression':
      return lowerOptionalPrivate(context, node) ?? lowerOptionalCall(context, node);
    default:
  }
  return lowerNode(context, node);
}

/** `#x in object`, which the types do not know as an operand. */
function isPrivateTest(node: t.BinaryExpression): boolean {
  return (node.left as t.Node).type === 'PrivateName';
}

/** Lowers any node that is part of an expression. */
export function anyPass(context: UnitContext, node: t.Node): t.Node {
  return lowerExpression(context, node as t.Expression);
}

function lowerNode<N extends t.Node>(context: UnitContext, node: N): N {
  if (node.type === 'Identifier') return lowerIdentifier(context, node) as unknown as N;
  return mapChildren(node, (child) => lowerAny(context, child));
}

function lowerIdentifier(context: UnitContext, node: t.Identifier): t.Expression {
  const binding = context.brick.analysis.bindings.get(node);
  if (binding === undefined) return node;
  if (binding.kind === 'pseudo') return pseudoReference(context, 'arguments', node);
  const initialization = initializationAt(binding, node, context.unit);
  if (initialization === 'missing') return runtimeCall('uninitialized', [str(node.name)], node);
  const reference = bindingReference(context, binding, node);
  if (initialization === 'certain' || reference.type !== 'MemberExpression') return reference;
  const { property } = reference;
  const name = property.type === 'StringLiteral' ? property.value : (property as t.Identifier).name;
  return runtimeCall('checked', [reference.object as t.Expression, str(name)], node);
}

function lowerCall(context: UnitContext, node: t.CallExpression): t.Expression {
  if (node.callee.type === 'Super') return lowerSuperCall(context, node);
  const lowered = lowerMemberCall(context, node);
  if (lowered !== undefined) return lowered;
  const result = lowerNode(context, node);
  // A name that became `object.name` must still be called without `this`.
  if (node.callee.type === 'Identifier' && result.callee.type === 'MemberExpression') result.callee = seq([num(0), result.callee]);
  return result;
}

function lowerOptionalCall(context: UnitContext, node: t.OptionalCallExpression): t.Expression {
  const result = lowerNode(context, node);
  if (node.callee.type === 'Identifier' && result.callee.type === 'MemberExpression') result.callee = seq([num(0), result.callee]);
  return result;
}

function lowerSuperCall(context: UnitContext, node: t.CallExpression): t.Expression {
  const owner = thisUnit(context.unit);
  if (!isDerivedConstructor(owner) || isResumable(context.unit)) {
    context.brick.problems.error(
      node,
      '`super(...)` inside an async function is not supported',
      'call `super(...)` directly in the constructor',
    );
    return node;
  }
  const result = lowerNode(context, node);
  const self = owner.scope.bindings.get('this');
  if (self === undefined || !self.captured) return result;
  return seq([
    { type: 'AssignmentExpression', operator: '=', left: bindingReference(context, self, node), right: result } as t.AssignmentExpression,
  ]);
}

function lowerTaggedTemplate(context: UnitContext, node: t.TaggedTemplateExpression): t.Expression {
  const cooked = node.quasi.quasis.map((part) => part.value.cooked);
  const raw = node.quasi.quasis.map((part) => part.value.raw);
  const plain = cooked.every((text, at) => text === raw[at]);
  const strings = list(cooked.map((text) => (text === undefined || text === null ? id('undefined') : str(text))));
  const template = runtimeCall(
    'template',
    [num(context.brick.nextTemplate()), strings, plain ? undefined : list(raw.map(str))],
    node.quasi,
  );
  const values = node.quasi.expressions as t.Expression[];
  const asCall = { ...call(node.tag, [], node), arguments: values } as t.CallExpression;
  const lowered = lowerCall(context, asCall) as t.CallExpression;
  // Private and `super` tags came back as `$.call(function, this, ...)`.
  const before = lowered.arguments.length - values.length;
  return { ...lowered, arguments: [...lowered.arguments.slice(0, before), template, ...lowered.arguments.slice(before)] };
}
