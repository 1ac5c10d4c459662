/** First pass over what is assigned to: names, members and patterns. */
import type * as t from '@babel/types';
import { isConstant } from '../scopes/lookup.ts';
import type { UnitContext } from '../brick-context.ts';
import { binary, dot, runtimeCall, seq, str } from '../build.ts';
import { bindingReference } from './environments.ts';
import { initializationAt } from '../scopes/initialization.ts';
import { privateSlot, remoteMember } from './remote-members.ts';
import { lowerExpression } from './passes.ts';

export function lowerAssignment(context: UnitContext, node: t.AssignmentExpression): t.Expression {
  const failure = assignmentError(context, node.left);
  if (failure !== undefined) return lowerFailing(context, node, failure);
  const name = node.left.type === 'Identifier' && node.operator !== '+=' ? node.left.name : null;
  return {
    ...node,
    left: lowerPattern(context, node.left) as t.AssignmentExpression['left'],
    right: lowerExpression(context, node.right, name),
  };
}

export function lowerUpdate(context: UnitContext, node: t.UpdateExpression): t.Expression {
  return assignmentError(context, node.argument) ?? { ...node, argument: lowerPattern(context, node.argument) as t.Expression };
}

/** What assigning to a plain name throws: it is constant, or has no value yet. Undefined when the assignment is fine. */
function assignmentError(context: UnitContext, target: t.Node): t.Expression | undefined {
  const binding = target.type === 'Identifier' ? context.brick.analysis.bindings.get(target) : undefined;
  if (binding === undefined) return undefined;
  if (initializationAt(binding, target, context.unit) === 'missing') return runtimeCall('uninitialized', [str(binding.name)], target);
  return isConstant(binding) ? runtimeCall('constant', [str(binding.name)], target) : undefined;
}

/** The right side is evaluated before the assignment fails. */
function lowerFailing(context: UnitContext, node: t.AssignmentExpression, failure: t.Expression): t.Expression {
  const right = lowerExpression(context, node.right);
  if (node.operator === '=') return seq([right, failure]);
  const operator = node.operator.slice(0, -1);
  const left = lowerExpression(context, node.left as t.Identifier);
  if (operator === '&&' || operator === '||' || operator === '??')
    return { type: 'LogicalExpression', operator, left, right: seq([right, failure]), loc: node.loc } as t.LogicalExpression;
  return seq([binary(operator as t.BinaryExpression['operator'], left, right), failure]);
}

/** A pattern, or a single assignment target. */
export function lowerPattern(context: UnitContext, pattern: t.Node): t.LVal {
  switch (pattern.type) {
    case 'Identifier': {
      const binding = context.brick.analysis.bindings.get(pattern);
      return binding === undefined || binding.kind === 'pseudo' ? pattern : (bindingReference(context, binding, pattern) as t.LVal);
    }
    case 'MemberExpression':
      return lowerMemberTarget(context, pattern);
    case 'AssignmentPattern': {
      const name = pattern.left.type === 'Identifier' ? pattern.left.name : null;
      return {
        ...pattern,
        left: lowerPattern(context, pattern.left) as t.AssignmentPattern['left'],
        right: lowerExpression(context, pattern.right, name),
      };
    }
    case 'RestElement':
      return { ...pattern, argument: lowerPattern(context, pattern.argument) as t.RestElement['argument'] };
    case 'ArrayPattern':
      return {
        ...pattern,
        elements: pattern.elements.map((element) =>
          element === null ? null : (lowerPattern(context, element) as t.ArrayPattern['elements'][number]),
        ),
      };
    case 'ObjectPattern':
      return { ...pattern, properties: pattern.properties.map((member) => lowerPatternMember(context, member)) };
    default:
      throw new TypeError(`${pattern.type} is no assignment target`);
  }
}

function lowerPatternMember(context: UnitContext, member: t.ObjectPattern['properties'][number]): t.ObjectPattern['properties'][number] {
  if (member.type === 'RestElement') return lowerPattern(context, member) as t.RestElement;
  const key = member.computed ? lowerExpression(context, member.key as t.Expression) : member.key;
  return {
    ...member,
    key: key as t.ObjectProperty['key'],
    value: lowerPattern(context, member.value) as t.ObjectProperty['value'],
    shorthand: false,
  };
}

/** What only a call can set is set through an object that stands for it. */
function lowerMemberTarget(context: UnitContext, node: t.MemberExpression): t.LVal {
  const slot = privateSlot(context, node);
  if (slot !== undefined) return dot(slot, 'value', node);
  if (node.object.type === 'Super' && remoteMember(context, node)) {
    context.brick.problems.error(
      node,
      'a pattern cannot assign a super member here',
      'destructure into a variable and assign the member from it',
    );
    return node;
  }
  return lowerExpression(context, node) as t.MemberExpression;
}
