/** Private members and `super` in code that is lifted out of the class body or object literal they belong to. */
import type * as t from '@babel/types';
import { classBinding, declaringClass, HOME_NAME, lookup, outsideView } from '../scopes/lookup.ts';
import type { UnitContext } from '../brick-context.ts';
import { assign, binary, dot, id, keyExpression, runtimeCall, seq, str } from '../build.ts';
import { bindingReference, thisReference } from './environments.ts';
import { type Binding, isClassMember, isResumable, staysInClassBody, thisUnit } from '../scopes/scopes.ts';
import { lowerAny, lowerExpression } from './passes.ts';

/** Code that reads and writes a member which the surrounding code cannot name itself. */
export interface RemoteMember {
  readonly read: t.Expression;
  write(value: t.Expression): t.Expression;
  /** The object on which a method found there is called. */
  readonly self: t.Expression;
}

/** Undefined when `node` is an ordinary member that needs no help here. */
export function remoteMember(context: UnitContext, node: t.Node, objectIsSimple = true): RemoteMember | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (node.object.type === 'Super') return superMember(context, node);
  if (node.property.type === 'PrivateName') return privateMember(context, node, objectIsSimple);
  return undefined;
}

function superMember(context: UnitContext, node: t.MemberExpression): RemoteMember | undefined {
  const { unit } = context;
  const owner = thisUnit(unit);
  if (owner === unit && staysInClassBody(unit)) return undefined;
  const home = homeObject(context, node);
  const key = node.computed ? lowerExpression(context, node.property as t.Expression) : keyExpression(node.property as t.Identifier, false);
  const self = thisReference(context, node);
  return {
    read: runtimeCall('superGet', [home, key, self], node),
    write: (value) => runtimeCall('superSet', [home, key, value, self], node),
    self,
  };
}

/** The object that holds the method around the current place: a prototype, a class, or an object literal. */
function homeObject(context: UnitContext, node: t.Node): t.Expression {
  const owner = thisUnit(context.unit);
  if (!isClassMember(owner) || owner.parent === null) return bindingReference(context, lookup(HOME_NAME, owner.scope) as Binding, node);
  const cls = bindingReference(context, outsideView(classBinding(owner.parent), context.unit) as Binding, node);
  const member = owner.node as t.ClassMethod | t.StaticBlock;
  return member.type === 'StaticBlock' || member.static ? cls : dot(cls, 'prototype');
}

/** The class that declares a private name, and the name: how code outside the body addresses a private member. */
type Address = readonly [cls: t.Expression, name: t.StringLiteral];

function privateMember(context: UnitContext, node: t.MemberExpression, objectIsSimple: boolean): RemoteMember | undefined {
  const address = privateAddress(context, (node.property as t.PrivateName).id.name, node);
  if (address === undefined) return undefined;
  const target = lowerExpression(context, node.object as t.Expression);
  const simple = objectIsSimple || target.type === 'Identifier' || node.object.type === 'ThisExpression';
  const self = simple ? target : id(context.temporary('object'));
  return {
    read: runtimeCall('privateGet', [...address, simple ? target : assign(self as t.Identifier, target)], node),
    write: (value) => runtimeCall('privateSet', [...address, self, value], node),
    self,
  };
}

/** Undefined where `#name` can be written as it is. */
function privateAddress(context: UnitContext, name: string, at: t.Node): Address | undefined {
  const factory = declaringClass(name, context.unit);
  if (factory === undefined || (context.unit.parent === factory && !isResumable(context.unit))) return undefined;
  context.brick.noteRemotePrivate(factory, name);
  const cls = bindingReference(context, outsideView(classBinding(factory), context.unit) as Binding, at);
  return [cls, str(name)];
}

/** An object whose `value` is the private member, or undefined for any member that can be written as it is. */
export function privateSlot(context: UnitContext, node: t.MemberExpression): t.Expression | undefined {
  if (node.property.type !== 'PrivateName') return undefined;
  const address = privateAddress(context, node.property.id.name, node);
  return address === undefined
    ? undefined
    : runtimeCall('privateSlot', [...address, lowerExpression(context, node.object as t.Expression)], node);
}

/** `#x in object`. */
export function lowerPrivateTest(context: UnitContext, node: t.BinaryExpression): t.Expression {
  const address = privateAddress(context, (node.left as t.Node as t.PrivateName).id.name, node);
  const right = lowerExpression(context, node.right);
  return address === undefined ? { ...node, right } : runtimeCall('privateHas', [...address, right], node);
}

