/**
 * Second pass over expressions: cuts at every suspension. Each function emits what comes before and returns an expression
 * for the rest, to be used at once; parts that were evaluated before a suspension are kept in temporaries, in the author's order.
 */
import type * as t from '@babel/types';
import { assign, binary, id, property, runtimeCall, when } from '../build.ts';
import { explodeAssignment } from './explode-assignments.ts';
import { explodeChain } from './explode-chains.ts';
import { wayOfReturn } from './exits.ts';
import { explodeExpression, type Exploder, suspends } from './exploder.ts';
import { asCopy, asItIs, explodeMember, keepMember, type Operand, operands } from './operands.ts';

export function expressionPass(exploder: Exploder, node: t.Expression): t.Expression {
  if (!suspends(node)) return node;
  switch (node.type) {
    case 'AwaitExpression':
      exploder.graph.suspend('await', explodeExpression(exploder, node.argument), node);
      return exploder.received(node);
    case 'YieldExpression':
      return node.delegate ? explodeDelegation(exploder, node) : explodeYield(exploder, node);
    case 'BinaryExpression':
      return explodeBinary(exploder, node);
    case 'LogicalExpression':
      return explodeLogical(exploder, node);
    case 'ConditionalExpression':
      return explodeConditional(exploder, node);
    case 'SequenceExpression':
      return explodeSequence(exploder, node);
    case 'UnaryExpression':
    case 'UpdateExpression':
      return explodeUnary(exploder, node);
    case 'MemberExpression':
      return explodeMember(exploder, node);
    case 'CallExpression':
      return explodeCall(exploder, node);
    case 'NewExpression':
      return explodeNew(exploder, node);
    case 'OptionalMemberExpression':
    case 'OptionalCallExpression':
      return explodeChain(exploder, node);
    case 'ArrayExpression':
      return { ...node, elements: operands(exploder, node.elements as Operand[]) };
    case 'ObjectExpression':
      return explodeObject(exploder, node);
    case 'TemplateLiteral':
      return explodeTemplate(exploder, node);
    case 'AssignmentExpression':
      return explodeAssignment(exploder, node);
    default:
      throw new TypeError(`no way to suspend inside ${node.type}`);
  }
}

function explodeYield(exploder: Exploder, node: t.YieldExpression): t.Expression {
  exploder.graph.suspend('yield', node.argument ? explodeExpression(exploder, node.argument) : id('undefined'), node);
  returnIfAsked(exploder, node);
  return exploder.received(node);
}

/** A generator that is closed at a yield returns from there. */
function returnIfAsked(exploder: Exploder, node: t.Node): void {
  const way = wayOfReturn(exploder, exploder.received(), false, node);
  const body = { type: 'BlockStatement', body: way.statements, directives: [] } as unknown as t.BlockStatement;
  exploder.graph.emit(when(isMode(exploder, 2), body), way.exits);
}

function isMode(exploder: Exploder, mode: number): t.Expression {
  return binary('===', id(exploder.names.mode), { type: 'NumericLiteral', value: mode } as t.NumericLiteral);
}

function explodeDelegation(exploder: Exploder, node: t.YieldExpression): t.Expression {
  const { graph } = exploder;
  const iterator = exploder.keep(runtimeCall('iterator', [explodeExpression(exploder, node.argument as t.Expression)], node), 'iterator');
  const mode = exploder.keep({ type: 'NumericLiteral', value: 0 } as t.NumericLiteral, 'mode');
  const sent = exploder.keep(id('undefined'), 'sent');
  const result = exploder.temporary('result');
  const [again, done] = [graph.block(), graph.block()];
  graph.place(again);
  graph.evaluate(assign(result, runtimeCall('delegate', [iterator, mode, sent], node)), node);
  graph.jumpIf(memberOf(result, 'done'), done);
  graph.suspend('yield', memberOf(result, 'value'), node, true);
  graph.evaluate(assign(mode, id(exploder.names.mode)));
  graph.evaluate(assign(sent, exploder.received()));
  graph.jump(again);
  graph.place(done);
  const way = wayOfReturn(exploder, memberOf(result, 'value'), false, node);
  const returned = { type: 'BlockStatement', body: way.statements, directives: [] } as unknown as t.BlockStatement;
  graph.emit(when(binary('===', mode, { type: 'NumericLiteral', value: 2 } as t.NumericLiteral), returned), way.exits);
  return memberOf(result, 'value');
}

function memberOf(object: t.Expression, name: string): t.MemberExpression {
  return { type: 'MemberExpression', object, property: id(name), computed: false } as t.MemberExpression;
}

function explodeBinary(exploder: Exploder, node: t.BinaryExpression): t.Expression {
  const [left, right] = operands(exploder, [node.left as t.Expression, node.right]);
  return { ...node, left: left as t.Expression, right: right as t.Expression };
}

