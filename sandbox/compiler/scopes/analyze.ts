/** Builds the scopes of a module and resolves every name in it. */
import type * as t from '@babel/types';
import { collectNames, declareBody, declareLexical } from './declarations.ts';
import { CLASS_NAME, classBinding, declaringClass, HOME_NAME, isConstant, lookup, outsideView } from './lookup.ts';
import {
  type Analysis,
  type Binding,
  declareBinding,
  isClassMember,
  isResumable,
  noteUse,
  staysInClassBody,
  type Scope,
  type ScopeKind,
  thisUnit,
  type Unit,
  type UnitKind,
} from './scopes.ts';
import { childNodes, eachChild, isFunctionNode, walk } from '../walk.ts';

type FunctionNode =
  | t.FunctionDeclaration
  | t.FunctionExpression
  | t.ArrowFunctionExpression
  | t.ObjectMethod
  | t.ClassMethod
  | t.ClassPrivateMethod;

export function analyzeModule(program: t.Program): Analysis {
  return new Analyzer(program).analysis;
}

class Analyzer {
  readonly analysis: Analysis;
  private readonly bindings = new Map<t.Node, Binding>();
  private readonly scopes = new Map<t.Node, Scope>();
  private readonly units = new Map<t.Node, Unit>();
  private readonly globals: t.Identifier[] = [];
  private readonly badAssignments: { node: t.Identifier; binding: Binding }[] = [];

  constructor(program: t.Program) {
    const mentioned = new Set<string>();
    walk(program, (node) => {
      if (node.type === 'Identifier') mentioned.add(node.name);
    });
    const module = this.makeUnit('module', program, null, null);
    declareBody(program.body, module.scope);
    const { bindings, scopes, units, globals, badAssignments } = this;
    this.analysis = { module, bindings, scopes, units, globals, badAssignments, mentioned };
    for (const statement of program.body) this.visit(statement, module.scope, module);
  }

  private makeScope(kind: ScopeKind, unit: Unit, parent: Scope | null, node: t.Node): Scope {
    const scope: Scope = { kind, unit, parent, bindings: new Map(), record: null };
    this.scopes.set(node, scope);
    return scope;
  }

  private makeUnit(kind: UnitKind, node: t.Node, parent: Unit | null, outer: Scope | null): Unit {
    const { async = false, generator = false } = isFunctionNode(node)
      ? { async: node.async ?? false, generator: node.generator ?? false }
      : {};
    const unit: Unit = { kind, node, parent, async, generator, scope: undefined as unknown as Scope, needsEnvironment: false };
    unit.scope = this.makeScope(kind === 'module' ? 'module' : kind === 'class' ? 'class' : 'function', unit, outer, node);
    this.units.set(node, unit);
    return unit;
  }

  private children(node: t.Node, scope: Scope, unit: Unit): void {
    eachChild(node, (child) => this.visit(child, scope, unit));
  }

