/** The control flow graph of a resumable function, and the builder that the second pass writes it with. */
import type * as t from '@babel/types';
import { block, not, statement, throws, when } from '../build.ts';

/** A statement that runs as it stands. `exits` are the blocks it may jump to from inside. */
export interface Item {
  readonly node: t.Statement;
  readonly exits: readonly Block[];
}

/** Where a function gives up control: `await`, `yield`, or one step of `yield*`. */
export interface Suspension {
  readonly how: 'await' | 'yield';
  readonly value: t.Expression;
  readonly at: t.Node;
  readonly resume: Block;
  /** True when the code after it looks at the resume mode itself. */
  readonly handlesMode: boolean;
}

/** Statements without a jump target among them. */
export interface Block {
  readonly items: Item[];
  /** What runs next; null after a return, a throw or a suspension. */
  next: Block | null;
  suspension: Suspension | null;
  /** The suspension after which this block continues. */
  resumes: Suspension | null;
  /** Where an exception in this block goes; null for out of the function. */
  handler: Block | null;
  /** How many loops are around it. */
  loopDepth: number;
}

/** A jump whose number is known only when the blocks are laid out. */
export interface Jump {
  /** Filled in by the emission. */
  readonly node: t.BlockStatement;
  readonly to: Block;
  /** True inside a native loop or switch. */
  readonly labeled: boolean;
}

export class GraphBuilder {
  readonly layout: Block[] = [];
  readonly jumps: Jump[] = [];
  /** Blocks out of the way of the usual path; they follow the rest. */
  readonly detached: Block[] = [];
  /** The exception handler of the region being built. */
  handler: Block | null = null;
  private loopDepth = 0;
  private current: Block | null = null;

  constructor() {
    this.place(this.block());
  }

  /** A block that is not placed yet. */
  block(): Block {
    return { items: [], next: null, suspension: null, resumes: null, handler: null, loopDepth: 0 };
  }

  /** Continues building in `next`; what was built before runs into it. */
  place(next: Block): void {
    if (this.current !== null) this.current.next = next;
    next.handler = this.handler;
    next.loopDepth = this.loopDepth;
    this.layout.push(next);
    this.current = next;
  }

  /** Builds `body`, which starts at `first` and goes on at `next`, out of the way of what is being built. */
  aside(first: Block, next: Block, body: () => void): void {
    const { current } = this;
    const from = this.layout.length;
    this.current = null;
    this.place(first);
    body();
    this.jump(next);
    this.detached.push(...this.layout.splice(from));
    this.current = current;
  }

  emit(node: t.Statement, exits: readonly Block[] = []): void {
    this.current?.items.push({ node, exits });
  }

  evaluate(expression: t.Expression, at?: t.Node): void {
    this.emit(statement(expression, at));
  }

  jump(to: Block): void {
    if (this.current !== null) this.current.next = to;
    this.current = null;
  }

  jumpIf(test: t.Expression, to: Block): void {
    this.emit(when(test, this.jumpTo(to, false)), [to]);
  }

  jumpUnless(test: t.Expression, to: Block): void {
    const negated = test.type === 'UnaryExpression' && test.operator === '!' ? test.argument : not(test);
    this.jumpIf(negated, to);
  }

  /** A statement that jumps to `to`, for use inside another statement. */
  jumpTo(to: Block, labeled: boolean): t.BlockStatement {
    const node = block([]);
    this.jumps.push({ node, to, labeled });
    return node;
  }

  /** What was emitted last never lets control pass. */
  end(): void {
    this.current = null;
  }

  raise(error: t.Expression, at?: t.Node): void {
    this.emit(throws(error, at));
    this.end();
  }

  suspend(how: Suspension['how'], value: t.Expression, at: t.Node, handlesMode = false): void {
    const resume = this.block();
    const suspension: Suspension = { how, value, at, resume, handlesMode };
    resume.resumes = suspension;
    if (this.current !== null) this.current.suspension = suspension;
    this.current = null;
    this.place(resume);
  }

  /** Builds the blocks of a loop; `body` ends with placing the one that follows it. */
  loop(body: () => void): void {
    this.loopDepth += 1;
    body();
    this.loopDepth -= 1;
    if (this.current !== null) this.current.loopDepth = this.loopDepth;
  }

  /** Builds `body` in a region with its own exception handler, on both ends cut off from what is around it. */
  region(handler: Block, body: () => void): void {
    const outer = this.handler;
    this.handler = handler;
    this.place(this.block());
    body();
    this.handler = outer;
    if (this.current !== null) this.place(this.block());
  }
}
