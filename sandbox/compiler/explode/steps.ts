/** Lays out the blocks of a resumable function as the `switch` machine that the runtime calls step. */
import type * as t from '@babel/types';
import type { Block, Suspension } from './blocks.ts';
import type { CompiledFunction, UnitContext } from '../brick-context.ts';
import {
  assign,
  binary,
  block,
  declare,
  dot,
  functionExpression,
  id,
  index,
  list,
  num,
  object,
  property,
  returns,
  runtimeCall,
  statement,
  str,
  throws,
  when,
} from '../build.ts';
import { collectNames } from '../scopes/declarations.ts';
import { expressionPass } from './explode-expressions.ts';
import { statementPass } from './explode-statements.ts';
import { explodeAll, Exploder } from './exploder.ts';
import { liveAtStart } from './liveness.ts';
import { warnUncapturable } from '../warnings.ts';
import { walk } from '../walk.ts';

/** Compiles the lowered statements of a resumable function and registers the step in the brick. */
export function emitStep(context: UnitContext, entry: CompiledFunction, statements: readonly t.Statement[]): void {
  const exploder = new Exploder(context, { expression: expressionPass, statement: statementPass });
  explodeAll(exploder, statements);
  exploder.graph.emit(returns(runtimeCall('done', [id(exploder.names.frame)])));
  exploder.graph.end();
  const step = new StepLayout(exploder, entry);
  const register = runtimeCall(context.unit.generator ? 'generator' : 'async', [num(entry.fn), step.info(), step.emit()]);
  context.brick.definitions.push(statement(register));
}

/** How messages call a variable that holds an environment record. */
const SCOPE_NAME = '%scope';

class StepLayout {
  private readonly exploder: Exploder;
  private readonly entry: CompiledFunction;
  private readonly blocks: readonly Block[];
  private readonly jumpNodes: ReadonlySet<t.Node>;
  private readonly numbers = new Map<Block, number>();
  private readonly live: ReadonlyMap<Block, ReadonlySet<string>>;
  private readonly nested: ReadonlySet<string>;
  /** Every name in the blocks. */
  private readonly names: ReadonlySet<string>;
  private readonly locals: string[];
  private readonly liveNames: string[] = [];

  constructor(exploder: Exploder, entry: CompiledFunction) {
    this.exploder = exploder;
    this.entry = entry;
    this.jumpNodes = new Set(exploder.graph.jumps.map((jump) => jump.node));
    this.blocks = reachable(exploder.graph.layout, exploder.graph.detached);
    this.nested = nestedDeclarations(this.blocks);
    const { names } = exploder.context;
    const isLocal = (name: string): boolean => names.has(name) && !this.nested.has(name);
    this.live = liveAtStart(this.blocks, exploder.graph.jumps, isLocal);
    this.names = usedNames(this.blocks);
    this.locals = [...this.names].filter(isLocal);
    this.number();
    this.describeSuspensions();
  }

  /** Only blocks that are entered from elsewhere than the block before them need a number. */
  private number(): void {
    const targets = new Set<Block>(this.jumpTargets());
    this.blocks.forEach((each, at) => {
      if (each.resumes !== null) targets.add(each);
      if (each.handler !== null) targets.add(each.handler);
      if (each.next !== null && each.next !== this.blocks[at + 1]) targets.add(each.next);
    });
    const [first] = this.exploder.graph.layout;
    if (first !== undefined) this.numbers.set(first, 0);
    for (const each of this.blocks) if (targets.has(each) && !this.numbers.has(each)) this.numbers.set(each, this.numbers.size);
  }

  private jumpTargets(): Block[] {
    return this.blocks.flatMap((each) => each.items.flatMap((item) => item.exits));
  }

  private describeSuspensions(): void {
    const { names } = this.exploder.context;
    for (const each of this.blocks) {
      if (each.suspension === null) continue;
      const live = this.liveAt(each.suspension).map((name) => names.authorName(name));
      const start = each.suspension.at.loc?.start;
      this.entry.suspensionPoints.push({
        pc: this.numberOf(each.suspension.resume),
        line: start?.line ?? 0,
        column: (start?.column ?? -1) + 1,
        live,
      });
    }
    warnUncapturable(
      this.exploder.context,
      this.blocks.flatMap((each) => (each.suspension === null ? [] : [{ at: each.suspension.at, live: this.liveAt(each.suspension) }])),
    );
  }

  private liveAt(suspension: Suspension): string[] {
    return [...(this.live.get(suspension.resume) ?? [])];
  }

