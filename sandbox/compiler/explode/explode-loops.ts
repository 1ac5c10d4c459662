/** Loops with a suspension inside. */
import type * as t from '@babel/types';
import type { Block } from './blocks.ts';
import { assign, call, dot, runtimeCall } from '../build.ts';
import { closeIterator } from './exits.ts';
import { explodePattern } from './explode-patterns.ts';
import { explodeExpression, explodeStatement, type Exploder, suspends } from './exploder.ts';
import { keepMember } from './operands.ts';

type Labels = readonly string[];

function loopBody(exploder: Exploder, node: t.Statement, labels: Labels, breakTo: Block, continueTo: Block): void {
  exploder.surroundings.push({ kind: 'loop', labels, breakTo, continueTo });
  explodeStatement(exploder, node);
  exploder.surroundings.pop();
}

export function explodeFor(exploder: Exploder, node: t.ForStatement, labels: Labels): void {
  const { graph } = exploder;
  const [test, update, end] = [graph.block(), graph.block(), graph.block()];
  if (node.init?.type === 'VariableDeclaration') explodeStatement(exploder, node.init);
  else if (node.init) graph.evaluate(explodeExpression(exploder, node.init));
  graph.place(test);
  if (node.test) graph.jumpUnless(explodeExpression(exploder, node.test), end);
  loopBody(exploder, node.body, labels, end, update);
  graph.place(update);
  if (node.update) graph.evaluate(explodeExpression(exploder, node.update));
  graph.jump(test);
  graph.place(end);
}

export function explodeWhile(exploder: Exploder, node: t.WhileStatement, labels: Labels): void {
  const { graph } = exploder;
  const [test, end] = [graph.block(), graph.block()];
  graph.place(test);
  graph.jumpUnless(explodeExpression(exploder, node.test), end);
  loopBody(exploder, node.body, labels, end, test);
  graph.jump(test);
  graph.place(end);
}

export function explodeDoWhile(exploder: Exploder, node: t.DoWhileStatement, labels: Labels): void {
  const { graph } = exploder;
  const [body, test, end] = [graph.block(), graph.block(), graph.block()];
  graph.place(body);
  loopBody(exploder, node.body, labels, end, test);
  graph.place(test);
  graph.jumpIf(explodeExpression(exploder, node.test), body);
  graph.place(end);
}

/** An exception in the body closes the iterator quietly; every other way out of the body closes it on the way. */
export function explodeForOf(exploder: Exploder, node: t.ForOfStatement, labels: Labels): void {
  const { graph } = exploder;
  const iterator = exploder.keep(runtimeCall('iterator', [explodeExpression(exploder, node.right)], node.right), 'iterator');
  const [next, failed, end] = [graph.block(), graph.block(), graph.block()];
  const item = fetchItem(exploder, iterator, next, end);
  exploder.surroundings.push({ kind: 'loop', labels, breakTo: end, continueTo: next });
  const outerHandler = graph.handler;
  graph.region(failed, () => {
    // Break leaves through the iterator, continue does not: so continue has a target inside.
    const again = graph.block();
    exploder.surroundings.push(
      { kind: 'iterator', iterator, outerHandler, closings: [] },
      { kind: 'loop', labels, breakTo: null, continueTo: again },
    );
    assignItem(exploder, node.left, item);
    explodeStatement(exploder, node.body);
    exploder.surroundings.splice(-2);
    graph.place(again);
  });
  exploder.surroundings.pop();
  graph.jump(next);
  graph.place(failed);
  const error = exploder.keep(exploder.received(), 'error');
  graph.emit(closeIterator(iterator, true));
  graph.raise(error);
  graph.place(end);
}

export function explodeForIn(exploder: Exploder, node: t.ForInStatement, labels: Labels): void {
  const { graph } = exploder;
  const iterator = exploder.keep(runtimeCall('keys', [explodeExpression(exploder, node.right)], node.right), 'keys');
  const [next, end] = [graph.block(), graph.block()];
  const item = fetchItem(exploder, iterator, next, end);
  exploder.surroundings.push({ kind: 'loop', labels, breakTo: end, continueTo: next });
  assignItem(exploder, node.left, item);
  explodeStatement(exploder, node.body);
  exploder.surroundings.pop();
  graph.jump(next);
  graph.place(end);
}

function fetchItem(exploder: Exploder, iterator: t.Identifier, next: Block, end: Block): t.Expression {
  const { graph } = exploder;
  graph.place(next);
  const result = exploder.keep(call(dot(iterator, 'next'), []), 'result');
  graph.jumpIf(dot(result, 'done'), end);
  return dot(result, 'value');
}

function assignItem(exploder: Exploder, left: t.Node, item: t.Expression): void {
  const target = left.type === 'VariableDeclaration' ? (left.declarations[0] as t.VariableDeclarator).id : left;
  if (!suspends(target)) return exploder.graph.evaluate(assign(target as t.LVal, item, left), left);
  const value = exploder.keep(item);
  if (target.type === 'MemberExpression') exploder.graph.evaluate(assign(keepMember(exploder, target, []), value, left), left);
  else explodePattern(exploder, target, value);
}
