/** Removes TypeScript from a syntax tree, leaving every position as the author wrote it. */
import type * as t from '@babel/types';
import type { ProblemList } from '../errors.ts';
import { isNode } from '../walk.ts';

const TYPE_FIELDS = [
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeParameters',
  'superTypeArguments',
  'implements',
  'declare',
  'optional',
  'definite',
  'accessibility',
  'readonly',
  'abstract',
  'override',
  'predicate',
] as const;

/** `optional` is syntax of JavaScript in these. */
const OPTIONAL_CHAIN = new Set(['OptionalMemberExpression', 'OptionalCallExpression']);

const ERASED = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSDeclareFunction', 'TSDeclareMethod', 'TSIndexSignature']);

type Fields = Record<string, unknown>;

/** Strips `program` in place. Syntax of TypeScript that has a meaning at run time is a compile error. */
export function stripTypes(program: t.Program, problems: ProblemList): void {
  strip(program, problems);
}

function strip(node: t.Node, problems: ProblemList): void {
  const fields = node as unknown as Fields;
  for (const field of TYPE_FIELDS) {
    if (field === 'optional' && OPTIONAL_CHAIN.has(node.type)) continue;
    if (field in fields) delete fields[field];
  }
  for (const [key, value] of Object.entries(fields)) {
    if (Array.isArray(value)) fields[key] = value.flatMap((item: unknown) => (isNode(item) ? replacement(item, problems) : [item]));
    else if (isNode(value)) fields[key] = replacement(value, problems)[0] ?? null;
  }
}

/** What stays of `node`: nothing, the expression inside a type wrapper, or the node itself. */
function replacement(node: t.Node, problems: ProblemList): t.Node[] {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
      return replacement(node.expression, problems);
    case 'ImportDeclaration':
      return node.importKind === 'type' ? [] : stripImport(node, problems);
    case 'ExportNamedDeclaration':
      return stripExport(node, problems);
    case 'ExportAllDeclaration':
      return node.exportKind === 'type' ? [] : [node];
    case 'Identifier':
      if (node.name === 'this' && node.typeAnnotation) return [];
      break;
    case 'ClassProperty':
    case 'ClassAccessorProperty':
    case 'ClassMethod':
      if (node.abstract || ('declare' in node && node.declare)) return [];
      break;
    default:
      if (ERASED.has(node.type) || ('declare' in node && node.declare)) return [];
      if (refuse(node, problems)) return [];
  }
  strip(node, problems);
  return [node];
}

function stripImport(node: t.ImportDeclaration, problems: ProblemList): t.Node[] {
  const had = node.specifiers.length;
  node.specifiers = node.specifiers.filter((specifier) => specifier.type !== 'ImportSpecifier' || specifier.importKind !== 'type');
  if (had > 0 && node.specifiers.length === 0) return [];
  strip(node, problems);
  return [node];
}

function stripExport(node: t.ExportNamedDeclaration, problems: ProblemList): t.Node[] {
  if (node.exportKind === 'type') return [];
  const had = node.specifiers.length;
  node.specifiers = node.specifiers.filter((specifier) => specifier.type !== 'ExportSpecifier' || specifier.exportKind !== 'type');
  if (had > 0 && node.specifiers.length === 0) return [];
  const hadDeclaration = node.declaration !== null && node.declaration !== undefined;
  strip(node, problems);
  return hadDeclaration && !node.declaration ? [] : [node];
}

/** TypeScript that would need code of its own. */
function refuse(node: t.Node, problems: ProblemList): boolean {
  switch (node.type) {
    case 'TSEnumDeclaration':
      problems.error(node, 'an enum needs code that the types do not show', `write \`const ${node.id.name} = { ... } as const\``);
      return true;
    case 'TSModuleDeclaration':
      problems.error(node, 'namespaces are not supported', 'write a module of its own and import it');
      return true;
    case 'TSParameterProperty':
      problems.error(node, 'parameter properties are not supported', 'declare the field in the class and assign it in the constructor');
      return true;
    case 'TSImportEqualsDeclaration':
      problems.error(node, '`import ... = ` is not supported', "write `import ... from '...'`");
      return true;
    case 'TSExportAssignment':
      problems.error(node, '`export = ` is not supported', 'write `export default`');
      return true;
    default:
      return false;
  }
}