  private numberOf(target: Block): number {
    const number = this.numbers.get(target);
    if (number === undefined) throw new TypeError('jump to a block without a number');
    return number;
  }

  /** The static description of the function. */
  info(): t.Expression {
    const points = this.entry.suspensionPoints.map(({ pc, line, live }) =>
      property(String(pc), list([num(line), ...live.map((name) => num(this.position(name)))])),
    );
    for (const each of points) each.key = num(Number((each.key as t.StringLiteral).value));
    return object([
      property('name', str(this.exploder.context.title)),
      property('locals', str(this.liveNames.join(' '))),
      property('points', object(points)),
    ]);
  }

  private position(name: string): number {
    const known = this.liveNames.indexOf(name);
    const position = known >= 0 ? known : this.liveNames.push(name) - 1;
    return name === SCOPE_NAME ? ~position : position;
  }

  emit(): t.Expression {
    this.fillJumps();
    const { frame, mode, value } = this.exploder.names;
    const resumes = this.blocks.some((each) => each.resumes !== null);
    const params = resumes || this.handles() ? [id(frame), id(mode), id(value)] : [id(frame)];
    return functionExpression(null, params, block([...this.prologue(), ...this.machine()]));
  }

  private handles(): boolean {
    return this.blocks.some((each) => each.handler !== null);
  }

  /** Jumps get their numbers; a jump at the end of a block needs no block of its own. */
  private fillJumps(): void {
    const { pc, loop } = this.exploder.names;
    for (const jump of this.exploder.graph.jumps) {
      const number = this.numbers.get(jump.to);
      if (number !== undefined) jump.node.body.push(statement(assign(id(pc), num(number))), continueLoop(jump.labeled ? loop : null));
    }
    eachNode(this.blocks, (node) => {
      if (node.type === 'BlockStatement') node.body = this.withoutBlocks(node.body);
    });
  }

  private withoutBlocks(statements: readonly t.Statement[]): t.Statement[] {
    return statements.flatMap((each) => (this.jumpNodes.has(each) ? (each as t.BlockStatement).body : [each]));
  }

  private prologue(): t.Statement[] {
    const { frame, pc, live, record, handler } = this.exploder.names;
    const declared: [t.Identifier, t.Expression | null][] = [];
    if (this.numbers.size > 1) declared.push([id(pc), dot(id(frame), 'pc')]);
    if (this.names.has(live) || this.blocks.some((each) => each.resumes !== null && (this.live.get(each)?.size ?? 0) > 0))
      declared.push([id(live), dot(id(frame), 'live')]);
    if (this.exploder.context.unit.needsEnvironment) declared.push([id(record), dot(id(frame), 'env')]);
    if (this.handles()) declared.push([id(handler), num(0)]);
    declared.push(...this.locals.map((name): [t.Identifier, null] => [id(name), null]));
    return declared.length === 0 ? [] : [declare('var', declared)];
  }

  private machine(): t.Statement[] {
    if (this.numbers.size === 1 && !this.handles()) return this.blocks.flatMap((each, at) => this.blockBody(each, at));
    const { pc, loop } = this.exploder.names;
    const cases: t.SwitchCase[] = [];
    this.blocks.forEach((each, at) => {
      const number = this.numbers.get(each);
      if (number !== undefined) cases.push({ type: 'SwitchCase', test: num(number), consequent: [] } as unknown as t.SwitchCase);
      cases.at(-1)?.consequent.push(...this.blockBody(each, at));
    });
    const dispatch = { type: 'SwitchStatement', discriminant: id(pc), cases } as unknown as t.SwitchStatement;
    const body = this.handles() ? this.guarded(dispatch) : dispatch;
    const forever = { type: 'ForStatement', init: null, test: null, update: null, body } as unknown as t.ForStatement;
    const labeled = this.exploder.graph.jumps.some((jump) => jump.labeled && this.numbers.has(jump.to));
    return labeled ? [{ type: 'LabeledStatement', label: id(loop), body: forever } as unknown as t.LabeledStatement] : [forever];
  }

  /** An exception goes to the handler of the block it happened in. */
  private guarded(dispatch: t.Statement): t.Statement {
    const { pc, handler, value } = this.exploder.names;
    const caught = id(this.exploder.context.names.fresh('%caught'));
    const body = [
      when({ type: 'UnaryExpression', operator: '!', prefix: true, argument: id(handler) } as t.UnaryExpression, throws(caught)),
      statement(assign(id(pc), id(handler))),
      statement(assign(id(value), caught)),
    ];
    return {
      type: 'TryStatement',
      block: block([dispatch]),
      handler: { type: 'CatchClause', param: caught, body: block(body) },
      finalizer: null,
    } as unknown as t.TryStatement;
  }

