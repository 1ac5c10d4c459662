/**
 * Which variables are live at each suspension: read later before they are written. Backward data flow over the blocks;
 * an exception may leave a block anywhere, so what its handler needs is live in all of it.
 */
import type * as t from '@babel/types';
import type { Block, Jump } from './blocks.ts';
import { childNodes, eachChild } from '../walk.ts';

type Names = Set<string>;

/** The variables live at the start of each block. `jumps` tells what jumps inside statements go to, `isLocal` tells the variables of the step from all other names. */
export function liveAtStart(
  blocks: readonly Block[],
  jumps: readonly Jump[],
  isLocal: (name: string) => boolean,
): ReadonlyMap<Block, ReadonlySet<string>> {
  const targets = new Map<t.Node, Block>(jumps.map(({ node, to }) => [node, to]));
  const effects = new Map(blocks.map((block) => [block, blockEffects(block, targets, isLocal)]));
  const live = new Map<Block, Names>(blocks.map((block) => [block, new Set()]));
  const at = (block: Block | null): Names => (block === null ? new Set() : (live.get(block) ?? new Set()));
  for (let changed = true; changed;) {
    changed = false;
    for (const block of blocks.toReversed()) {
      const before = liveBefore(block, effects.get(block) ?? [], at);
      const known = at(block);
      if (before.size === known.size) continue;
      live.set(block, before);
      changed = true;
    }
  }
  return live;
}

function liveBefore(block: Block, effects: readonly Effect[], at: (block: Block | null) => Names): Names {
  const handled = at(block.handler);
  const live: Names = new Set([...at(block.next), ...at(block.suspension?.resume ?? null), ...handled]);
  for (const effect of effects.toReversed()) {
    for (const name of effect.writes) live.delete(name);
    for (const { to, written } of effect.exits) for (const name of at(to)) if (!written.has(name)) live.add(name);
    for (const name of effect.reads) live.add(name);
    for (const name of handled) live.add(name);
  }
  return live;
}

interface Effect {
  /** Variables read before the statement writes them. */
  readonly reads: Names;
  /** Variables certainly written when control passes on. */
  readonly writes: Names;
  /** Jumps out of the statement, with what is certainly written before each. */
  readonly exits: readonly { readonly to: Block; readonly written: ReadonlySet<string> }[];
}

function blockEffects(block: Block, targets: ReadonlyMap<t.Node, Block>, isLocal: (name: string) => boolean): Effect[] {
  const effects = block.items.map(({ node }) => effectOf(node, targets, isLocal));
  if (block.suspension !== null) effects.push(effectOf(block.suspension.value, targets, isLocal));
  return effects;
}

function effectOf(node: t.Node, targets: ReadonlyMap<t.Node, Block>, isLocal: (name: string) => boolean): Effect {
  const tracer = new Tracer(targets, isLocal);
  tracer.visit(node);
  return { reads: tracer.reads, writes: tracer.writes, exits: tracer.exits };
}

/** Follows one statement in the order of evaluation. */
class Tracer {
  readonly reads: Names = new Set();
  writes: Names = new Set();
  readonly exits: { to: Block; written: Names }[] = [];
  /** True after a jump, a return or a throw: control does not pass on. */
  private left = false;
  private readonly targets: ReadonlyMap<t.Node, Block>;
  private readonly isLocal: (name: string) => boolean;

  constructor(targets: ReadonlyMap<t.Node, Block>, isLocal: (name: string) => boolean) {
    this.targets = targets;
    this.isLocal = isLocal;
  }

