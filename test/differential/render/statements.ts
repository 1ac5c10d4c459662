import type { Expression, Statement } from '../generator.ts';
import { ExpressionRenderer } from './expressions.ts';
import { at, indent, inner, type Scope } from './scope.ts';

/** Statements as text. Declarations are added to the scope that they are rendered in. */
export class StatementRenderer {
  private readonly expressions = new ExpressionRenderer((...body) => this.functionBody(...body));
  private count = 0;

  private fresh(prefix: string): string {
    this.count += 1;
    return prefix + this.count;
  }

  /** A name for a parameter: sometimes one that hides a variable outside. */
  private parameter(scope: Scope, pick: number): string {
    return (pick % 3 === 0 && at(scope.numbers, pick)?.name) || this.fresh('p');
  }

  statements(list: readonly Statement[], scope: Scope): string {
    return list.map((statement) => this.statement(statement, scope)).join('\n');
  }

  private block(list: readonly Statement[] | undefined, scope: Scope): string {
    return `{\n${indent(this.statements(list ?? [], inner(scope)))}\n}`;
  }

  private loopBody(list: readonly Statement[] | undefined, scope: Scope, first = ''): string {
    const text = this.statements(list ?? [], inner({ ...scope, inLoop: true, inSwitch: false }));
    return `{\n${indent(`tick();${first}\n${text}`)}\n}`;
  }

  private statement({ kind, pick, parts, bodies }: Statement, scope: Scope): string {
    const e = (index: number, within = scope): string => this.expressions.part(parts, index, within);
    const declare = (keyword: 'let' | 'const' | 'var'): string => {
      const name = this.fresh('v');
      const text = `${keyword} ${name} = ${e(0)};`;
      scope.numbers.push({ name, mutable: keyword !== 'const' });
      return text;
    };
    switch (kind) {
      case 'log':
        return `log.push(${e(0)});`;
      case 'let':
      case 'const':
      case 'var':
        return declare(kind);
      case 'expression':
        return `${e(0)};`;
      case 'if':
        return `if (${e(0)} > ${pick}) ${this.block(bodies[0], scope)}${bodies.length > 1 ? ` else ${this.block(bodies[1], scope)}` : ''}`;
      case 'block':
        return this.block(bodies[0], scope);
      case 'for':
      case 'forOf':
      case 'forOfEntries':
      case 'forOfGenerator':
      case 'forIn':
      case 'while':
      case 'doWhile':
        return this.loop(kind, pick, e, bodies, scope);
      case 'labelled': {
        const label = this.fresh('l');
        const within = { ...inner(scope), labels: [...scope.labels, label] };
        return `${label}: ${this.loop(pick % 2 ? 'for' : 'forOf', pick, (index) => e(index, within), bodies, within)}`;
      }
      case 'switch':
        return this.switch(pick, e, bodies, scope);
      case 'tryCatch':
      case 'tryFinally':
      case 'tryCatchFinally':
        return this.try(kind, pick, bodies, scope);
      case 'throw':
        return `if (${e(0)} % 3 === 1) throw new Error('thrown ' + ${e(1)});`;
      case 'break':
        return this.jump('break', pick, e(0), scope, scope.inLoop || scope.inSwitch);
      case 'continue':
        return this.jump('continue', pick, e(0), scope, scope.inLoop);
      case 'return':
        return scope.canReturn ? `if (${e(0)} % 2 === ${pick % 2}) return ${e(1)};` : `log.push(${e(0)});`;
      case 'keepClosure':
        return `kept.push((${this.parameter(scope, 1)}) => ${this.expressions.part(parts, 0, { ...scope, mode: 'sync' })});`;
      case 'keepAsyncClosure':
        return `kept.push(async () => ${this.functionBody(bodies[0], scope, 'async', this.expressions.part(parts, 0, { ...scope, mode: 'async' }))});`;
      case 'function':
      case 'asyncFunction':
      case 'arrow':
      case 'generator':
        return this.function(kind, pick, parts, bodies, scope);
      case 'class':
        return this.class(pick, parts, bodies, scope);
      case 'startTask': {
        const task = this.fresh('t');
        const call = at(scope.asyncFunctions, pick) ?? 'hop';
        const text = `const ${task} = ${call}(${e(0)})${pick % 4 ? `.catch((error) => (log.push(error.message), ${pick}))` : ''};`;
        scope.tasks.push(task);
        return text;
      }
      case 'objectPattern': {
        const [x, y, z] = [this.fresh('v'), this.fresh('v'), this.fresh('v')];
        const text = `let { x: ${x} = ${e(0)}, y: { z: ${y} = ${e(1)} } = {}, ...${z} } = ${pick % 2 ? `{ x: ${e(2)}, w: 1 }` : `{ y: { z: ${e(2)} }, q: 2 }`};`;
        scope.numbers.push({ name: x, mutable: true }, { name: y, mutable: true });
        return `${text}\nlog.push(Object.keys(${z}).join());`;
      }
      case 'arrayPattern': {
        const [x, y, z] = [this.fresh('v'), this.fresh('v'), this.fresh('v')];
        const text = `let [${x} = ${e(0)}, , ${y} = ${e(1)}, ...${z}] = [${['', e(2), '5'].slice(pick % 3).join(', ')}, ${pick}];`;
        scope.numbers.push({ name: x, mutable: true }, { name: y, mutable: true });
        return `${text}\nlog.push(${z}.length);`;
      }
    }
  }

