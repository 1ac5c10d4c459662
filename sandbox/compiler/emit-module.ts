/** One module to one brick: what is code, what is data, what is exported. */
import type * as t from '@babel/types';
import { BrickContext, type CompiledFunction, type FunctionRegion, UnitContext } from './brick-context.ts';
import { arrow, assign, block, declare, dot, id, object, property, returns, runtimeCall, statement, str } from './build.ts';
import { createClass } from './lower/classes.ts';
import { createFunction, defineFixed } from './lower/functions.ts';
import { declareHoisted } from './lower/parameters.ts';
import { HOST_MODULE, HOST_NAMES } from './source/host-names.ts';
import type { ExportEntry } from './source/module-interface.ts';
import { exportNames, type SourceModule } from './source/modules.ts';
import { type Binding, hasRecord } from './scopes/scopes.ts';
import { lowerExpression, lowerStatement } from './lower/passes.ts';
import { anyPass, expressionPass } from './lower/lower-expressions.ts';
import { bodyPass, enterPass, statementPass } from './lower/lower-statements.ts';

export interface EmittedModule {
  readonly program: t.Program;
  readonly functions: readonly CompiledFunction[];
  readonly regions: readonly FunctionRegion[];
}

const passes = { expression: expressionPass, any: anyPass, statement: statementPass, body: bodyPass, enter: enterPass };

type FunctionNode = t.FunctionDeclaration | t.FunctionExpression | t.ArrowFunctionExpression;

/** `skipped` are bindings that the brick does not need, such as the resource table. */
export function emitModule(module: SourceModule, skipped: ReadonlySet<Binding>): EmittedModule {
  const emitter = new ModuleEmitter(module, skipped);
  return { program: emitter.emit(), functions: emitter.brick.functions, regions: emitter.brick.regions };
}

class ModuleEmitter {
  readonly brick: BrickContext;
  private readonly module: SourceModule;
  private readonly skipped: ReadonlySet<Binding>;
  private readonly context: UnitContext;
  private readonly handles = new Map<string, string>();
  private defaultExport: t.Expression | null = null;

  constructor(module: SourceModule, skipped: ReadonlySet<Binding>) {
    this.module = module;
    this.skipped = skipped;
    this.brick = new BrickContext(module.analysis, module.problems, passes);
    this.context = new UnitContext(this.brick, module.analysis.module, '<module>');
  }

  emit(): t.Program {
    const imports = this.importStatements();
    this.placeFixed();
    const statements = this.module.program.body.flatMap((each) => (each.type === 'FunctionDeclaration' ? [] : this.topLevel(each)));
    const init = [...declareHoisted(this.context), ...this.reassignedFunctions(), ...statements];
    const exports = object(this.exportProperties());
    const result = object([
      property('data', id(this.brick.internal.data)),
      property('exports', exports),
      property('init', arrow([], block(init))),
    ]);
    const body = block([
      ...imports,
      declare('const', [[id(this.brick.internal.data), object([])]]),
      ...this.brick.definitions,
      returns(result),
    ]);
    body.directives = [{ type: 'Directive', value: { type: 'DirectiveLiteral', value: 'use strict' } } as t.Directive];
    const outer = {
      type: 'FunctionExpression',
      id: null,
      params: [id('$')],
      body,
      async: false,
      generator: false,
    } as unknown as t.FunctionExpression;
    return { type: 'Program', body: [statement(outer)], directives: [], sourceType: 'script' } as unknown as t.Program;
  }

  /** Names from `sm:host` never change and become constants; those of other bricks are read at each use. */
  private importStatements(): t.Statement[] {
    const host: t.ObjectProperty[] = [];
    for (const { specifier, imported, binding } of this.module.interface.imports) {
      if (binding === null || imported === null) continue;
      if (this.isHost(specifier, imported)) {
        host.push({ ...property(imported, id(binding.name)), shorthand: imported === binding.name } as t.ObjectProperty);
        this.brick.moduleBindings.set(binding, { how: 'name', name: binding.name });
      } else if (imported === '*') {
        this.brick.moduleBindings.set(binding, { how: 'name', name: this.handle(specifier) });
      } else {
        this.brick.moduleBindings.set(binding, { how: 'member', object: this.handle(specifier), key: imported });
      }
    }
    for (const { specifier } of this.module.interface.stars) this.handle(specifier);
    for (const entry of this.module.interface.exports)
      if (entry.from === 'module') this.handle(this.isHost(entry.specifier, entry.imported) ? HOST_MODULE : entry.specifier);
    const handles = [...this.handles].map(([specifier, name]): [t.Identifier, t.Expression] => [
      id(name),
      runtimeCall('import', [str(specifier)]),
    ]);
    const pattern = { type: 'ObjectPattern', properties: host } as unknown as t.ObjectPattern;
    const all: [t.LVal, t.Expression][] = [
      ...(host.length === 0 ? [] : [[pattern, runtimeCall('import', [str(HOST_MODULE)])] as [t.LVal, t.Expression]]),
      ...handles,
    ];
    return all.length === 0 ? [] : [declare('const', all)];
  }

  private isHost(specifier: string, name: string): boolean {
    return specifier === HOST_MODULE || (specifier === 'sm' && HOST_NAMES.has(name));
  }

  private handle(specifier: string): string {
    const known = this.handles.get(specifier);
    if (known !== undefined) return known;
    const name = this.brick.names.claim('I');
    this.handles.set(specifier, name);
    return name;
  }

