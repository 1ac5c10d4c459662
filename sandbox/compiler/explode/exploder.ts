/** What the parts of the second pass share: the graph, temporaries, and the question whether code suspends. */
import type * as t from '@babel/types';
import { GraphBuilder } from './blocks.ts';
import type { UnitContext } from '../brick-context.ts';
import { assign, id } from '../build.ts';
import { collectNames } from '../scopes/declarations.ts';
import type { ControlContext } from './exits.ts';
import { childNodes, walk } from '../walk.ts';

const suspending = new WeakMap<t.Node, boolean>();

/** True when `await` or `yield` is somewhere in `node`. Functions inside were lifted out before. */
export function suspends(node: t.Node | null | undefined): boolean {
  if (!node) return false;
  const known = suspending.get(node);
  if (known !== undefined) return known;
  const found = node.type === 'AwaitExpression' || node.type === 'YieldExpression' || childNodes(node).some(suspends);
  suspending.set(node, found);
  return found;
}

/** The entry points of the second pass, which is recursive across its files. */
export interface ExplodingPasses {
  readonly expression: (exploder: Exploder, node: t.Expression) => t.Expression;
  readonly statement: (exploder: Exploder, node: t.Statement, labels: readonly string[]) => void;
}

/** Emits what comes before a suspension in `node` and returns the rest, to be evaluated at once. */
export function explodeExpression(exploder: Exploder, node: t.Expression): t.Expression {
  return exploder.passes.expression(exploder, node);
}

/** `labels` are the author's labels directly in front of the statement. */
export function explodeStatement(exploder: Exploder, node: t.Statement, labels: readonly string[] = []): void {
  exploder.passes.statement(exploder, node, labels);
}

export function explodeAll(exploder: Exploder, statements: readonly t.Statement[]): void {
  for (const each of statements) explodeStatement(exploder, each);
}

export class Exploder {
  readonly passes: ExplodingPasses;
  readonly context: UnitContext;
  readonly graph = new GraphBuilder();
  private returned: t.Identifier | null = null;
  /** The loops, switches, labels and finally blocks around the current place, outermost first. */
  readonly surroundings: ControlContext[] = [];

  constructor(context: UnitContext, passes: ExplodingPasses) {
    this.context = context;
    this.passes = passes;
  }

  get names(): UnitContext['brick']['internal'] {
    return this.context.brick.internal;
  }

  /** The value a suspension gave, or the exception a handler caught. Valid until the next suspension. */
  received(at?: t.Node): t.Identifier {
    return id(this.names.value, at);
  }

  temporary(what: string): t.Identifier {
    return id(this.context.names.fresh(`%${what}`));
  }

  /** Where a return keeps its value on the way out; only one return is on its way at a time. */
  returnSlot(): t.Identifier {
    this.returned ??= this.temporary('returned');
    return this.returned;
  }

  /** Puts a value where it survives suspensions. */
  keep(value: t.Expression, what = 'value'): t.Identifier {
    const kept = this.temporary(what);
    this.graph.evaluate(assign(kept, value), value);
    return kept;
  }

  /** `value` itself when nothing in `later` can change what it yields, otherwise a temporary. */
  keepUnlessStable(value: t.Expression, later: readonly (t.Node | null | undefined)[]): t.Expression {
    return this.isStable(value, later) ? value : this.keep(value);
  }

  /** An enclosing record, reached from the function's own by `$p`: always the same one, and no ordinary value. */
  private isOuterRecord({ object, property, computed }: t.MemberExpression): boolean {
    if (computed || property.type !== 'Identifier' || property.name !== '$p') return false;
    return object.type === 'MemberExpression'
      ? this.isOuterRecord(object)
      : object.type === 'Identifier' && object.name === this.names.record;
  }

  private isRuntimeMember({ object, computed }: t.MemberExpression): boolean {
    return object.type === 'Identifier' && (object.name === '$' || (object.name === this.names.frame && !computed));
  }

  private isStable(value: t.Expression, later: readonly (t.Node | null | undefined)[]): boolean {
    switch (value.type) {
      case 'StringLiteral':
      case 'NumericLiteral':
      case 'BooleanLiteral':
      case 'NullLiteral':
      case 'BigIntLiteral':
        return true;
      case 'UnaryExpression':
        return value.operator === 'void' && value.argument.type === 'NumericLiteral';
      case 'MemberExpression':
        return this.isOuterRecord(value) || this.isRuntimeMember(value);
      case 'Identifier':
        if (value.name === this.names.value) return false;
        return !this.context.names.has(value.name) || !later.some((node) => assigns(node, value.name));
      default:
        return false;
    }
  }
}

function assigns(node: t.Node | null | undefined, name: string): boolean {
  let found = false;
  if (node)
    walk(node, (each) => {
      const targets =
        each.type === 'AssignmentExpression'
          ? collectNames(each.left)
          : each.type === 'UpdateExpression'
            ? collectNames(each.argument)
            : [];
      found ||= targets.some((target) => target.name === name);
      return !found;
    });
  return found;
}
