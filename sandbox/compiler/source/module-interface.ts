/** What a module imports and exports. */
import type * as t from '@babel/types';
import { collectNames } from '../scopes/declarations.ts';
import type { Analysis, Binding } from '../scopes/scopes.ts';

export interface ImportEntry {
  readonly specifier: string;
  /** `*` for the module itself, null for an import without names. */
  readonly imported: string | null;
  readonly binding: Binding | null;
  readonly node: t.Node;
}

export type ExportEntry =
  | { readonly name: string; readonly from: 'local'; readonly binding: Binding; readonly node: t.Node }
  /** The value of `export default expression` or of a default function or class without a name. */
  | { readonly name: 'default'; readonly from: 'default'; readonly node: t.ExportDefaultDeclaration }
  /** `imported` is `*` for the module itself. */
  | { readonly name: string; readonly from: 'module'; readonly specifier: string; readonly imported: string; readonly node: t.Node };

export interface ModuleInterface {
  readonly imports: readonly ImportEntry[];
  readonly exports: readonly ExportEntry[];
  /** `export * from`. */
  readonly stars: readonly { readonly specifier: string; readonly node: t.Node }[];
  /** Every specifier in the order of the source: the order in which modules initialise. */
  readonly specifiers: readonly string[];
}

export function moduleInterface(program: t.Program, analysis: Analysis, typed: boolean): ModuleInterface {
  const imports: ImportEntry[] = [];
  const exports: ExportEntry[] = [];
  const stars: { specifier: string; node: t.Node }[] = [];
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') imports.push(...importEntries(node, analysis, typed));
    else if (node.type === 'ExportAllDeclaration') stars.push({ specifier: node.source.value, node });
    else if (node.type === 'ExportDefaultDeclaration') exports.push(defaultEntry(node, analysis));
    else if (node.type === 'ExportNamedDeclaration') exports.push(...exportEntries(node, analysis));
  }
  const used = new Set(
    [...imports, ...stars, ...exports.flatMap((entry) => (entry.from === 'module' ? [entry] : []))]
      .toSorted((a, b) => (a.node.start ?? 0) - (b.node.start ?? 0))
      .map((each) => each.specifier),
  );
  return { imports, exports, stars, specifiers: [...used] };
}

function importEntries(node: t.ImportDeclaration, analysis: Analysis, typed: boolean): ImportEntry[] {
  const specifier = node.source.value;
  if (node.specifiers.length === 0) return [{ specifier, imported: null, binding: null, node }];
  return node.specifiers.flatMap((each) => {
    const binding = analysis.module.scope.bindings.get(each.local.name);
    if (binding === undefined || (typed && binding.references === 0)) return [];
    return [{ specifier, imported: importedName(each), binding, node: each }];
  });
}

function importedName(node: t.ImportSpecifier | t.ImportDefaultSpecifier | t.ImportNamespaceSpecifier): string {
  if (node.type === 'ImportDefaultSpecifier') return 'default';
  if (node.type === 'ImportNamespaceSpecifier') return '*';
  return exportedName(node.imported);
}

export function exportedName(node: t.Identifier | t.StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

function defaultEntry(node: t.ExportDefaultDeclaration, analysis: Analysis): ExportEntry {
  const { declaration } = node;
  const name =
    (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id
      ? declaration.id.name
      : declaration.type === 'Identifier'
        ? declaration.name
        : null;
  const binding = name === null ? undefined : analysis.module.scope.bindings.get(name);
  return binding === undefined ? { name: 'default', from: 'default', node } : { name: 'default', from: 'local', binding, node };
}

function exportEntries(node: t.ExportNamedDeclaration, analysis: Analysis): ExportEntry[] {
  const local = (name: string, exported: string, at: t.Node): ExportEntry[] => {
    const binding = analysis.module.scope.bindings.get(name);
    return binding === undefined ? [] : [{ name: exported, from: 'local', binding, node: at }];
  };
  if (node.declaration) {
    const { declaration } = node;
    const names =
      declaration.type === 'VariableDeclaration'
        ? collectNames(declaration).map((each) => each.name)
        : 'id' in declaration && declaration.id?.type === 'Identifier'
          ? [declaration.id.name]
          : [];
    return names.flatMap((name) => local(name, name, declaration));
  }
  return node.specifiers.flatMap((each): ExportEntry[] => {
    const name = exportedName(each.exported);
    if (!node.source) return each.type === 'ExportSpecifier' ? local(each.local.name, name, each) : [];
    const imported =
      each.type === 'ExportNamespaceSpecifier' ? '*' : each.type === 'ExportSpecifier' ? exportedName(each.local) : 'default';
    return [{ name, from: 'module', specifier: node.source.value, imported, node: each }];
  });
}
