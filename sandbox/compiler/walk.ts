/** Generic traversal of syntax trees. */
import type * as t from '@babel/types';

export function isNode(value: unknown): value is t.Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/**
 * Calls `visit` with each node directly below `node`, in the order of evaluation as far as the parser's field order gives it.
 * Every part of the compiler walks every program with it, so it allocates nothing.
 */
export function eachChild(node: t.Node, visit: (child: t.Node) => void): void {
  const fields = node as unknown as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) {
      if (isNode(value)) visit(value);
      continue;
    }
    for (const item of value) if (isNode(item)) visit(item);
  }
}

/** The nodes directly below `node`. */
export function childNodes(node: t.Node): t.Node[] {
  const found: t.Node[] = [];
  eachChild(node, (child) => found.push(child));
  return found;
}

/** Visits `node` and everything below it; a visitor that returns false keeps out of the node's children. */
export function walk(node: t.Node, visit: (node: t.Node) => boolean | void): void {
  if (visit(node) === false) return;
  eachChild(node, (child) => walk(child, visit));
}

/** A copy of `node` whose child nodes are what `replace` makes of them. */
export function mapChildren<N extends t.Node>(node: N, replace: (child: t.Node) => t.Node): N {
  const copy = { ...node } as unknown as Record<string, unknown>;
  for (const key in copy) {
    const value = copy[key];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) copy[key] = value.map((item: unknown) => (isNode(item) ? replace(item) : item));
    else if (isNode(value)) copy[key] = replace(value);
  }
  return copy as unknown as N;
}

export function isFunctionNode(
  node: t.Node,
): node is
  | t.FunctionDeclaration
  | t.FunctionExpression
  | t.ArrowFunctionExpression
  | t.ObjectMethod
  | t.ClassMethod
  | t.ClassPrivateMethod {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ObjectMethod':
    case 'ClassMethod':
    case 'ClassPrivateMethod':
      return true;
    default:
      return false;
  }
}
