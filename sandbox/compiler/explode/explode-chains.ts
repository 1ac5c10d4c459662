/** Optional chains with a suspension inside: `a?.[await key]?.(await argument)`. */
import type * as t from '@babel/types';
import type { Block } from './blocks.ts';
import { assign, binary, bool, id, runtimeCall } from '../build.ts';
import { explodeExpression, type Exploder, suspends } from './exploder.ts';
import { operands } from './operands.ts';

/** A link of the chain: its value, and the object it was found on, for a call. */
interface Link {
  readonly value: t.Expression;
  readonly self: t.Expression | null;
}

/** `deletion` is the `delete` in front of the chain, if there is one: what is missing counts as deleted. */
export function explodeChain(
  exploder: Exploder,
  node: t.OptionalMemberExpression | t.OptionalCallExpression,
  deletion: t.UnaryExpression | null = null,
): t.Expression {
  const { graph } = exploder;
  const result = exploder.temporary('value');
  const [missing, end] = [graph.block(), graph.block()];
  const link = explodeLink(exploder, node, missing);
  graph.evaluate(assign(result, deletion === null ? link.value : { ...deletion, argument: link.value }));
  graph.jump(end);
  graph.place(missing);
  graph.evaluate(assign(result, deletion === null ? id('undefined') : bool(true)));
  graph.place(end);
  return result;
}

function explodeLink(exploder: Exploder, node: t.Expression, missing: Block): Link {
  if (node.type === 'OptionalMemberExpression') {
    const target = exploder.keep(testLink(exploder, node.object, node.optional, missing).value, 'object');
    const key = node.computed ? explodeExpression(exploder, node.property as t.Expression) : node.property;
    return {
      value: { type: 'MemberExpression', object: target, property: key, computed: node.computed, loc: node.loc } as t.MemberExpression,
      self: target,
    };
  }
  if (node.type === 'OptionalCallExpression') {
    const { value, self } = testLink(exploder, node.callee, node.optional, missing);
    const callee = exploder.keep(value, 'method');
    const args = operands(exploder, node.arguments as t.Expression[]);
    return { value: runtimeCall('call', [callee, self ?? id('undefined'), ...args], node), self: null };
  }
  if (node.type === 'MemberExpression') {
    // The head of the chain is an ordinary member: a call after it needs its object.
    const target = exploder.keep(explodeExpression(exploder, node.object as t.Expression), 'object');
    const key = node.computed && suspends(node.property) ? explodeExpression(exploder, node.property as t.Expression) : node.property;
    return { value: { ...node, object: target, property: key } as t.MemberExpression, self: target };
  }
  return { value: explodeExpression(exploder, node), self: null };
}

/** The object or callee of a link; where the author wrote `?.`, a missing one ends the chain. */
function testLink(exploder: Exploder, node: t.Expression, optional: boolean, missing: Block): Link {
  const link = explodeLink(exploder, node, missing);
  if (!optional) return link;
  const value = exploder.keep(link.value);
  exploder.graph.jumpIf(binary('==', value, { type: 'NullLiteral' } as t.NullLiteral), missing);
  return { value, self: link.self };
}
