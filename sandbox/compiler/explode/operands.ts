/** Operands of one expression: those that are evaluated before a suspension are kept, in the author's order. */
import type * as t from '@babel/types';
import { list, object, spread } from '../build.ts';
import { explodeExpression, type Exploder, suspends } from './exploder.ts';

export type Operand = t.Expression | t.SpreadElement | null;

export const asItIs = (value: t.Expression): t.Expression => value;
const asList = (value: t.Expression): t.Expression => list([spread(value)]);
export const asCopy = (value: t.Expression): t.Expression => object([spread(value)]);

/** Evaluates operands from left to right; those before the last suspension are kept. `keepAs` and `keepSpread` say how. */
export function operands<O extends Operand>(exploder: Exploder, nodes: readonly O[], keepAs = asItIs, keepSpread = asList): O[] {
  const last = nodes.findLastIndex((node) => suspends(node));
  return nodes.map((node, at) => {
    if (node === null || at > last) return node;
    const later = nodes.slice(at + 1, last + 1);
    if (node.type !== 'SpreadElement') {
      const value = explodeExpression(exploder, node);
      return (at === last ? value : exploder.keepUnlessStable(keepAs(value), later)) as O;
    }
    const argument = explodeExpression(exploder, node.argument);
    return { ...node, argument: at === last ? argument : exploder.keep(keepSpread(argument)) };
  });
}

export function explodeMember(exploder: Exploder, node: t.MemberExpression): t.MemberExpression {
  if (!node.computed) return { ...node, object: explodeExpression(exploder, node.object as t.Expression) };
  const [target, key] = operands(exploder, [node.object as t.Expression, node.property as t.Expression]);
  return { ...node, object: target as t.Expression, property: key as t.Expression };
}

/** A member whose object and key stay the same whatever `later` does. */
export function keepMember(exploder: Exploder, node: t.MemberExpression, later: readonly (t.Node | null)[]): t.MemberExpression {
  const member = suspends(node) ? explodeMember(exploder, node) : node;
  const target = exploder.keepUnlessStable(member.object as t.Expression, [member.computed ? member.property : null, ...later]);
  const key = member.computed ? exploder.keepUnlessStable(member.property as t.Expression, later) : member.property;
  return { ...member, object: target, property: key };
}