  private visit(node: t.Node, scope: Scope, unit: Unit): void {
    switch (node.type) {
      case 'Identifier':
        return this.reference(node, scope, unit);
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.functionNode(node, scope, unit);
      case 'ObjectMethod':
        if (node.computed) this.visit(node.key, scope, unit);
        return this.functionBody('method', node, scope, unit);
      case 'ObjectExpression':
        return this.objectNode(node, scope, unit);
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.classNode(node, scope, unit);
      case 'BlockStatement': {
        const inner = this.makeScope('block', unit, scope, node);
        declareLexical(node.body, inner);
        return this.children(node, inner, unit);
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.loopNode(node, scope, unit);
      case 'SwitchStatement': {
        this.visit(node.discriminant, scope, unit);
        const inner = this.makeScope('switch', unit, scope, node);
        for (const option of node.cases) declareLexical(option.consequent, inner);
        for (const option of node.cases) this.children(option, inner, unit);
        return;
      }
      case 'CatchClause':
        return this.catchNode(node, scope, unit);
      case 'ThisExpression':
        return this.useThis(node, unit);
      case 'Super':
        return this.useSuper(node, unit);
      case 'PrivateName':
        return this.usePrivate(node, unit);
      case 'MetaProperty':
        if (node.meta.name === 'new') this.usePseudo('new.target', node, unit);
        return;
      case 'MemberExpression':
      case 'OptionalMemberExpression':
        this.visit(node.object, scope, unit);
        if (node.computed || node.property.type === 'PrivateName') this.visit(node.property, scope, unit);
        return;
      case 'ObjectProperty':
        if (node.computed) this.visit(node.key, scope, unit);
        return this.visit(node.value, scope, unit);
      case 'AssignmentExpression':
        this.markAssigned(node.left, scope, node.left.type !== 'Identifier');
        return this.children(node, scope, unit);
      case 'UpdateExpression':
        this.markAssigned(node.argument, scope, false);
        return this.children(node, scope, unit);
      case 'VariableDeclarator':
        if (node.init) this.noteInit(node.id, node.init, scope);
        return this.children(node, scope, unit);
      case 'LabeledStatement':
        return this.visit(node.body, scope, unit);
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return;
      case 'ExportNamedDeclaration':
        return this.exportNode(node, scope, unit);
      default:
        return this.children(node, scope, unit);
    }
  }

  private exportNode(node: t.ExportNamedDeclaration, scope: Scope, unit: Unit): void {
    if (node.declaration) this.visit(node.declaration, scope, unit);
    if (node.source) return;
    for (const specifier of node.specifiers) if (specifier.type === 'ExportSpecifier') this.visit(specifier.local, scope, unit);
  }

  private reference(node: t.Identifier, scope: Scope, unit: Unit): void {
    const binding = outsideView(lookup(node.name, scope), unit);
    if (binding !== undefined) {
      this.bindings.set(node, binding);
      noteUse(binding, unit);
      if (node !== binding.node) noteFirstUse(binding, node, unit);
    } else if (node.name === 'arguments' && ['function', 'method', 'constructor'].includes(thisUnit(unit).kind)) {
      this.usePseudo('arguments', node, unit);
    } else {
      this.globals.push(node);
    }
  }

  private functionNode(node: t.FunctionDeclaration | t.FunctionExpression | t.ArrowFunctionExpression, scope: Scope, unit: Unit): void {
    if (node.type === 'FunctionDeclaration' && node.id) {
      const own = lookup(node.id.name, scope);
      if (own !== undefined) this.bindings.set(node.id, own);
    }
    let outer = scope;
    if (node.type === 'FunctionExpression' && node.id) {
      outer = { kind: 'self', unit, parent: scope, bindings: new Map(), record: null };
      this.scopes.set(node.id, outer);
      declareBinding(outer, node.id.name, 'self', node);
    }
    this.functionBody(node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function', node, outer, unit);
  }

  private functionBody(kind: UnitKind, node: FunctionNode, outer: Scope, parent: Unit): void {
    const unit = this.makeUnit(kind, node, parent, outer);
    for (const parameter of node.params)
      for (const name of collectNames(parameter)) declareBinding(unit.scope, name.name, 'parameter', name);
    const inner = this.bodyScope(node, unit);
    for (const parameter of node.params) this.visit(parameter, unit.scope, unit);
    if (node.body.type === 'BlockStatement') this.children(node.body, inner, unit);
    else this.visit(node.body, unit.scope, unit);
  }

  /**
   * Parameters and body share a scope, except where a closure among the parameters could tell a `var` of the body from
   * the parameter of the same name.
   */
  private bodyScope(node: FunctionNode, unit: Unit): Scope {
    if (node.body.type !== 'BlockStatement') return unit.scope;
    if (node.params.some(createsFunctions)) {
      const own = this.makeScope('block', unit, unit.scope, node.body);
      declareBody(node.body.body, own);
      if ([...own.bindings.values()].some((binding) => binding.kind === 'var' && unit.scope.bindings.has(binding.name))) return own;
      this.scopes.delete(node.body);
    }
    declareBody(node.body.body, unit.scope);
    return unit.scope;
  }

  private objectNode(node: t.ObjectExpression, scope: Scope, unit: Unit): void {
    const hasHome = node.properties.some((member) => member.type === 'ObjectMethod' && usesSuper(member));
    const inner = hasHome ? this.makeScope('home', unit, scope, node) : scope;
    if (hasHome) declareBinding(inner, HOME_NAME, 'pseudo', node);
    for (const member of node.properties) this.visit(member, inner, unit);
  }

  private classNode(node: t.Class, scope: Scope, unit: Unit): void {
    if (node.type === 'ClassDeclaration' && node.id) {
      const own = lookup(node.id.name, scope);
      if (own !== undefined) this.bindings.set(node.id, own);
    }
    const factory = this.makeUnit('class', node, unit, scope);
    if (node.superClass) this.visit(node.superClass, scope, unit);
    for (const member of node.body.body) if ('computed' in member && member.computed) this.visit(member.key, scope, unit);
    declareBinding(factory.scope, node.id?.name ?? CLASS_NAME, 'self', node);
    for (const member of node.body.body) this.classMember(member, factory);
  }

  private classMember(member: t.ClassBody['body'][number], factory: Unit): void {
    switch (member.type) {
      case 'ClassMethod':
      case 'ClassPrivateMethod':
        return this.functionBody(member.kind === 'constructor' ? 'constructor' : 'method', member, factory.scope, factory);
      case 'ClassProperty':
      case 'ClassPrivateProperty': {
        const unit = this.makeUnit('field', member, factory, factory.scope);
        if (member.value) this.visit(member.value, unit.scope, unit);
        return;
      }
      case 'StaticBlock': {
        const unit = this.makeUnit('static', member, factory, factory.scope);
        declareBody(member.body, unit.scope);
        return this.children(member, unit.scope, unit);
      }
      default:
    }
  }

  private loopNode(node: t.ForStatement | t.ForInStatement | t.ForOfStatement, scope: Scope, unit: Unit): void {
    const head = node.type === 'ForStatement' ? node.init : node.left;
    // What a loop runs over is evaluated before its variables exist.
    if (node.type !== 'ForStatement') this.visit(node.right, scope, unit);
    const inner = this.makeScope('loop', unit, scope, node);
    if (head?.type === 'VariableDeclaration') declareLexical([head], inner);
    else if (head && node.type !== 'ForStatement') this.markAssigned(head, scope, true);
    for (const child of childNodes(node)) if (node.type === 'ForStatement' || child !== node.right) this.visit(child, inner, unit);
  }

  private catchNode(node: t.CatchClause, scope: Scope, unit: Unit): void {
    const inner = this.makeScope('catch', unit, scope, node);
    if (node.param) for (const name of collectNames(node.param)) declareBinding(inner, name.name, 'catch', name);
    this.children(node, inner, unit);
  }

  private usePseudo(name: string, node: t.Node, unit: Unit): void {
    const owner = thisUnit(unit);
    if (owner.kind === 'module') return;
    const binding = declareBinding(owner.scope, name, 'pseudo', node);
    this.bindings.set(node, binding);
    noteUse(binding, unit);
  }

  private useThis(node: t.Node, unit: Unit): void {
    this.usePseudo('this', node, unit);
  }

  /** `super` works by itself in a plain class method; elsewhere the code needs to find the object that holds the method. */
  private useSuper(node: t.Super, unit: Unit): void {
    const owner = thisUnit(unit);
    if (owner === unit && staysInClassBody(unit)) return;
    this.useThis(node, unit);
    const home = isClassMember(owner) ? outsideView(classBinding(owner.parent as Unit), unit) : lookup(HOME_NAME, owner.scope);
    if (home !== undefined) noteUse(home, unit);
  }

  private usePrivate(node: t.PrivateName, unit: Unit): void {
    const factory = declaringClass(node.id.name, unit);
    if (factory === undefined || (unit.parent === factory && !isResumable(unit))) return;
    noteUse(outsideView(classBinding(factory), unit) as Binding, unit);
  }

  /** Constants are refused only inside patterns; an ordinary assignment throws when it is reached. */
  private markAssigned(target: t.Node, scope: Scope, inPattern: boolean): void {
    for (const name of collectNames(target)) {
      const binding = lookup(name.name, scope);
      if (binding === undefined) continue;
      binding.reassigned = true;
      if (binding.kind === 'import' || (inPattern && isConstant(binding))) this.badAssignments.push({ node: name, binding });
    }
  }

  /** Notes where a variable gets its first value. `var x = 1` on top of a parameter or function `x` is an assignment. */
  private noteInit(target: t.Node, init: t.Node, scope: Scope): void {
    for (const name of collectNames(target)) {
      const binding = lookup(name.name, scope);
      if (binding?.node === name) binding.init = init;
      if (binding?.kind === 'function' || binding?.kind === 'parameter') binding.reassigned = true;
    }
  }
}

/** At the top of a module only its own statements count: what functions do there happens later. */
function noteFirstUse(binding: Binding, node: t.Identifier, unit: Unit): void {
  if (binding.scope.kind === 'module' && unit.kind !== 'module') return;
  binding.firstUse = Math.min(binding.firstUse, node.start ?? Infinity);
}

function createsFunctions(node: t.Node): boolean {
  return isFunctionNode(node) || childNodes(node).some(createsFunctions);
}

function usesSuper(method: t.ObjectMethod): boolean {
  let found = false;
  walk(method, (node) => {
    if (node.type === 'Super') found = true;
    return node === method || (!(isFunctionNode(node) && node.type !== 'ArrowFunctionExpression') && node.type !== 'ClassBody');
  });
  return found;
}
