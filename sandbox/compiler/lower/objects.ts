/** Object literals: methods become closures, accessors and `super` need help. */
import type * as t from '@babel/types';
import { HOME_NAME } from '../scopes/lookup.ts';
import type { UnitContext } from '../brick-context.ts';
import { assign, dot, id, keyExpression, object, property, runtimeCall, seq, str } from '../build.ts';
import { nameRecord, newRecord } from './environments.ts';
import { createFunction } from './functions.ts';
import { hasRecord } from '../scopes/scopes.ts';
import { lowerExpression } from './passes.ts';

export function lowerObject(context: UnitContext, node: t.ObjectExpression): t.Expression {
  const scope = context.brick.analysis.scopes.get(node);
  if (scope === undefined || !hasRecord(scope)) return lowerMembers(context, node);
  // Methods that use `super` find the object in a record of its own.
  const record = nameRecord(context, scope);
  context.hoisted.push(record);
  const members = context.within(scope, () => lowerMembers(context, node));
  return seq([assign(id(record), newRecord(context, scope)), assign(dot(id(record), HOME_NAME), members)]);
}

/** Members up to the first accessor stay a literal; from there on each one is defined by a call, in the author's order. */
function lowerMembers(context: UnitContext, node: t.ObjectExpression): t.Expression {
  const firstAccessor = node.properties.findIndex((member) => member.type === 'ObjectMethod' && member.kind !== 'method');
  const plain = firstAccessor < 0 ? node.properties : node.properties.slice(0, firstAccessor);
  const literal: t.Expression = { ...node, properties: plain.map((member) => lowerMember(context, member)) };
  const later = firstAccessor < 0 ? [] : node.properties.slice(firstAccessor);
  return later.reduce<t.Expression>((target, member) => defineMember(context, target, member), literal);
}

function lowerMember(context: UnitContext, member: t.ObjectExpression['properties'][number]): t.ObjectProperty | t.SpreadElement {
  if (member.type === 'SpreadElement') return { ...member, argument: lowerExpression(context, member.argument) };
  const key = member.computed ? lowerExpression(context, member.key as t.Expression) : member.key;
  const value = memberValue(context, member);
  // `{__proto__}` makes a member of that name, `{__proto__: value}` does not.
  if (member.type === 'ObjectProperty' && member.shorthand && keyName(member.key) === '__proto__')
    return { ...property('key', value), key: str('__proto__'), computed: true, loc: member.loc };
  return { ...property('key', value), key: key as t.ObjectProperty['key'], computed: member.computed ?? false, loc: member.loc };
}

function memberValue(context: UnitContext, member: t.ObjectMethod | t.ObjectProperty): t.Expression {
  const name = member.computed ? null : keyName(member.key);
  if (member.type === 'ObjectMethod') return createFunction(context, member, name);
  return lowerExpression(context, member.value as t.Expression, name);
}

function defineMember(context: UnitContext, target: t.Expression, member: t.ObjectExpression['properties'][number]): t.Expression {
  if (member.type === 'SpreadElement') return runtimeCall('spread', [target, lowerExpression(context, member.argument)], member);
  const key = member.computed ? lowerExpression(context, member.key as t.Expression) : keyExpression(member.key as t.Expression, false);
  const value = memberValue(context, member);
  if (member.type === 'ObjectMethod' && member.kind !== 'method')
    return runtimeCall('accessor', [target, key, object([property(member.kind, value)])], member);
  const setsPrototype = member.type === 'ObjectProperty' && !member.computed && !member.shorthand && keyName(member.key) === '__proto__';
  return setsPrototype ? runtimeCall('prototype', [target, value], member) : runtimeCall('define', [target, key, value], member);
}

export function keyName(key: t.Node): string | null {
  switch (key.type) {
    case 'Identifier':
      return key.name;
    case 'StringLiteral':
      return key.value;
    case 'NumericLiteral':
      return String(key.value);
    case 'PrivateName':
      return `#${key.id.name}`;
    default:
      return null;
  }
}
