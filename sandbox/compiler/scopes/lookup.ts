/** Finding the binding behind a name, a class or a private member. */
import type * as t from '@babel/types';
import { type Binding, type Scope, staysInClassBody, type Unit } from './scopes.ts';

/** The record entry under which code outside a class body or object literal finds the class or the object. */
export const CLASS_NAME = '%class';
export const HOME_NAME = '%home';

export function isConstant(binding: Binding): boolean {
  return binding.kind === 'const' || binding.kind === 'self';
}

export function lookup(name: string, scope: Scope): Binding | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined && binding.kind !== 'pseudo') return binding;
    if (binding !== undefined && name === HOME_NAME) return binding;
  }
  return undefined;
}

/**
 * A class knows itself by a binding of its own. Code that is lifted out of the body of a module-level class uses the
 * module's binding instead, which needs no record.
 */
export function outsideView(binding: Binding | undefined, unit: Unit): Binding | undefined {
  if (binding === undefined || binding.scope.kind !== 'class' || binding.node.type !== 'ClassDeclaration') return binding;
  const inBody = unit.parent === binding.scope.unit && staysInClassBody(unit);
  const outer = inBody || binding.scope.parent === null ? undefined : binding.scope.parent.bindings.get(binding.name);
  return outer !== undefined && outer.scope.kind === 'module' ? outer : binding;
}

/** The name by which a class knows itself. */
export function classBinding(factory: Unit): Binding {
  const [binding] = factory.scope.bindings.values();
  if (binding === undefined) throw new TypeError('a class scope declares its own name first');
  return binding;
}

/** The innermost class around `unit` that declares `#name`. */
export function declaringClass(name: string, unit: Unit): Unit | undefined {
  for (let at: Unit | null = unit; at !== null; at = at.parent) {
    if (
      at.kind === 'class' &&
      (at.node as t.Class).body.body.some((member) => 'key' in member && member.key?.type === 'PrivateName' && member.key.id.name === name)
    )
      return at;
  }
  return undefined;
}
