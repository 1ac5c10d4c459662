/** Assignments with a suspension on either side. */
import type * as t from '@babel/types';
import { assign, binary } from '../build.ts';
import { explodePattern } from './explode-patterns.ts';
import { explodeExpression, type Exploder, suspends } from './exploder.ts';
import { keepMember } from './operands.ts';

export function explodeAssignment(exploder: Exploder, node: t.AssignmentExpression): t.Expression {
  if (node.operator === '=') return explodePlain(exploder, node);
  const target = node.left.type === 'MemberExpression' ? keepMember(exploder, node.left, [node.right]) : (node.left as t.Identifier);
  const operator = node.operator.slice(0, -1);
  if (!suspends(node.right)) return { ...node, left: target };
  if (operator === '&&' || operator === '||' || operator === '??') return explodeLogicalAssignment(exploder, node, target, operator);
  const before = exploder.keepUnlessStable(target, [node.right]);
  const right = explodeExpression(exploder, node.right);
  return assign(target, binary(operator as t.BinaryExpression['operator'], before, right), node);
}

function explodePlain(exploder: Exploder, node: t.AssignmentExpression): t.Expression {
  const { left } = node;
  if (left.type === 'MemberExpression') {
    const target = suspends(node.right) || suspends(left) ? keepMember(exploder, left, [node.right]) : left;
    return { ...node, left: target, right: explodeExpression(exploder, node.right) };
  }
  const right = explodeExpression(exploder, node.right);
  if (!suspends(left)) return { ...node, right };
  const value = exploder.keep(right);
  explodePattern(exploder, left, value);
  return value;
}

function explodeLogicalAssignment(
  exploder: Exploder,
  node: t.AssignmentExpression,
  target: t.Identifier | t.MemberExpression,
  operator: '&&' | '||' | '??',
): t.Expression {
  const { graph } = exploder;
  const result = exploder.keep(target);
  const end = graph.block();
  if (operator === '&&') graph.jumpUnless(result, end);
  else graph.jumpIf(operator === '||' ? result : binary('!=', result, { type: 'NullLiteral' } as t.NullLiteral), end);
  graph.evaluate(assign(result, explodeExpression(exploder, node.right)));
  graph.evaluate(assign(target, result, node));
  graph.place(end);
  return result;
}