  /** Functions and literals that never change are code. They are named before anything that uses them is emitted. */
  private placeFixed(): void {
    const fixed: [FunctionNode, Binding][] = [];
    const literals: [t.Expression, Binding][] = [];
    for (const node of this.declarations()) {
      if (node.type === 'FunctionDeclaration') {
        const binding = node.id ? this.bindingOf(node.id) : undefined;
        if (binding !== undefined && !binding.reassigned && binding.node === node) fixed.push([node, binding]);
      } else if (node.type === 'VariableDeclaration' && node.kind === 'const') {
        for (const { id: target, init } of node.declarations) {
          const binding = target.type === 'Identifier' ? this.bindingOf(target) : undefined;
          if (binding === undefined || !init || this.skipped.has(binding)) continue;
          if (isLiteral(init)) literals.push([init, binding]);
          else if (init.type === 'ArrowFunctionExpression' || (init.type === 'FunctionExpression' && !this.knowsItself(init)))
            fixed.push([init, binding]);
        }
      }
    }
    for (const [, binding] of [...fixed, ...literals]) this.brick.moduleBindings.set(binding, { how: 'name', name: binding.name });
    for (const [init, binding] of literals) this.brick.definitions.push(declare('const', [[id(binding.name), init]]));
    for (const [node, binding] of fixed) defineFixed(this.brick, node, binding.name);
  }

  private bindingOf(name: t.Identifier): Binding | undefined {
    return this.module.analysis.bindings.get(name);
  }

  private knowsItself(node: t.FunctionExpression): boolean {
    return node.id !== null && node.id !== undefined && hasRecord(this.brick.scopeOf(node.id));
  }

  private declarations(): t.Node[] {
    return this.module.program.body.flatMap((node): t.Node[] => {
      if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration')
        return node.declaration ? [node.declaration] : [];
      return [node];
    });
  }

  private reassignedFunctions(): t.Statement[] {
    return this.declarations().flatMap((node) => {
      const binding = node.type === 'FunctionDeclaration' && node.id ? this.bindingOf(node.id) : undefined;
      if (node.type !== 'FunctionDeclaration' || binding === undefined || this.brick.moduleBindings.has(binding)) return [];
      return [statement(assign(this.brick.moduleReference(binding, node) as t.LVal, createFunction(this.context, node, null)))];
    });
  }

  private topLevel(node: t.Statement): t.Statement[] {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return [];
      case 'ExportNamedDeclaration':
        return node.declaration && node.declaration.type !== 'FunctionDeclaration' ? this.topLevel(node.declaration) : [];
      case 'ExportDefaultDeclaration':
        return this.exportDefault(node);
      case 'VariableDeclaration':
        return this.variables(node);
      default:
        return lowerStatement(this.context, node);
    }
  }

  private variables(node: t.VariableDeclaration): t.Statement[] {
    const kept = node.declarations.filter(({ id: target }) => {
      const binding = target.type === 'Identifier' ? this.bindingOf(target) : undefined;
      return binding === undefined || !(this.brick.moduleBindings.has(binding) || this.skipped.has(binding));
    });
    return kept.length === 0 ? [] : lowerStatement(this.context, { ...node, declarations: kept });
  }

  private exportDefault(node: t.ExportDefaultDeclaration): t.Statement[] {
    const { declaration } = node;
    if (declaration.type === 'ClassDeclaration' && declaration.id) return lowerStatement(this.context, declaration);
    if (declaration.type === 'FunctionDeclaration') {
      if (!declaration.id) this.defaultExport = this.defaultFunction(declaration);
      return [];
    }
    if (this.module.interface.exports.some((entry) => entry.name === 'default' && entry.from === 'local')) return [];
    if (declaration.type === 'ArrowFunctionExpression') {
      this.defaultExport = this.defaultFunction(declaration);
      return [];
    }
    const value =
      declaration.type === 'ClassDeclaration'
        ? createClass(this.context, declaration, 'default')
        : lowerExpression(this.context, declaration as t.Expression, 'default');
    this.defaultExport = dot(id(this.brick.internal.data), 'default');
    return [statement(assign(dot(id(this.brick.internal.data), 'default'), value, node))];
  }

  private defaultFunction(node: t.FunctionDeclaration | t.ArrowFunctionExpression): t.Expression {
    const name = this.brick.names.claim('main');
    defineFixed(this.brick, node, name, 'default');
    return id(name);
  }

  private exportProperties(): t.ObjectProperty[] {
    const own = this.module.interface.exports.flatMap((entry) => {
      const value = this.exportValue(entry);
      return value === null ? [] : [property(entry.name, arrow([], value))];
    });
    return [...own, ...this.starProperties()];
  }

  private exportValue(entry: ExportEntry): t.Expression | null {
    if (entry.from === 'local') return this.skipped.has(entry.binding) ? null : this.brick.moduleReference(entry.binding, entry.node);
    if (entry.from === 'default') return this.defaultExport;
    const handle = id(this.handle(this.isHost(entry.specifier, entry.imported) ? HOST_MODULE : entry.specifier));
    return entry.imported === '*' ? handle : dot(handle, entry.imported);
  }

  private starProperties(): t.ObjectProperty[] {
    const taken = new Set(this.module.interface.exports.map((entry) => entry.name));
    const properties: t.ObjectProperty[] = [];
    for (const { specifier } of this.module.interface.stars) {
      const target = this.module.importMap.get(specifier);
      if (target === undefined || target === HOST_MODULE) continue;
      for (const name of exportNames(target)) {
        if (name === 'default' || taken.has(name)) continue;
        taken.add(name);
        properties.push(property(name, arrow([], dot(id(this.handle(specifier)), name))));
      }
    }
    return properties;
  }
}

function isLiteral(node: t.Expression): boolean {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'BigIntLiteral':
      return true;
    case 'TemplateLiteral':
      return node.expressions.length === 0;
    case 'UnaryExpression':
      return node.operator === '-' && isLiteral(node.argument);
    default:
      return false;
  }
}
