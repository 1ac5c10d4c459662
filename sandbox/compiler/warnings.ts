/** Things that are allowed and probably not meant. */
import type * as t from '@babel/types';
import type { UnitContext } from './brick-context.ts';
import type { ProblemList } from './errors.ts';
import type { Analysis, Binding } from './scopes/scopes.ts';
import { eachChild, isFunctionNode } from './walk.ts';

/** Values of these classes can never travel. */
const UNCAPTURABLE = new Set(['WeakMap', 'WeakSet', 'Proxy', 'Intl']);

/** Functions of `sm` whose result must be awaited to have an effect in order. */
const HOST_ASYNC = new Set(['sysMigrate', 'migrate', 'block', 'sense', 'actuate', 'spawn', 'sleep']);

/** Objects of `sm` whose methods answer at once. */
const HOST_SYNC_OBJECTS = new Set(['tags', 'log']);

/** Warns of a local that holds something uncapturable at a suspension. */
export function warnUncapturable(
  context: UnitContext,
  suspensions: readonly { readonly at: t.Node; readonly live: readonly string[] }[],
): void {
  const { problems } = context.brick;
  for (const { at, live } of suspensions) {
    for (const local of live) {
      const what = context.uncapturable.get(local);
      if (what === undefined) continue;
      const name = context.names.authorName(local);
      problems.warn(
        'uncapturable-local',
        at,
        `local "${name}" of ${context.title}() holds a ${what} here, which cannot travel`,
        `make ${name} anew after the await, or use a Map or Set`,
      );
    }
  }
}

/** The class of a value that cannot travel, if `init` makes one. */
export function uncapturableClass(init: t.Expression): string | null {
  return init.type === 'NewExpression' && init.callee.type === 'Identifier' && UNCAPTURABLE.has(init.callee.name) ? init.callee.name : null;
}

/** Warns of imported names that are used neither as a value nor as a type. */
export function warnUnusedImports(
  { program, words }: { readonly program: t.Program; readonly words: ReadonlySet<string> },
  problems: ProblemList,
): void {
  for (const node of program.body) {
    if (node.type !== 'ImportDeclaration') continue;
    for (const { local } of node.specifiers) {
      if (words.has(local.name)) continue;
      problems.warn('unused-import', local, `\`${local.name}\` is imported and not used`, 'leave it out');
    }
  }
}

/** Warns of calls that are not awaited and of awaits that wait for nothing. */
export function warnAwaits(program: t.Program, analysis: Analysis, problems: ProblemList): void {
  visit(program);

  function visit(node: t.Node): void {
    if (node.type === 'ExpressionStatement' && node.expression.type === 'CallExpression') checkUnawaited(node.expression);
    if (node.type === 'AwaitExpression' && node.argument.type === 'CallExpression') checkNeedless(node, node.argument);
    eachChild(node, visit);
  }

  function checkUnawaited(call: t.CallExpression): void {
    const binding = analysis.bindings.get(call.callee);
    if (call.callee.type !== 'Identifier' || binding === undefined || !isAsync(binding)) return;
    problems.warn(
      'unawaited-call',
      call,
      `${call.callee.name}() is asynchronous and nobody awaits it`,
      `write \`await ${call.callee.name}(...)\`, or \`void ${call.callee.name}(...)\` when it shall run on its own`,
    );
  }

  function checkNeedless(node: t.Node, call: t.CallExpression): void {
    const { callee } = call;
    if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return;
    const binding = analysis.bindings.get(callee.object);
    if (binding === undefined || importedHostName(binding) !== callee.object.name || !HOST_SYNC_OBJECTS.has(callee.object.name)) return;
    problems.warn(
      'needless-await',
      node,
      `${callee.object.name} operations answer at once; this await ends the slice`,
      'leave out the await',
    );
  }
}

function isAsync(binding: Binding): boolean {
  const { node } = binding;
  if (binding.kind === 'function') return isFunctionNode(node) && Boolean(node.async);
  const host = importedHostName(binding);
  return host !== null && HOST_ASYNC.has(host);
}

function importedHostName(binding: Binding): string | null {
  if (binding.kind !== 'import' || binding.node.type !== 'ImportSpecifier') return null;
  return binding.node.imported.type === 'Identifier' ? binding.node.imported.name : null;
}