/** An optional chain with a private name in it; undefined for any other chain. */
export function lowerOptionalPrivate(
  context: UnitContext,
  node: t.OptionalMemberExpression | t.OptionalCallExpression,
): t.Expression | undefined {
  const link = privateLink(context, node);
  if (link === undefined) return undefined;
  const kept = id(context.temporary('object'));
  const address = privateAddress(context, (link.property as t.Node as t.PrivateName).id.name, link) as Address;
  const test = binary('==', assign(kept, lowerExpression(context, link.object)), { type: 'NullLiteral' } as t.NullLiteral);
  const rest = rebuildChain(context, node, link, runtimeCall('privateGet', [...address, kept], link), kept);
  return { type: 'ConditionalExpression', test, consequent: id('undefined'), alternate: rest, loc: node.loc } as t.ConditionalExpression;
}

/** The innermost link of the chain that names a private member of a class this code stands outside of. */
function privateLink(context: UnitContext, node: t.Node): t.OptionalMemberExpression | undefined {
  if (node.type === 'OptionalCallExpression') return privateLink(context, node.callee);
  if (node.type !== 'OptionalMemberExpression') return undefined;
  const inner = privateLink(context, node.object);
  if (inner !== undefined) return inner;
  const { property } = node as { property: t.Node };
  return property.type === 'PrivateName' && privateAddress(context, property.id.name, node) !== undefined ? node : undefined;
}

/** The chain from `link` outwards, once `value` is what the link gives. */
function rebuildChain(context: UnitContext, node: t.Expression, link: t.Expression, value: t.Expression, self: t.Expression): t.Expression {
  if (node === link) return value;
  if (node.type === 'OptionalMemberExpression') {
    const property = node.computed ? lowerExpression(context, node.property as t.Expression) : node.property;
    return { ...node, object: rebuildChain(context, node.object, link, value, self), property } as t.OptionalMemberExpression;
  }
  const { callee, arguments: written } = node as t.OptionalCallExpression;
  const args = written.map((argument) => lowerAny(context, argument) as t.Expression);
  if (callee === link) return runtimeCall('call', [value, self, ...args], node);
  return { ...node, callee: rebuildChain(context, callee, link, value, self), arguments: args } as t.OptionalCallExpression;
}

/** A call of a remote method; undefined for any other call. */
export function lowerMemberCall(context: UnitContext, node: t.CallExpression): t.Expression | undefined {
  const { callee } = node;
  const method = remoteMember(context, callee, false);
  if (method === undefined) return undefined;
  const args = node.arguments.map((argument) => lowerAny(context, argument) as t.Expression);
  // A private method never changes: it need not be looked up before the arguments are evaluated, nor travel meanwhile.
  if (callee.type === 'MemberExpression' && callee.property.type === 'PrivateName' && isMethod(context, callee.property.id.name)) {
    const address = privateAddress(context, callee.property.id.name, node) as Address;
    return runtimeCall('privateCall', [...address, lowerExpression(context, callee.object as t.Expression), ...args], node);
  }
  return runtimeCall('call', [method.read, method.self, ...args], node);
}

function isMethod(context: UnitContext, name: string): boolean {
  const cls = declaringClass(name, context.unit)?.node as t.Class | undefined;
  return (cls?.body.body ?? []).some(
    (member) => member.type === 'ClassPrivateMethod' && member.kind === 'method' && member.key.id.name === name,
  );
}

export function lowerRemoteAssignment(context: UnitContext, node: t.AssignmentExpression): t.Expression | undefined {
  const plain = node.operator === '=';
  const member = remoteMember(context, node.left, plain);
  if (member === undefined) return undefined;
  const right = lowerExpression(context, node.right);
  if (plain) return member.write(right);
  const operator = node.operator.slice(0, -1);
  if (operator === '&&' || operator === '||' || operator === '??')
    return { type: 'LogicalExpression', operator, left: member.read, right: member.write(right), loc: node.loc } as t.LogicalExpression;
  return member.write(binary(operator as t.BinaryExpression['operator'], member.read, right));
}

export function lowerRemoteUpdate(context: UnitContext, node: t.UpdateExpression): t.Expression | undefined {
  const member = remoteMember(context, node.argument, false);
  if (member === undefined) return undefined;
  const now = id(context.temporary('value'));
  const read = assign(now, member.read);
  const step = (prefix: boolean): t.UpdateExpression =>
    ({ type: 'UpdateExpression', operator: node.operator, prefix, argument: now, loc: node.loc }) as t.UpdateExpression;
  if (node.prefix) return seq([read, member.write(step(true))]);
  const before = id(context.temporary('value'));
  return seq([read, assign(before, step(false)), member.write(now), before]);
}
