/**
 * Which name means which variable, and which variables are captured: used by another function than the one that
 * declares them. A captured variable lives in an environment record, any other one in a JavaScript local.
 */
import type * as t from '@babel/types';

export type UnitKind = 'module' | 'function' | 'arrow' | 'method' | 'constructor' | 'class' | 'field' | 'static';

/**
 * A piece of code that is emitted as one JavaScript function. A class is a unit too: its factory. The members of a
 * class stay inside its body; every other function is lifted out to the top of the brick.
 */
export interface Unit {
  readonly kind: UnitKind;
  readonly node: t.Node;
  readonly parent: Unit | null;
  readonly async: boolean;
  readonly generator: boolean;
  /** The scope of its parameters and top-level variables; of a class, the one of its inner name. */
  scope: Scope;
  /** True when it, or a function inside it, uses a captured variable from outside: its function object needs a record. */
  needsEnvironment: boolean;
}

export type BindingKind = 'import' | 'var' | 'let' | 'const' | 'function' | 'parameter' | 'class' | 'catch' | 'self' | 'pseudo';

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly scope: Scope;
  readonly node: t.Node;
  captured: boolean;
  /** True when it is assigned after its declaration. */
  reassigned: boolean;
  references: number;
  /** Offset of the first use in the source. */
  firstUse: number;
  /** The expression that initialises it. */
  init: t.Node | null;
  /** The JavaScript variable that holds it, once it has one. */
  local: string | null;
}

export type ScopeKind = 'module' | 'function' | 'block' | 'loop' | 'catch' | 'switch' | 'class' | 'self' | 'home';

export interface Scope {
  readonly kind: ScopeKind;
  readonly unit: Unit;
  readonly parent: Scope | null;
  readonly bindings: Map<string, Binding>;
  /** The JavaScript variable that holds its environment record, once it has one. */
  record: string | null;
}

/** What the analysis of one module found. */
export interface Analysis {
  readonly module: Unit;
  /** The binding each identifier refers to; identifiers that are not here are global, or no references. */
  readonly bindings: Map<t.Node, Binding>;
  readonly scopes: Map<t.Node, Scope>;
  readonly units: Map<t.Node, Unit>;
  readonly globals: readonly t.Identifier[];
  /** Assignments to imports and constants. */
  readonly badAssignments: readonly { readonly node: t.Identifier; readonly binding: Binding }[];
  /** Every word of the source that could be a variable: no emitted name may be among them. */
  readonly mentioned: ReadonlySet<string>;
}

export function isResumable(unit: Unit): boolean {
  return unit.async || unit.generator;
}

/** True for the code that stays inside a class body when emitted. */
export function isClassMember(unit: Unit): boolean {
  return unit.parent?.kind === 'class';
}

/** A module-level binding; those are never captured, whoever uses them. */
export function isModuleBinding(binding: Binding): boolean {
  return binding.scope.kind === 'module';
}

/** True when the scope gets an environment record. */
export function hasRecord(scope: Scope): boolean {
  if (scope.kind === 'module') return false;
  for (const binding of scope.bindings.values()) if (binding.captured) return true;
  return false;
}

export function declareBinding(scope: Scope, name: string, kind: BindingKind, node: t.Node): Binding {
  const existing = scope.bindings.get(name);
  if (existing !== undefined) return existing;
  const binding: Binding = {
    name,
    kind,
    scope,
    node,
    captured: false,
    reassigned: false,
    references: 0,
    firstUse: Infinity,
    init: null,
    local: null,
  };
  scope.bindings.set(name, binding);
  return binding;
}

/** Notes that code of `unit`, at `scope`, uses `binding`. */
export function noteUse(binding: Binding, unit: Unit): void {
  binding.references += 1;
  if (isModuleBinding(binding) || !crossesFunctions(binding, unit)) return;
  binding.captured = true;
  for (let user: Unit | null = unit; user !== null && user !== binding.scope.unit; user = user.parent) user.needsEnvironment = true;
}

/**
 * True for code that is emitted inside the class body it was written in: there the name of the class and `super` mean
 * what they say. Private methods stand in the class that brands objects with private members.
 */
export function staysInClassBody(unit: Unit): boolean {
  return isClassMember(unit) && !isResumable(unit) && unit.node.type !== 'ClassPrivateMethod';
}

function crossesFunctions(binding: Binding, unit: Unit): boolean {
  const owner = binding.scope.unit;
  if (owner === unit) return false;
  // A function expression that calls itself by its own name needs no help either.
  if (binding.kind === 'self' && binding.node === unit.node) return isResumable(unit);
  // Inside its body a class knows its own name without help, unless the code is lifted out of the body.
  return !(owner.kind === 'class' && unit.parent === owner && staysInClassBody(unit));
}

/** The nearest enclosing unit that has its own `this`. */
export function thisUnit(unit: Unit): Unit {
  let owner = unit;
  while (owner.kind === 'arrow' && owner.parent !== null) owner = owner.parent;
  return owner;
}
