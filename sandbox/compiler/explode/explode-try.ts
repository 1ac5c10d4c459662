/** try, catch and finally around a suspension. */
import type * as t from '@babel/types';
import { assign, binary, block, num, throws, when } from '../build.ts';
import { enterFinally, type FinallyContext, wayTo } from './exits.ts';
import { explodePattern } from './explode-patterns.ts';
import { explodeAll, type Exploder, suspends } from './exploder.ts';

export function explodeTry(exploder: Exploder, node: t.TryStatement): void {
  if (node.finalizer) explodeFinally(exploder, node, node.finalizer);
  else explodeCatch(exploder, node);
}

function explodeCatch(exploder: Exploder, node: t.TryStatement): void {
  const { graph } = exploder;
  const { handler } = node;
  if (!handler) return explodeAll(exploder, node.block.body);
  const [caught, end] = [graph.block(), graph.block()];
  graph.region(caught, () => explodeAll(exploder, node.block.body));
  graph.jump(end);
  graph.place(caught);
  if (handler.param) {
    if (suspends(handler.param)) explodePattern(exploder, handler.param, exploder.keep(exploder.received(), 'error'));
    else graph.evaluate(assign(handler.param as t.LVal, exploder.received(), handler.param));
  }
  explodeAll(exploder, handler.body.body);
  graph.place(end);
}

/**
 * The finally block is built once. Whoever enters it first stores which way to go on afterwards in `completion`, and an
 * exception or return value beside it; both are ordinary locals, so they survive a suspension in the finally block.
 */
function explodeFinally(exploder: Exploder, node: t.TryStatement, finalizer: t.BlockStatement): void {
  const { graph } = exploder;
  const thrown = graph.block();
  const around: FinallyContext = {
    kind: 'finally',
    finalizer: graph.block(),
    completion: exploder.temporary('completion'),
    value: exploder.temporary('value'),
    exits: [],
  };
  graph.region(thrown, () => {
    exploder.surroundings.push(around);
    explodeCatch(exploder, node);
    exploder.surroundings.pop();
  });
  graph.emit(enterFinally(around, 0, null));
  graph.jump(around.finalizer);
  graph.place(thrown);
  graph.evaluate(assign(around.value, exploder.received()));
  graph.evaluate(assign(around.completion, num(1)));
  graph.place(around.finalizer);
  explodeAll(exploder, finalizer.body);
  graph.emit(when(binary('===', around.completion, num(1)), throws(around.value)));
  around.exits.forEach((exit, at) => {
    const way = wayTo(exploder, exploder.surroundings.length, exit, false, exit.to === null ? around.value : null);
    graph.emit(when(binary('===', around.completion, num(at + 2)), block(way.statements)), way.exits);
  });
}