  visit(node: t.Node): void {
    switch (node.type) {
      case 'Identifier':
        if (this.isLocal(node.name) && !this.writes.has(node.name)) this.reads.add(node.name);
        return;
      case 'AssignmentExpression':
        return this.assignment(node);
      case 'UpdateExpression':
        this.visit(node.argument);
        return this.target(node.argument);
      case 'LogicalExpression':
        this.visit(node.left);
        return this.perhaps(node.right);
      case 'ConditionalExpression':
        this.visit(node.test);
        return this.either(node.consequent, node.alternate);
      case 'IfStatement':
        this.visit(node.test);
        return this.either(node.consequent, node.alternate ?? null);
      case 'OptionalMemberExpression':
      case 'OptionalCallExpression': {
        const [first, ...others] = childNodes(node);
        if (first) this.visit(first);
        return others.forEach((other) => this.perhaps(other));
      }
      case 'VariableDeclarator':
        if (node.init) this.visit(node.init);
        if (node.init) this.target(node.id);
        return;
      case 'MemberExpression':
        this.visit(node.object);
        if (node.computed) this.visit(node.property);
        return;
      case 'ObjectProperty':
        if (node.computed) this.visit(node.key);
        return this.visit(node.value);
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'SwitchStatement':
      case 'TryStatement':
      case 'LabeledStatement':
        return this.inAnyOrder(node);
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'BlockStatement':
        return this.block(node);
      case 'ReturnStatement':
      case 'ThrowStatement':
        if (node.argument) this.visit(node.argument);
        this.left = true;
        return;
      default:
        eachChild(node, (child) => this.visit(child));
    }
  }

  private assignment(node: t.AssignmentExpression): void {
    if (node.operator !== '=' || node.left.type === 'MemberExpression') this.visit(node.left);
    const logical = node.operator === '&&=' || node.operator === '||=' || node.operator === '??=';
    if (logical) this.perhaps(node.right);
    else this.visit(node.right);
    if (!logical) this.target(node.left);
  }

  /** What an assignment or declaration writes; defaults and keys inside a pattern may be evaluated. */
  private target(node: t.Node): void {
    switch (node.type) {
      case 'Identifier':
        if (this.isLocal(node.name)) this.writes.add(node.name);
        return;
      case 'ObjectPattern':
        return node.properties.forEach((member) => {
          if (member.type === 'ObjectProperty' && member.computed) this.visit(member.key);
          this.target(member.type === 'RestElement' ? member.argument : member.value);
        });
      case 'ArrayPattern':
        return node.elements.forEach((element) => element && this.target(element));
      case 'AssignmentPattern':
        this.perhaps(node.right);
        return this.target(node.left);
      case 'RestElement':
        return this.target(node.argument);
      case 'MemberExpression':
        return this.visit(node);
      default:
    }
  }

  /** Evaluated or not: its reads count, its writes do not. */
  private perhaps(node: t.Node): void {
    const before = new Set(this.writes);
    this.visit(node);
    this.writes = before;
  }

  private block(node: t.BlockStatement): void {
    const to = this.targets.get(node);
    if (to === undefined) return node.body.forEach((each) => this.visit(each));
    this.exits.push({ to, written: new Set(this.writes) });
    this.left = true;
  }

  private either(one: t.Node, other: t.Node | null): void {
    const before = new Set(this.writes);
    this.left = false;
    this.visit(one);
    const [afterOne, leftOne] = [this.writes, this.left];
    this.writes = new Set(before);
    this.left = false;
    if (other) this.visit(other);
    const [afterOther, leftOther] = [this.writes, this.left];
    // A branch that does not pass on says nothing about what comes after.
    if (leftOther && !leftOne) this.writes = afterOne;
    else if (!leftOne) this.writes = new Set([...afterOne].filter((name) => afterOther.has(name)));
    this.left = leftOne && leftOther;
  }

  /** Loops and jumps: every read counts, no write is certain. */
  private inAnyOrder(node: t.Node): void {
    const collect = (each: t.Node): void => {
      const to = this.targets.get(each);
      if (to !== undefined) this.exits.push({ to, written: new Set(this.writes) });
      if (each.type === 'Identifier') this.visit(each);
      else if (each.type === 'BreakStatement' || each.type === 'ContinueStatement') return;
      else eachChild(each, collect);
    };
    collect(node);
  }
}
