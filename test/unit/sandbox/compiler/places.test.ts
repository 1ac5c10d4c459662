import { expect, test } from 'vitest';
import { PlaceTranslator, translatePlace } from '../../../../sandbox/compiler/index.ts';
import { compileSources } from './support.ts';

const source = [
  "import { sleep } from 'sm';",
  'const table = [1, 2];',
  'export default async function main(args) {',
  '  let total = 0;',
  '  for (const item of args.items) {',
  '    await sleep(item.delayMs);',
  '    total += explode(item)  /  2;',
  '  }',
  '  return table.map((x) => x + total.missing);',
  '}',
  'function explode(item) {',
  '  throw new RangeError(item.name);',
  '}',
].join('\n');
const compiled = compileSources({ '/far/main.js': source }, '/far/main.js');
const [brick] = compiled.bricks;

function placeOf(text: string): ReturnType<typeof translatePlace> {
  const at = brick?.code.indexOf(text) ?? -1;
  expect(at, `${text} in the brick`).toBeGreaterThan(0);
  return translatePlace(compiled.maps, [0, 1, at + 1]);
}

test('a brick is one line, so that a column says everything', () => {
  expect(brick?.code).not.toContain('\n');
});

test.each([
  ['explode(', { line: 7, column: 14, name: 'main' }],
  ['new RangeError', { line: 12, column: 9, name: 'explode' }],
  ['sleep(', { line: 6, column: 11, name: 'main' }],
])('the place of %s', (text, place) => {
  const found = placeOf(text);
  expect(found).toEqual({ file: '/far/main.js', ...place });
});

test('places in functions inside functions name the innermost', () => {
  expect(placeOf('total.missing')).toMatchObject({ line: 9, name: '<arrow>' });
});

test('methods and functions on one line have their own names', () => {
  const one = compileSources({
    '/main.js':
      'class A { m() { return [1].map((x) => x.first()); } get g() { return this.second(); } }\nexport default async function main() { return new A(); }',
  });
  const nameAt = (text: string): string | null | undefined =>
    translatePlace(one.maps, [0, 1, (one.bricks[0]?.code.indexOf(text) ?? 0) + 1])?.name;
  expect(nameAt('x.first') ?? nameAt('.first')).toBe('<arrow>');
  expect(nameAt('this.second')).toBe('A.g');
});

test('places outside the program translate to nothing', () => {
  const translator = new PlaceTranslator(compiled.maps);
  expect(translator.translate([1, 1, 1])).toBeNull();
  expect(translator.translate([0, 0, 0])).toBeNull();
  expect(translator.translate([0, 7, 1])).toBeNull();
});

test('the maps survive JSON', () => {
  const maps = JSON.parse(JSON.stringify(compiled.maps)) as typeof compiled.maps;
  const at = (brick?.code.indexOf('new RangeError') ?? 0) + 1;
  expect(translatePlace(maps, [0, 1, at])).toMatchObject({ line: 12 });
});

test('each suspension point has the line and column of its await', () => {
  const main = brick?.functions.find((each) => each.name === 'main');
  expect(main?.suspensionPoints).toMatchObject([{ line: 6, column: 5 }]);
});
