/** Second pass over statements: those that suspend are taken apart into blocks, the rest run as they are. */
import type * as t from '@babel/types';
import type { Block } from './blocks.ts';
import { assign, id } from '../build.ts';
import { take, wayOfBreak, wayOfReturn } from './exits.ts';
import { explodeDoWhile, explodeFor, explodeForIn, explodeForOf, explodeWhile } from './explode-loops.ts';
import { explodePattern } from './explode-patterns.ts';
import { explodeTry } from './explode-try.ts';
import { explodeAll, explodeExpression, explodeStatement, type Exploder, suspends } from './exploder.ts';
import { emitNative } from './native-statements.ts';

/** `labels` are the author's labels directly in front of the statement. */
export function statementPass(exploder: Exploder, node: t.Statement, labels: readonly string[]): void {
  if (node.type === 'VariableDeclaration') return explodeDeclaration(exploder, node);
  if (node.type === 'ReturnStatement') return explodeReturn(exploder, node);
  if (node.type === 'BreakStatement' || node.type === 'ContinueStatement') return take(exploder, wayOfBreak(exploder, node, false));
  if (!suspends(node))
    return node.type === 'BlockStatement' && !hasOwnVariables(node) ? explodeAll(exploder, node.body) : emitNative(exploder, node);
  switch (node.type) {
    case 'BlockStatement':
      return explodeAll(exploder, node.body);
    case 'ExpressionStatement':
      return explodeEffect(exploder, node);
    case 'IfStatement':
      return explodeIf(exploder, node);
    case 'ForStatement':
      return exploder.graph.loop(() => explodeFor(exploder, node, labels));
    case 'WhileStatement':
      return exploder.graph.loop(() => explodeWhile(exploder, node, labels));
    case 'DoWhileStatement':
      return exploder.graph.loop(() => explodeDoWhile(exploder, node, labels));
    case 'ForOfStatement':
      return exploder.graph.loop(() => explodeForOf(exploder, node, labels));
    case 'ForInStatement':
      return exploder.graph.loop(() => explodeForIn(exploder, node, labels));
    case 'SwitchStatement':
      return explodeSwitch(exploder, node, labels);
    case 'LabeledStatement':
      return explodeLabeled(exploder, node, labels);
    case 'TryStatement':
      return explodeTry(exploder, node);
    case 'ThrowStatement':
      return exploder.graph.raise(explodeExpression(exploder, node.argument), node);
    default:
      throw new TypeError(`no way to suspend inside ${node.type}`);
  }
}

function hasOwnVariables(node: t.BlockStatement): boolean {
  return node.body.some((each) => each.type === 'VariableDeclaration');
}

function explodeEffect(exploder: Exploder, node: t.ExpressionStatement): void {
  const rest = explodeExpression(exploder, node.expression);
  if (rest.type !== 'Identifier') exploder.graph.evaluate(rest, node);
}

/** Variables of a step are declared at its top, so a declaration is an assignment. */
function explodeDeclaration(exploder: Exploder, node: t.VariableDeclaration): void {
  const inLoop = exploder.surroundings.some((around) => around.kind === 'loop');
  for (const { id: target, init, loc } of node.declarations) {
    const at = { ...node, loc: loc ?? node.loc };
    if (init) assignTo(exploder, target, init, at);
    else if (node.kind !== 'var' && inLoop) exploder.graph.evaluate(assign(target as t.LVal, id('undefined'), at), at);
  }
}

function assignTo(exploder: Exploder, target: t.Node, init: t.Expression, at: t.Node): void {
  const value = explodeExpression(exploder, init);
  if (suspends(target)) explodePattern(exploder, target, exploder.keep(value));
  else exploder.graph.evaluate(assign(target as t.LVal, value, at), at);
}

function explodeReturn(exploder: Exploder, node: t.ReturnStatement): void {
  const value = node.argument ? explodeExpression(exploder, node.argument) : null;
  take(exploder, wayOfReturn(exploder, value, false, node));
}

function explodeIf(exploder: Exploder, node: t.IfStatement): void {
  const { graph } = exploder;
  const test = explodeExpression(exploder, node.test);
  if (!suspends(node.consequent) && !suspends(node.alternate)) return emitNative(exploder, { ...node, test });
  const [consequent, end] = [graph.block(), graph.block()];
  // A suspension costs far more than a jump, so the path around it is the one that runs straight on.
  graph.jumpIf(test, consequent);
  if (node.alternate) explodeStatement(exploder, node.alternate);
  graph.aside(consequent, end, () => explodeStatement(exploder, node.consequent));
  graph.place(end);
}

function explodeLabeled(exploder: Exploder, node: t.LabeledStatement, labels: readonly string[]): void {
  const all = [...labels, node.label.name];
  const { body } = node;
  if (
    body.type === 'LabeledStatement' ||
    body.type.startsWith('For') ||
    body.type.endsWith('WhileStatement') ||
    body.type === 'SwitchStatement'
  ) {
    return explodeStatement(exploder, body, all);
  }
  const end = exploder.graph.block();
  exploder.surroundings.push({ kind: 'label', labels: all, breakTo: end });
  explodeStatement(exploder, body);
  exploder.surroundings.pop();
  exploder.graph.place(end);
}

function explodeSwitch(exploder: Exploder, node: t.SwitchStatement, labels: readonly string[]): void {
  const { graph } = exploder;
  const value = exploder.keep(explodeExpression(exploder, node.discriminant));
  const bodies: Block[] = node.cases.map(() => graph.block());
  const end = graph.block();
  let otherwise = end;
  node.cases.forEach((option, at) => {
    const body = bodies[at] as Block;
    if (!option.test) otherwise = body;
    else
      graph.jumpIf(
        { type: 'BinaryExpression', operator: '===', left: value, right: explodeExpression(exploder, option.test) } as t.BinaryExpression,
        body,
      );
  });
  graph.jump(otherwise);
  exploder.surroundings.push({ kind: 'switch', labels, breakTo: end });
  node.cases.forEach((option, at) => {
    graph.place(bodies[at] as Block);
    explodeAll(exploder, option.consequent);
  });
  exploder.surroundings.pop();
  graph.place(end);
}
