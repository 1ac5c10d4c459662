/** Leaving loops, labels and functions by break, continue and return, through every finally and open iterator on the way. */
import type * as t from '@babel/types';
import type { Block } from './blocks.ts';
import { assign, block, bool, call, dot, id, num, runtimeCall, seq, statement } from '../build.ts';
import type { Exploder } from './exploder.ts';

/** A way out of a finally block after it ran: its number is kept in `kind` while it runs. */
interface Exit {
  readonly to: Block | null;
  /** How many of the surroundings remain; the function is left when `to` is null. */
  readonly depth: number;
}

export type ControlContext =
  | { readonly kind: 'loop'; readonly labels: readonly string[]; readonly breakTo: Block | null; readonly continueTo: Block }
  | { readonly kind: 'switch' | 'label'; readonly labels: readonly string[]; readonly breakTo: Block }
  | IteratorContext
  | FinallyContext;

export interface IteratorContext {
  readonly kind: 'iterator';
  readonly iterator: t.Identifier;
  readonly outerHandler: Block | null;
  /** The blocks that close the iterator on the way to an exit. */
  readonly closings: { readonly exit: Exit; readonly value: string | undefined; readonly block: Block }[];
}

export interface FinallyContext {
  readonly kind: 'finally';
  readonly finalizer: Block;
  /** Which exit to take afterwards: 0 go on, 1 throw, from 2 on `exits`. */
  readonly completion: t.Identifier;
  /** The exception, or the value of a return. */
  readonly value: t.Identifier;
  readonly exits: Exit[];
}

/** Statements that perform a jump or a return from the current place, and the blocks they may go to. */
export interface Way {
  readonly statements: t.Statement[];
  readonly exits: Block[];
}

export function wayOfBreak(exploder: Exploder, node: t.BreakStatement | t.ContinueStatement, labeled: boolean): Way {
  const { surroundings } = exploder;
  const label = node.label?.name;
  for (let at = surroundings.length - 1; at >= 0; at--) {
    const around = surroundings[at] as ControlContext;
    if (around.kind === 'finally' || around.kind === 'iterator') continue;
    const isContinue = node.type === 'ContinueStatement';
    if (isContinue && around.kind !== 'loop') continue;
    if (label === undefined ? around.kind === 'label' : !around.labels.includes(label)) continue;
    const to = isContinue && around.kind === 'loop' ? around.continueTo : around.breakTo;
    if (to === null) continue;
    return wayTo(exploder, surroundings.length, { to, depth: at + 1 }, labeled, null);
  }
  throw new TypeError(`${node.type} without a target`);
}

export function wayOfReturn(exploder: Exploder, argument: t.Expression | null, labeled: boolean, at?: t.Node): Way {
  const crosses = exploder.surroundings.some((around) => around.kind === 'finally' || around.kind === 'iterator');
  if (!crosses) return { statements: [finish(exploder, argument, at)], exits: [] };
  const value = exploder.returnSlot();
  const way = wayTo(exploder, exploder.surroundings.length, { to: null, depth: 0 }, labeled, value);
  return { statements: [statement(assign(value, argument ?? id('undefined'), at)), ...way.statements], exits: way.exits };
}

function finish(exploder: Exploder, argument: t.Expression | null, at?: t.Node): t.Statement {
  return {
    type: 'ReturnStatement',
    argument: runtimeCall('done', [id(exploder.names.frame), argument ?? undefined], at),
    loc: at?.loc,
  } as t.ReturnStatement;
}

/**
 * A return from inside a native statement that has something to do on the way out: the frame ends only after that,
 * in a block of its own.
 */
export function wayOfGuardedReturn(exploder: Exploder, argument: t.Expression | null, at: t.Node): Way {
  const way = wayOfReturn(exploder, argument, true, at);
  if (way.exits.length > 0) return way;
  const value = exploder.returnSlot();
  const leaving = detached(exploder, exploder.graph.handler, finish(exploder, value));
  return {
    statements: [statement(assign(value, argument ?? id('undefined'), at)), exploder.graph.jumpTo(leaving, true)],
    exits: [leaving],
  };
}

/** From inside the first `level` surroundings to `exit`. `value` holds what a return returns. */
export function wayTo(exploder: Exploder, level: number, exit: Exit, labeled: boolean, value: t.Identifier | null): Way {
  for (let at = level - 1; at >= exit.depth; at--) {
    const around = exploder.surroundings[at] as ControlContext;
    if (around.kind === 'finally') return throughFinally(exploder, around, exit, labeled, value);
    if (around.kind === 'iterator') return throughIterator(exploder, around, at, exit, labeled, value);
  }
  if (exit.to === null) return { statements: [finish(exploder, value)], exits: [] };
  return { statements: [exploder.graph.jumpTo(exit.to, labeled)], exits: [exit.to] };
}

function throughFinally(exploder: Exploder, around: FinallyContext, exit: Exit, labeled: boolean, value: t.Identifier | null): Way {
  let number = around.exits.findIndex((known) => known.to === exit.to && known.depth === exit.depth);
  if (number < 0) number = around.exits.push(exit) - 1;
  const set = enterFinally(around, number + 2, value);
  return { statements: [set, exploder.graph.jumpTo(around.finalizer, labeled)], exits: [around.finalizer] };
}

/** Both locals are written, so that neither is live before: the value is whatever is at hand when nobody will read it. */
export function enterFinally(around: FinallyContext, completion: number, value: t.Identifier | null): t.Statement {
  const set = assign(around.completion, num(completion));
  return statement(value === null ? assign(around.value, set) : seq([assign(around.value, value), set]));
}

/** Closing the iterator may throw, which must not close it again: it happens in a block outside the loop's region. */
function throughIterator(
  exploder: Exploder,
  around: IteratorContext,
  level: number,
  exit: Exit,
  labeled: boolean,
  value: t.Identifier | null,
): Way {
  const known = around.closings.find((each) => each.exit.to === exit.to && each.exit.depth === exit.depth && each.value === value?.name);
  if (known !== undefined) return { statements: [exploder.graph.jumpTo(known.block, labeled)], exits: [known.block] };
  const closing = detached(exploder, around.outerHandler, closeIterator(around.iterator));
  around.closings.push({ exit, value: value?.name, block: closing });
  const rest = wayTo(exploder, level, exit, false, value);
  closing.items.push({
    node: rest.statements.length === 1 ? (rest.statements[0] as t.Statement) : block(rest.statements),
    exits: rest.exits,
  });
  return { statements: [exploder.graph.jumpTo(closing, labeled)], exits: [closing] };
}

/** A block that is reached by jumps only. */
function detached(exploder: Exploder, handler: Block | null, first: t.Statement): Block {
  const made = exploder.graph.block();
  made.handler = handler;
  made.items.push({ node: first, exits: [] });
  exploder.graph.detached.push(made);
  return made;
}

export function closeIterator(iterator: t.Identifier, quiet = false): t.Statement {
  return statement(call(dot(id('$'), 'close'), quiet ? [iterator, bool(true)] : [iterator]));
}

/** Emits a way as the end of the current block. */
export function take(exploder: Exploder, way: Way): void {
  const { graph } = exploder;
  const [last] = way.statements.slice(-1);
  way.statements.slice(0, -1).forEach((each) => graph.emit(each));
  graph.emit(last as t.Statement, way.exits);
  graph.end();
}