  private blockBody(each: Block, at: number): t.Statement[] {
    return [
      ...this.loadLive(each),
      ...this.setHandler(each),
      ...this.receive(each),
      ...this.withoutBlocks(each.items.map((item) => item.node)),
      ...this.ending(each, at),
    ];
  }

  private loadLive(each: Block): t.Statement[] {
    if (each.resumes === null) return [];
    const names = this.liveAt(each.resumes);
    return names.map((name, at) => statement(assign(id(name), index(id(this.exploder.names.live), num(at)))));
  }

  private setHandler(each: Block): t.Statement[] {
    const isResume = each.resumes !== null;
    const differs = isResume ? each.handler !== null : this.predecessorHandlers(each).some((handler) => handler !== each.handler);
    return differs
      ? [statement(assign(id(this.exploder.names.handler), num(each.handler === null ? 0 : this.numberOf(each.handler))))]
      : [];
  }

  /** The handlers in force where control comes from; inside a handler block that is still the block itself. */
  private predecessorHandlers(target: Block): (Block | null)[] {
    return this.blocks.flatMap((each) => [
      ...(each.next === target || each.items.some((item) => item.exits.includes(target)) ? [each.handler] : []),
      ...(each.handler === target ? [target] : []),
    ]);
  }

  private receive(each: Block): t.Statement[] {
    if (each.resumes === null || each.resumes.handlesMode) return [];
    const { mode, value } = this.exploder.names;
    const thrown = this.exploder.context.unit.generator ? binary('===', id(mode), num(1)) : id(mode);
    return [when(thrown, throws(id(value)))];
  }

  private ending(each: Block, at: number): t.Statement[] {
    if (each.suspension !== null) return [this.suspend(each.suspension)];
    if (each.next === null || each.next === this.blocks[at + 1]) return [];
    return [statement(assign(id(this.exploder.names.pc), num(this.numberOf(each.next)))), continueLoop(null)];
  }

  private suspend(suspension: Suspension): t.Statement {
    const names = this.liveAt(suspension);
    const live = names.length === 0 ? undefined : list(names.map((name) => id(name)));
    return returns(
      runtimeCall(
        suspension.how,
        [id(this.exploder.names.frame), suspension.value, num(this.numberOf(suspension.resume)), live],
        suspension.at,
      ),
      suspension.at,
    );
  }
}

function continueLoop(label: string | null): t.ContinueStatement {
  return { type: 'ContinueStatement', label: label === null ? null : id(label) } as t.ContinueStatement;
}

/** From this many blocks on it pays to order them by how often they run. */
const MANY_BLOCKS = 12;

/**
 * The blocks that control can reach, in layout order. A `switch` compares case after case, so in a long function the
 * innermost loops come first: then a round of a loop costs the same wherever in the function it stands.
 */
function reachable(layout: readonly Block[], detached: readonly Block[]): Block[] {
  const seen = new Set<Block>();
  const pending = layout.slice(0, 1);
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (seen.has(each)) continue;
    seen.add(each);
    const next = [each.next, each.handler, each.suspension?.resume ?? null, ...each.items.flatMap((item) => item.exits)];
    pending.push(...next.filter((block) => block !== null));
  }
  const blocks = [...layout, ...detached].filter((each) => seen.has(each));
  return blocks.length < MANY_BLOCKS ? blocks : blocks.toSorted((a, b) => b.loopDepth - a.loopDepth);
}

function eachNode(blocks: readonly Block[], visit: (node: t.Node) => void): void {
  for (const each of blocks) {
    for (const item of each.items) walk(item.node, visit);
    if (each.suspension !== null) walk(each.suspension.value, visit);
  }
}

function usedNames(blocks: readonly Block[]): Set<string> {
  const names = new Set<string>();
  eachNode(blocks, (node) => {
    if (node.type === 'Identifier') names.add(node.name);
  });
  return names;
}

/** Variables that are declared inside a native statement and stay there. */
function nestedDeclarations(blocks: readonly Block[]): Set<string> {
  const names = new Set<string>();
  const add = (target: t.Node | null | undefined): void => {
    if (target) for (const { name } of collectNames(target)) names.add(name);
  };
  eachNode(blocks, (node) => {
    if (node.type === 'VariableDeclaration' && node.kind !== 'var') for (const declarator of node.declarations) add(declarator.id);
    if (node.type === 'CatchClause') add(node.param);
  });
  return names;
}