  private loop(kind: string, pick: number, e: (index: number, scope?: Scope) => string, bodies: Statement['bodies'], scope: Scope): string {
    const own = inner(scope);
    const name = this.fresh('i');
    const body = (first?: string): string => {
      own.numbers.push({ name, mutable: false });
      return this.loopBody(bodies[0], own, first);
    };
    const times = (pick % 3) + 1;
    switch (kind) {
      case 'for': {
        const start = e(0);
        own.numbers.push({ name, mutable: false });
        return `for (let ${name} = 0, from = ${start}; ${name} < ${times} && (${e(1, own)}) !== 7; ${name}++, from += ${name}) ${body(' log.push(from);')}`;
      }
      case 'forOf':
        return `for (const ${name} of [${e(0)}, ${e(1)}]) ${body()}`;
      case 'forOfEntries': {
        const key = this.fresh('k');
        const source = pick % 2 ? `new Map([[1, ${e(0)}], [2, ${e(1)}]])` : `[${e(0)}, ${e(1)}].entries()`;
        own.numbers.push({ name: key, mutable: true });
        return `for (let [${key}, ${name} = 1] of ${source}) ${body()}`;
      }
      case 'forOfGenerator': {
        const generator = at(scope.generators, pick);
        const source = generator === undefined ? `new Set([${e(0)}, ${e(1)}])` : `${generator}(${e(0)})`;
        return `for (const ${name} of ${source}) ${body()}`;
      }
      case 'forIn': {
        const key = this.fresh('k');
        return `for (const ${key} in { 1: ${e(0)}, x: ${e(1)}, y: 0 }) ${body(`\nconst ${name} = ${key}.length + (${key} === 'x' ? 5 : 1);`)}`;
      }
      default: {
        const counter = this.fresh('c');
        const test = `${counter}++ < ${times} && (${e(0)}) !== 5`;
        const first = `\nconst ${name} = ${counter};`;
        return kind === 'while'
          ? `{ let ${counter} = 0; while (${test}) ${body(first)} }`
          : `{ let ${counter} = 0; do ${body(first)} while (${test}); }`;
      }
    }
  }

  private switch(pick: number, e: (index: number) => string, bodies: Statement['bodies'], scope: Scope): string {
    const subject = `(${e(0)}) % 3`;
    const tests = [`case ${e(1)}:`, 'default:', `case ${pick % 3}:`];
    const own = { ...inner(scope), inSwitch: true };
    const cases = tests.map((test, index) => `${test} ${this.block(bodies[index], own)}${(pick + index) % 2 ? '\nbreak;' : ''}`);
    return `switch (${subject}) {\n${indent(cases.join('\n'))}\n}`;
  }

  private try(kind: string, pick: number, bodies: Statement['bodies'], scope: Scope): string {
    let text = `try ${this.block(bodies[0], scope)}`;
    if (kind !== 'tryFinally') {
      const name = this.parameter(scope, pick);
      const own = inner(scope);
      own.numbers.push({ name, mutable: true });
      const log = `log.push('caught ' + ${name}.message);\n${name} = ${name}.message.length;`;
      text += ` catch (${name}) {\n${indent(`${log}\n${this.statements(bodies[1] ?? [], own)}`)}\n}`;
    }
    if (kind !== 'tryCatch') text += ` finally ${this.block(bodies[2] ?? bodies[1], scope)}`;
    return text;
  }

