/**
 * Uses of a variable before its declaration. Where the order of the text decides, the use is replaced by the error; where
 * a function made earlier may run too early, the read is checked; everywhere else reads cost nothing.
 */
import type * as t from '@babel/types';
import type { Binding, Unit } from './scopes.ts';

export type Initialization = 'certain' | 'checked' | 'missing';

export function initializationAt(binding: Binding, use: t.Node, unit: Unit): Initialization {
  if (use === binding.node || !isOrdered(binding)) return 'certain';
  if (unit === binding.scope.unit) return precedes(use, binding) ? 'missing' : 'certain';
  if (!binding.captured && binding.scope.kind !== 'module') return 'certain';
  return mayRunEarly(binding, unit) ? 'checked' : 'certain';
}

function isOrdered(binding: Binding): boolean {
  return binding.kind === 'let' || binding.kind === 'const' || binding.kind === 'class' || binding.kind === 'parameter';
}

/** True for a use in front of the declaration, or in the initialiser itself. */
function precedes(use: t.Node, binding: Binding): boolean {
  const at = use.start ?? Infinity;
  if (at < (binding.node.start ?? 0)) return true;
  return binding.init !== null && contains(binding.init, at);
}

function contains(node: t.Node, offset: number): boolean {
  return (node.start ?? Infinity) <= offset && offset < (node.end ?? 0);
}

/** True when the function around the use exists before the variable has its value. */
function mayRunEarly(binding: Binding, unit: Unit): boolean {
  let outermost = unit;
  while (outermost.parent !== null && outermost.parent !== binding.scope.unit) outermost = outermost.parent;
  const { node } = outermost;
  const declared = binding.node.start ?? 0;
  if (node.type === 'FunctionDeclaration') return earliestUse(node, outermost) < declared;
  if (binding.scope.kind === 'module' || binding.init === node) return false;
  return (node.start ?? 0) < declared || (binding.init !== null && contains(binding.init, node.start ?? 0));
}

function earliestUse(node: t.FunctionDeclaration, unit: Unit): number {
  for (let scope = unit.scope.parent; scope !== null; scope = scope.parent) {
    const own = node.id ? scope.bindings.get(node.id.name) : undefined;
    if (own?.node === node) return own.firstUse;
  }
  return Infinity;
}
