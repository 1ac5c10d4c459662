/** `export const resources = { ... }` of the entry module: read at compile time, so it must be a plain literal. */
import type * as t from '@babel/types';
import type { ProblemList } from '../errors.ts';
import type { SourceModule } from './modules.ts';
import type { Binding } from '../scopes/scopes.ts';

export interface DeclaredResources {
  readonly value: Record<string, unknown>;
  readonly binding: Binding;
}

/** Null when the entry declares nothing; a problem is noted when it is not literal. */
export function declaredResources(entry: SourceModule): DeclaredResources | null {
  for (const node of entry.program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.declaration?.type !== 'VariableDeclaration') continue;
    for (const { id: target, init } of node.declaration.declarations) {
      if (target.type !== 'Identifier' || target.name !== 'resources') continue;
      const binding = entry.analysis.bindings.get(target);
      const value = init ? literalValue(init, entry.problems) : undefined;
      if (init?.type !== 'ObjectExpression' || node.declaration.kind !== 'const')
        entry.problems.error(target, '`resources` is not an object literal', 'write `export const resources = { ... }` with plain values');
      else if (binding !== undefined) return { value: value as Record<string, unknown>, binding };
    }
  }
  return null;
}

function literalValue(node: t.Node, problems: ProblemList): unknown {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return node.value;
    case 'NullLiteral':
      return null;
    case 'UnaryExpression':
      if (node.operator === '-') return -(literalValue(node.argument, problems) as number);
      break;
    case 'BinaryExpression':
      if (node.operator === '*') return (literalValue(node.left, problems) as number) * (literalValue(node.right, problems) as number);
      break;
    case 'ArrayExpression':
      return node.elements.map((element) => (element === null ? null : literalValue(element, problems)));
    case 'ObjectExpression':
      return Object.fromEntries(node.properties.map((member) => literalMember(member, problems)));
    default:
  }
  problems.error(
    node,
    'the resource table must be a plain literal: it is read without running the program',
    'write numbers, strings, booleans, arrays and objects only',
  );
  return undefined;
}

function literalMember(member: t.ObjectExpression['properties'][number], problems: ProblemList): [string, unknown] {
  if (member.type === 'ObjectProperty' && !member.computed && (member.key.type === 'Identifier' || member.key.type === 'StringLiteral')) {
    return [member.key.type === 'Identifier' ? member.key.name : member.key.value, literalValue(member.value, problems)];
  }
  problems.error(
    member,
    'the resource table must be a plain literal: it is read without running the program',
    'write `name: value` members only',
  );
  return ['', undefined];
}
