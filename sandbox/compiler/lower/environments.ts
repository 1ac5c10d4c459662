/** Environment records: how emitted code makes them, finds them and reads captured variables. */
import type * as t from '@babel/types';
import type { UnitContext } from '../brick-context.ts';
import { dot, id, object, property } from '../build.ts';
import {
  type Binding,
  hasRecord,
  isClassMember,
  isModuleBinding,
  isResumable,
  type Scope,
  staysInClassBody,
  thisUnit,
  type Unit,
} from '../scopes/scopes.ts';

/** The entry under which a variable stands in its record; `$p` is the enclosing record. */
function entryName(name: string): string {
  return name === '$p' || name === '__proto__' ? `%${name}` : name;
}

/** The innermost environment record that code at the current scope sees, if there is any. */
export function currentRecord(context: UnitContext): t.Expression | undefined {
  return recordAt(context, context.scope);
}

function recordAt(context: UnitContext, from: Scope | null): t.Expression | undefined {
  for (let scope = from; scope !== null && scope.unit === context.unit; scope = scope.parent)
    if (scope.record !== null) return id(scope.record);
  return context.unit.needsEnvironment ? id(context.brick.internal.record) : undefined;
}

/** The record argument for a function or class that is created at the current scope. */
export function recordFor(context: UnitContext, unit: Unit): t.Expression | undefined {
  return unit.needsEnvironment ? currentRecord(context) : undefined;
}

/** `{$p: outer, ...entries}`: a new record for `scope`, which is being entered. */
export function newRecord(
  context: UnitContext,
  scope: Scope,
  entries: readonly (readonly [string, t.Expression])[] = [],
): t.ObjectExpression {
  const outer = recordAt(context, scope.parent !== null && scope !== context.unit.scope ? scope.parent : null);
  const parent = outer === undefined ? [] : [property('$p', outer)];
  return object([...parent, ...entries.map(([name, value]) => property(entryName(name), value))]);
}

/** Gives `scope` a record variable of the function being emitted. */
export function nameRecord(context: UnitContext, scope: Scope): string {
  scope.record ??= context.names.fresh('%scope');
  return scope.record;
}

/** A copy of the record of a loop scope, for the next iteration. */
export function copyRecord(context: UnitContext, scope: Scope): t.ObjectExpression {
  const record = id(scope.record as string);
  const captured = [...scope.bindings.values()].filter((binding) => binding.captured);
  const parent = recordAt(context, scope.parent) === undefined ? [] : [property('$p', dot(record, '$p'))];
  return object([...parent, ...captured.map((binding) => property(entryName(binding.name), dot(record, entryName(binding.name))))]);
}

/** Reads (or names as an assignment target) what `binding` means at the current place. */
export function bindingReference(context: UnitContext, binding: Binding, at: t.Node): t.Expression {
  if (isModuleBinding(binding)) return context.brick.moduleReference(binding, at);
  if (knowsItself(binding, context.unit)) return id(binding.name, at);
  if (!binding.captured) return id(localOf(context, binding), at);
  if (binding.scope.unit === context.unit) return dot(id(nameRecord(context, binding.scope)), entryName(binding.name), at);
  return outerVariable(context, binding, at);
}

/** The JavaScript variable of an uncaptured binding. */
export function localOf(context: UnitContext, binding: Binding): string {
  binding.local ??= context.names.fresh(binding.name);
  return binding.local;
}

/** True for a variable that is a JavaScript local of the function being emitted. */
export function isLocal(context: UnitContext, binding: Binding): boolean {
  return !binding.captured && binding.scope.kind !== 'module' && binding.scope.unit === context.unit;
}

/** A class body, and a plain function expression, see their own names natively. */
function knowsItself(binding: Binding, unit: Unit): boolean {
  if (binding.kind !== 'self' || isResumable(unit)) return false;
  return binding.scope.kind === 'class' ? unit.parent === binding.scope.unit && staysInClassBody(unit) : binding.node === unit.node;
}

function outerVariable(context: UnitContext, binding: Binding, at: t.Node): t.Expression {
  let record: t.Expression = id(context.brick.internal.record);
  for (let scope = context.unit.scope.parent; scope !== null; scope = scope.parent) {
    if (!hasRecord(scope)) continue;
    if (scope === binding.scope) return dot(record, entryName(binding.name), at);
    record = dot(record, '$p');
  }
  throw new TypeError(`captured variable ${binding.name} is in no record`);
}

/** What `this` means at the current place. */
export function thisReference(context: UnitContext, at: t.Node): t.Expression {
  return pseudoReference(context, 'this', at);
}

/** `this`, `arguments` or `new.target`, wherever the function that owns it has put it. */
export function pseudoReference(context: UnitContext, name: 'this' | 'arguments' | 'new.target', at: t.Node): t.Expression {
  const owner = thisUnit(context.unit);
  if (owner.kind === 'module') return id('undefined', at);
  const binding = owner.scope.bindings.get(name);
  if (owner !== context.unit && binding !== undefined) return bindingReference(context, binding, at);
  return ownPseudo(context, name, at);
}

/** The value of a pseudo variable in the function that owns it. */
export function ownPseudo(context: UnitContext, name: 'this' | 'arguments' | 'new.target', at: t.Node | null): t.Expression {
  const resumable = isResumable(context.unit) && !context.atCall;
  if (name === 'this')
    return resumable ? dot(id(context.brick.internal.frame), 'self', at) : ({ type: 'ThisExpression', loc: at?.loc } as t.ThisExpression);
  if (name === 'arguments') {
    const binding = context.unit.scope.bindings.get('arguments');
    return resumable && binding !== undefined ? id(localOf(context, binding), at) : id('arguments', at);
  }
  if (resumable) return id('undefined', at);
  return { type: 'MetaProperty', meta: id('new'), property: id('target'), loc: at?.loc } as t.MetaProperty;
}

/** The captured pseudo variables of a function, as the first entries of its record. */
export function pseudoEntries(context: UnitContext): [string, t.Expression][] {
  const entries: [string, t.Expression][] = [];
  for (const name of ['this', 'arguments', 'new.target'] as const) {
    const binding = context.unit.scope.bindings.get(name);
    if (binding?.captured && !(name === 'this' && isDerivedConstructor(context.unit))) entries.push([name, ownPseudo(context, name, null)]);
  }
  return entries;
}

/** In a derived constructor `this` exists only after `super()`. */
export function isDerivedConstructor(unit: Unit): boolean {
  return unit.kind === 'constructor' && isClassMember(unit) && Boolean((unit.parent?.node as t.Class | undefined)?.superClass);
}