  private jump(word: 'break' | 'continue', pick: number, test: string, scope: Scope, bare: boolean): string {
    const label = pick % 2 ? at(scope.labels, pick) : undefined;
    if (label === undefined && !bare) return `log.push(${test});`;
    return `if (${test} % 2 === ${pick % 2}) ${word}${label === undefined ? '' : ` ${label}`};`;
  }

  private function(kind: string, pick: number, parts: readonly Expression[], bodies: Statement['bodies'], scope: Scope): string {
    const name = this.fresh('f');
    const mode = kind === 'generator' ? 'generator' : kind === 'function' || (kind === 'arrow' && pick % 2 === 0) ? 'sync' : 'async';
    const own = inner(scope);
    const parameter = this.parameter(scope, pick);
    const other = this.fresh('p');
    own.numbers.push({ name: parameter, mutable: true });
    const fallback = this.expressions.part(parts, 1, { ...own, mode: 'sync', hasArguments: false, hasThis: false, hasPrivate: false });
    own.numbers.push({ name: other, mutable: true });
    const plain: Scope = {
      ...own,
      mode,
      hasArguments: kind !== 'arrow' && scope.mode !== 'generator',
      ...(kind === 'arrow' ? {} : { hasThis: false, hasPrivate: false }),
    };
    const body = this.functionBody(bodies[0], plain, mode, this.expressions.part(parts, 0, plain));
    const list = `(${parameter}, ${other} = ${fallback})`;
    (mode === 'sync' ? scope.functions : mode === 'async' ? scope.asyncFunctions : scope.generators).push(name);
    if (kind === 'arrow') return `const ${name} = ${mode === 'async' ? 'async ' : ''}${list} => ${body};`;
    const word = mode === 'async' ? 'async function ' : mode === 'generator' ? 'function* ' : 'function ';
    const keeps = mode === 'generator' && pick % 2 === 0 ? this.keptIterator(name, scope) : '';
    return `${word}${name}${list} ${body}${keeps}`;
  }

  /** A generator object that lives on in a variable. */
  private keptIterator(generator: string, scope: Scope): string {
    const name = this.fresh('g');
    scope.iterators.push(name);
    return `\nconst ${name} = ${generator}(1);`;
  }

  private class(pick: number, parts: readonly Expression[], bodies: Statement['bodies'], scope: Scope): string {
    const name = this.fresh('C');
    const base = pick % 2 ? at(scope.classes, pick) : undefined;
    const own: Scope = { ...inner(scope), hasThis: true, hasPrivate: true, hasArguments: true };
    const parameter = this.fresh('p');
    own.numbers.push({ name: parameter, mutable: true });
    const field = this.expressions.part(parts, 1, { ...scope, mode: 'sync', hasThis: false, hasPrivate: false, hasArguments: false });
    const result = this.expressions.part(parts, 0, { ...own, mode: 'async' });
    const members = [
      `#hidden = ${field};`,
      `field = this.#hidden + 1;`,
      `static made = 0;`,
      `constructor(start) {\n  ${base === undefined ? '' : 'super(start);\n  '}this.start = start;\n  ${name}.made++;\n}`,
      `get doubled() { return this.#hidden * 2; }`,
      `set doubled(value) { this.#hidden = value; }`,
      `async method(${parameter}) ${this.functionBody(bodies[0], own, 'async', base === undefined ? result : `(${result}) + (await super.method(1))`)}`,
      `plain(${parameter}) ${this.functionBody(bodies[1], own, 'sync', 'this.#hidden + this.field')}`,
    ];
    scope.classes.push(name);
    const instance = this.fresh('o');
    scope.instances.push(instance);
    return `class ${name}${base === undefined ? '' : ` extends ${base}`} {\n${indent(members.join('\n'))}\n}\nconst ${instance} = new ${name}(${pick});`;
  }

  private functionBody(list: readonly Statement[] | undefined, scope: Scope, mode: Scope['mode'], result: string): string {
    const own: Scope = { ...inner(scope), mode, inLoop: false, inSwitch: false, canReturn: true, labels: [] };
    return `{\n${indent(`tick();\n${this.statements(list ?? [], own)}\nreturn ${result};`)}\n}`;
  }
}