function explodeLogical(exploder: Exploder, node: t.LogicalExpression): t.Expression {
  if (!suspends(node.right)) return { ...node, left: explodeExpression(exploder, node.left) };
  const { graph } = exploder;
  const result = exploder.keep(explodeExpression(exploder, node.left));
  const end = graph.block();
  if (node.operator === '&&') graph.jumpUnless(result, end);
  else graph.jumpIf(node.operator === '||' ? result : binary('!=', result, nullNode()), end);
  graph.evaluate(assign(result, explodeExpression(exploder, node.right)));
  graph.place(end);
  return result;
}

function nullNode(): t.NullLiteral {
  return { type: 'NullLiteral' } as t.NullLiteral;
}

function explodeConditional(exploder: Exploder, node: t.ConditionalExpression): t.Expression {
  const test = explodeExpression(exploder, node.test);
  if (!suspends(node.consequent) && !suspends(node.alternate)) return { ...node, test };
  const { graph } = exploder;
  const result = exploder.temporary('value');
  const [otherwise, end] = [graph.block(), graph.block()];
  graph.jumpUnless(test, otherwise);
  graph.evaluate(assign(result, explodeExpression(exploder, node.consequent)));
  graph.jump(end);
  graph.place(otherwise);
  graph.evaluate(assign(result, explodeExpression(exploder, node.alternate)));
  graph.place(end);
  return result;
}

function explodeSequence(exploder: Exploder, node: t.SequenceExpression): t.Expression {
  const last = node.expressions.length - 1;
  node.expressions.slice(0, last).forEach((each) => exploder.graph.evaluate(explodeExpression(exploder, each)));
  return explodeExpression(exploder, node.expressions[last] as t.Expression);
}

function explodeUnary<N extends t.UnaryExpression | t.UpdateExpression>(exploder: Exploder, node: N): t.Expression {
  if (node.type === 'UnaryExpression' && node.operator === 'delete' && isChain(node.argument))
    return explodeChain(exploder, node.argument, node);
  const argument = explodeExpression(exploder, node.argument as t.Expression);
  return { ...node, argument } as t.Expression;
}

function isChain(node: t.Node): node is t.OptionalMemberExpression | t.OptionalCallExpression {
  return node.type === 'OptionalMemberExpression' || node.type === 'OptionalCallExpression';
}

function explodeCall(exploder: Exploder, node: t.CallExpression): t.Expression {
  const callee = node.callee as t.Expression;
  const args = node.arguments as Operand[];
  if (!args.some(suspends)) return { ...node, callee: explodeExpression(exploder, callee) };
  const ofRuntime = callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && callee.object.name === '$';
  if (callee.type === 'MemberExpression' && !ofRuntime) {
    // The method is looked up before the arguments are evaluated, and called with its object afterwards.
    const member = keepMember(exploder, callee, args);
    const method = exploder.keep(member, 'method');
    return runtimeCall('call', [method, member.object as t.Expression, ...(operands(exploder, args) as t.Expression[])], node);
  }
  const target = ofRuntime ? callee : exploder.keepUnlessStable(explodeExpression(exploder, callee), args);
  return { ...node, callee: target, arguments: operands(exploder, args) as t.Expression[] };
}

function explodeNew(exploder: Exploder, node: t.NewExpression): t.Expression {
  const [callee, ...args] = operands(exploder, [node.callee as t.Expression, ...(node.arguments as Operand[])]);
  return { ...node, callee: callee as t.Expression, arguments: args as t.Expression[] };
}

function explodeObject(exploder: Exploder, node: t.ObjectExpression): t.Expression {
  const parts: Operand[] = node.properties.flatMap((member): Operand[] => {
    if (member.type === 'SpreadElement') return [member];
    const { computed, key, value } = member as t.ObjectProperty;
    return [...(computed ? [key as t.Expression] : []), value as t.Expression];
  });
  const values = operands(exploder, parts, asItIs, asCopy);
  let at = 0;
  const take = (): t.Expression => values[at++] as t.Expression;
  const properties = node.properties.map((member) => {
    if (member.type === 'SpreadElement') return values[at++] as t.SpreadElement;
    const made = member as t.ObjectProperty;
    const key = made.computed ? take() : made.key;
    return { ...property('key', take()), key, computed: made.computed } as t.ObjectProperty;
  });
  return { ...node, properties };
}

/** Each part of a template becomes text before the next one is evaluated. */
function explodeTemplate(exploder: Exploder, node: t.TemplateLiteral): t.Expression {
  const asText = (value: t.Expression): t.Expression =>
    ({ type: 'TemplateLiteral', quasis: [quasi(), quasi()], expressions: [value] }) as unknown as t.TemplateLiteral;
  return { ...node, expressions: operands(exploder, node.expressions as t.Expression[], asText) };
}

function quasi(): t.TemplateElement {
  return { type: 'TemplateElement', value: { raw: '', cooked: '' }, tail: false } as t.TemplateElement;
}
