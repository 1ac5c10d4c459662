/** Statements that do not suspend stay as they are, except that jumps and returns out of them become those of the step. */
import type * as t from '@babel/types';
import type { Block } from './blocks.ts';
import { block } from '../build.ts';
import { type Way, wayOfBreak, wayOfGuardedReturn, wayOfReturn } from './exits.ts';
import type { Exploder } from './exploder.ts';
import { mapChildren } from '../walk.ts';

export function emitNative(exploder: Exploder, node: t.Statement): void {
  const exits: Block[] = [];
  exploder.graph.emit(rewrite(exploder, node, { breaks: false, continues: false, guarded: false, labels: [] }, exits), exits);
}

/** What the statement being rewritten offers as targets itself. */
interface Inside {
  readonly breaks: boolean;
  readonly continues: boolean;
  /** True where leaving runs a finally block or closes an iterator. */
  readonly guarded: boolean;
  readonly labels: readonly string[];
}

function rewrite(exploder: Exploder, node: t.Statement, inside: Inside, exits: Block[]): t.Statement {
  switch (node.type) {
    case 'ReturnStatement':
      return asOne(
        inside.guarded
          ? wayOfGuardedReturn(exploder, node.argument ?? null, node)
          : wayOfReturn(exploder, node.argument ?? null, true, node),
        exits,
      );
    case 'BreakStatement':
    case 'ContinueStatement':
      return staysInside(node, inside) ? node : asOne(wayOfBreak(exploder, node, true), exits);
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
      return {
        ...node,
        body: rewrite(
          exploder,
          node.body,
          { ...inside, breaks: true, continues: true, guarded: inside.guarded || node.type === 'ForOfStatement' },
          exits,
        ),
      };
    case 'SwitchStatement':
      return {
        ...node,
        cases: node.cases.map((option) => ({
          ...option,
          consequent: option.consequent.map((each) => rewrite(exploder, each, { ...inside, breaks: true }, exits)),
        })),
      };
    case 'LabeledStatement':
      return { ...node, body: rewrite(exploder, node.body, { ...inside, labels: [...inside.labels, node.label.name] }, exits) };
    case 'TryStatement':
      return rewriteParts(exploder, node, { ...inside, guarded: inside.guarded || Boolean(node.finalizer) }, exits);
    case 'IfStatement':
    case 'BlockStatement':
      return rewriteParts(exploder, node, inside, exits);
    default:
      return node;
  }
}

function rewriteParts<N extends t.Node>(exploder: Exploder, node: N, inside: Inside, exits: Block[]): N {
  return mapChildren(node, (child) => {
    if (child.type === 'CatchClause') return { ...child, body: rewrite(exploder, child.body, inside, exits) } as t.CatchClause;
    return child.type.endsWith('Statement') ? rewrite(exploder, child as t.Statement, inside, exits) : child;
  });
}

function staysInside(node: t.BreakStatement | t.ContinueStatement, inside: Inside): boolean {
  if (node.label) return inside.labels.includes(node.label.name);
  return node.type === 'BreakStatement' ? inside.breaks : inside.continues;
}

function asOne(way: Way, exits: Block[]): t.Statement {
  exits.push(...way.exits);
  return way.statements.length === 1 ? (way.statements[0] as t.Statement) : block(way.statements);
}
