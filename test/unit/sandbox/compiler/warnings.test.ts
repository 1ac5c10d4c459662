import { expect, test } from 'vitest';
import { compileSources } from './support.ts';

function warningsOf(source: string): string[] {
  return compileSources({ '/main.js': source }).warnings.map(({ kind, line, column }) => `${kind} ${line}:${column}`);
}

test('a call of an asynchronous function that nobody awaits', () => {
  expect(
    warningsOf("import { sleep } from 'sm';\nasync function go() {}\nexport default async function main() {\n  go();\n  sleep(1);\n}"),
  ).toEqual(['unawaited-call 4:3', 'unawaited-call 5:3']);
});

test('awaited, stored, returned and void calls are meant', () => {
  expect(
    warningsOf(
      'async function go() {}\nfunction plain() {}\nexport default async function main() {\n  await go();\n  const p = go();\n  void go();\n  plain();\n  await p;\n  return go();\n}',
    ),
  ).toEqual([]);
});

test('an await of a tag operation that answers at once', () => {
  expect(
    warningsOf("import { tags } from 'sm';\nexport default async function main() {\n  await tags.read('io:x');\n  tags.read('io:x');\n}"),
  ).toEqual(['needless-await 3:3']);
});

test('a local that holds a WeakMap at a suspension', () => {
  expect(warningsOf('export default async function main(x) {\n  const seen = new WeakMap();\n  await x;\n  seen.set(x, 1);\n}')).toEqual([
    'uncapturable-local 3:3',
  ]);
});

test('a WeakMap that is not used any more does no harm', () => {
  expect(warningsOf('export default async function main(x) {\n  const seen = new WeakMap();\n  seen.set(x, 1);\n  await x;\n}')).toEqual(
    [],
  );
});

test('an import that is not used, neither as a value nor as a type', () => {
  const source =
    "import { tags, log as print } from 'sm';\nimport type { Journey } from 'sm';\nimport { Region } from 'sm';\nexport default async function main(args: Region) { tags.list(); }";
  const { warnings } = compileSources({ '/main.ts': source, '/sm.ts': '' }, '/main.ts');
  expect(warnings.map(({ kind, line, column, reason }) => `${kind} ${line}:${column} ${reason}`)).toEqual([
    'unused-import 1:23 `print` is imported and not used',
  ]);
});
