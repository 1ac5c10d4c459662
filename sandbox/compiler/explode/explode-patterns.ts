/** Destructuring with a suspension inside the pattern: in a default, a computed key or an assignment target. */
import type * as t from '@babel/types';
import { assign, binary, call, dot, id, keyExpression, list, runtimeCall, throws, when } from '../build.ts';
import { closeIterator } from './exits.ts';
import { explodeExpression, type Exploder } from './exploder.ts';
import { keepMember } from './operands.ts';

/** Assigns `value`, which survives suspensions, to `pattern`. */
export function explodePattern(exploder: Exploder, pattern: t.Node, value: t.Expression): void {
  switch (pattern.type) {
    case 'ObjectPattern':
      return explodeObjectPattern(exploder, pattern, value);
    case 'ArrayPattern':
      return explodeArrayPattern(exploder, pattern, value);
    default:
      assignPart(exploder, pattern, () => value);
  }
}

/** Assigns one part: the target is evaluated first, then the value is fetched, then the default is tried. */
function assignPart(exploder: Exploder, part: t.Node, fetch: () => t.Expression): void {
  const inner = part.type === 'AssignmentPattern' ? part.left : part;
  const target =
    inner.type === 'MemberExpression' ? keepMember(exploder, inner, part.type === 'AssignmentPattern' ? [part.right] : []) : inner;
  let value = fetch();
  if (part.type === 'AssignmentPattern') value = withDefault(exploder, value, part.right);
  if (target.type === 'ObjectPattern' || target.type === 'ArrayPattern') {
    explodePattern(exploder, target, exploder.keep(value));
    return;
  }
  exploder.graph.evaluate(assign(target as t.LVal, value, part));
}

function withDefault(exploder: Exploder, value: t.Expression, fallback: t.Expression): t.Expression {
  const { graph } = exploder;
  const kept = exploder.keep(value);
  const end = graph.block();
  graph.jumpIf(binary('!==', kept, id('undefined')), end);
  graph.evaluate(assign(kept, explodeExpression(exploder, fallback)));
  graph.place(end);
  return kept;
}

function explodeObjectPattern(exploder: Exploder, pattern: t.ObjectPattern, value: t.Expression): void {
  const { graph } = exploder;
  const message = { type: 'StringLiteral', value: 'cannot destructure null or undefined' } as t.StringLiteral;
  const failure = { type: 'NewExpression', callee: id('TypeError'), arguments: [message], loc: pattern.loc } as t.NewExpression;
  graph.emit(when(binary('==', value, { type: 'NullLiteral' } as t.NullLiteral), throws(failure, pattern)));
  const keys: t.Expression[] = [];
  for (const member of pattern.properties) {
    if (member.type === 'RestElement') {
      assignPart(exploder, member.argument, () => runtimeCall('omit', [value, list(keys)], member));
      continue;
    }
    const key = member.computed
      ? exploder.keep(explodeExpression(exploder, member.key as t.Expression))
      : keyExpression(member.key as t.Expression, false);
    keys.push(key);
    const found = { type: 'MemberExpression', object: value, property: key, computed: true, loc: member.loc } as t.MemberExpression;
    assignPart(exploder, member.value, () => found);
  }
}

/** The iterator is closed when something in the pattern fails, and at the end unless it is exhausted. */
function explodeArrayPattern(exploder: Exploder, pattern: t.ArrayPattern, value: t.Expression): void {
  const { graph } = exploder;
  const iterator = exploder.keep(runtimeCall('iterator', [value], pattern), 'iterator');
  const exhausted = exploder.keep({ type: 'BooleanLiteral', value: false } as t.BooleanLiteral, 'done');
  const [failed, after, end] = [graph.block(), graph.block(), graph.block()];
  const outerHandler = graph.handler;
  graph.region(failed, () => {
    exploder.surroundings.push({ kind: 'iterator', iterator, outerHandler, closings: [] });
    for (const element of pattern.elements) {
      if (element?.type === 'RestElement') assignPart(exploder, element.argument, () => collectRest(exploder, iterator, exhausted));
      else if (element) assignPart(exploder, element, () => nextElement(exploder, iterator, exhausted));
      else nextElement(exploder, iterator, exhausted);
    }
    exploder.surroundings.pop();
  });
  graph.jump(after);
  graph.place(failed);
  const error = exploder.keep(exploder.received(), 'error');
  graph.emit(
    when({ type: 'UnaryExpression', operator: '!', prefix: true, argument: exhausted } as t.UnaryExpression, closeIterator(iterator, true)),
  );
  graph.raise(error);
  graph.place(after);
  graph.jumpIf(exhausted, end);
  graph.emit(closeIterator(iterator));
  graph.place(end);
}

/** An iterator whose `next` fails counts as exhausted: nobody may close it. */
function nextElement(exploder: Exploder, iterator: t.Identifier, exhausted: t.Identifier): t.Expression {
  const { graph } = exploder;
  const item = exploder.keep(id('undefined'), 'item');
  const past = graph.block();
  graph.jumpIf(exhausted, past);
  graph.evaluate(assign(exhausted, { type: 'BooleanLiteral', value: true } as t.BooleanLiteral));
  const result = exploder.keep(call(dot(iterator, 'next'), []), 'result');
  graph.evaluate(assign(exhausted, dot(result, 'done')));
  graph.jumpIf(exhausted, past);
  graph.evaluate(assign(item, dot(result, 'value')));
  graph.place(past);
  return item;
}

function collectRest(exploder: Exploder, iterator: t.Identifier, exhausted: t.Identifier): t.Expression {
  const { graph } = exploder;
  const items = exploder.keep(list([]), 'rest');
  const [again, past] = [graph.block(), graph.block()];
  graph.place(again);
  const item = nextElement(exploder, iterator, exhausted);
  graph.jumpIf(exhausted, past);
  graph.evaluate(call(dot(items, 'push'), [item]));
  graph.jump(again);
  graph.place(past);
  return items;
}
