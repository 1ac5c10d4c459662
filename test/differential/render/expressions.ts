import type { Expression, Statement } from '../generator.ts';
import { at, type Scope } from './scope.ts';

/** Renders the body of a function: its statements, then `return result`. */
export type FunctionBody = (list: readonly Statement[] | undefined, scope: Scope, mode: Scope['mode'], result: string) => string;

/** Expressions as text. Every one is a number; what stands in a plain function does not suspend. */
export class ExpressionRenderer {
  private readonly functionBody: FunctionBody;

  constructor(functionBody: FunctionBody) {
    this.functionBody = functionBody;
  }

  /** The part with this index, or a small number where the tree has none. */
  part(parts: readonly Expression[], index: number, scope: Scope): string {
    const part = parts[index];
    return part === undefined ? String(index) : this.expression(part, scope);
  }

  /** What suspends in this kind of function: an await, a yield, or in a plain function nothing. */
  private suspended(value: string, scope: Scope): string {
    if (scope.mode === 'async') return `(await ${value})`;
    return scope.mode === 'generator' ? `((yield 2) ?? 3)` : '6';
  }

  private expression(node: Expression, scope: Scope): string {
    const { kind, pick, parts } = node;
    const e = (index: number): string => this.part(parts, index, scope);
    const name = at(scope.numbers, pick)!.name;
    const target = at(
      scope.numbers.filter(({ mutable }) => mutable),
      pick,
    )!.name;
    switch (kind) {
      case 'literal':
        return String(pick);
      case 'variable':
        return name;
      case 'suspend':
        return this.suspended(`hop(${e(0)}${pick > 8 ? `, ${pick}` : ''})`, scope);
      case 'await':
        return this.suspended(e(0), scope);
      case 'add':
        return `(${e(0)} + ${e(1)})`;
      case 'multiply':
        return `((${e(0)} * ${e(1)}) % 997)`;
      case 'compare':
        return `(${e(0)} ${['<', '===', '>=', '!=='][pick % 4]} ${e(1)} ? ${e(2)} : ${pick})`;
      case 'conditional':
        return `((${e(0)}) % 2 ? ${e(1)} : ${e(2)})`;
      case 'and':
        return `(${e(0)} && ${e(1)})`;
      case 'or':
        return `(${e(0)} || ${e(1)})`;
      case 'nullish':
        return `((${e(0)} > ${pick} ? null : ${name}) ?? ${e(1)})`;
      case 'sequence':
        return `(${e(0)}, ${e(1)})`;
      case 'assign':
        return `(${target} = ${e(0)})`;
      case 'compound':
        return `(${target} ${['+=', '-=', '%='][pick % 3]} ${e(0)})`;
      case 'logicalAssign':
        return `(${target} ${['||=', '&&=', '??='][pick % 3]} ${e(0)})`;
      case 'update':
        return pick % 2 ? `${target}++` : `(--${target})`;
      case 'element':
        return `[${e(0)}, ${name}, ${e(1)}, ${name}][(${e(2)}) & 3]`;
      case 'elementAssign':
        return `([1, 2][${e(0)} & 1] ${pick % 2 ? '=' : '+='} ${e(1)})`;
      case 'member':
        return `({ a: ${e(0)}, [\`k\${${e(1)}}\`]: ${name}, get b() { return this.a; } }).b`;
      case 'memberAssign':
        return `({ x: ${e(0)} }.x ${['=', '+=', '||='][pick % 3]} ${e(1)})`;
      case 'objectSpread':
        return `({ x: ${e(0)}, ...{ y: ${e(1)}, x: ${pick} }, z: ${name} }).x`;
      case 'arraySpread':
        return `sum(${name}, ...[${e(0)}, ...[${e(1)}]], ${e(2)}, ${name})`;
      case 'template':
        return `\`\${${name}}|\${${e(0)}}|\${${e(1)}}\`.length`;
      case 'tagged':
        return `tag\`a\${${e(0)}}b\${${e(1)}}\``;
      case 'destructure':
        return `(([${target} = ${e(0)}] = [${pick % 2 ? e(1) : ''}]), ${target})`;
      case 'in':
        return `(('x' + (${e(0)} & 1)) in { x1: ${e(1)} } ? ${name} : 0)`;
      case 'delete':
        return `(delete { x: ${e(0)} }[${e(1)}] ? ${e(2)} : 1)`;
      case 'typeof':
        return `(typeof (${e(0)})).length`;
      default:
        return this.invocation(node, scope, e, name);
    }
  }

  private invocation({ kind, pick, parts, body }: Expression, scope: Scope, e: (index: number) => string, name: string): string {
    const callable = at(scope.asyncFunctions, pick) ?? 'hop';
    const instance = at(scope.instances, pick);
    switch (kind) {
      case 'call':
        return `${at(scope.functions, pick) ?? 'sum'}(${e(0)}, ${e(1)})`;
      case 'callAsync':
        return this.suspended(`${callable}(${e(0)}, ${callable === 'hop' ? pick : e(1)})`, scope);
      case 'callMethod':
        if (instance === undefined) return `sum(${e(0)})`;
        return pick % 3 === 0 ? `${instance}.plain(${e(0)})` : this.suspended(`${instance}.method(${e(0)})`, scope);
      case 'optionalCall':
        return `(${pick % 2 ? 'null' : '{ deep: { sum } }'}?.deep.sum?.(${e(0)}, ${name}) ?? ${e(1)})`;
      case 'arguments':
        return scope.hasArguments ? `(arguments[${pick % 3}] ?? ${e(0)})` : e(0);
      case 'thisField':
        return scope.hasThis ? `(this.field ${pick % 2 ? '+=' : '='} ${e(0)})` : e(0);
      case 'privateField':
        return scope.hasPrivate
          ? [`(this.#hidden = ${e(0)})`, 'this.#hidden++', `(this.doubled += ${e(0)})`, '(#hidden in this ? 1 : 0)'][pick % 4]!
          : e(0);
      case 'newInstance': {
        const made = at(scope.classes, pick);
        return made === undefined ? `new Array(3).length` : `(new ${made}(${e(0)}).start + ${made}.made)`;
      }
      case 'generatorNext': {
        const iterator = at(scope.iterators, pick);
        if (iterator === undefined) return e(0);
        return pick % 5 === 4 ? `(${iterator}.return(${e(0)}).value ?? 0)` : `(${iterator}.next(${e(0)}).value ?? ${e(1)})`;
      }
      case 'all':
        return `sum(...${this.suspended(`Promise.all([${e(0)}, ${callable}(${e(1)}), hop(${e(2)}, ${pick})])`, scope).replace(/^\(\(yield 2\) \?\? 3\)$|^6$/, '[1]')})`;
      case 'race':
        return this.suspended(`Promise.race([hop(${e(0)}, ${pick}), hop(${e(1)}, 5)])`, scope);
      case 'then': {
        const chained = `.then((x) => x + ${this.part(parts, 1, { ...scope, mode: 'sync' })}).finally(() => log.push(${pick}))`;
        return this.suspended(
          `hop(${e(0)})${pick % 2 ? chained : `.then(async (x) => x * ${this.part(parts, 1, { ...scope, mode: 'async' })})`}`,
          scope,
        );
      }
      case 'task': {
        const task = at(scope.tasks, pick);
        return task === undefined ? e(0) : this.suspended(task, scope);
      }
      default: {
        const own = { ...scope, mode: 'async' as const };
        return this.suspended(`(async () => ${this.functionBody(body, own, 'async', this.part(parts, 0, own))})()`, scope);
      }
    }
  }
}
