import { expect, test } from 'vitest';
import { compileModule } from './support.ts';

function code(source: string): string {
  return compileModule(`${source}\nexport default async function main() {}`).code;
}

test('a variable that no other function uses stays a JavaScript local', () => {
  expect(code('export function f(n) { let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum; }')).toContain(
    'function f(a){let b=0;for(let c=0;c<a;c++)b+=c;return b;}',
  );
});

test('only captured variables live in the record of their scope', () => {
  const text = code('export function f(kept, local) { let also = local; return () => kept + 1; }');
  expect(text).toContain('function f(b,c){const a={kept:b};let d=c;return $.fn(1,a);}');
  expect(text).toContain('$.closure(1,E=>()=>E.kept+1)');
});

test('a function that captures nothing needs no record', () => {
  expect(code('export function f(list) { const by = 2; list(by); return list.map((x) => x * 2); }')).toContain('a.map($.fn(1))');
});

test('each iteration of a loop has its own record, copied between iterations', () => {
  const text = code('export function f(out) { for (let i = 0; i < 3; i++) out.push(() => i); }');
  expect(text).toContain('{let b={};b.i=0;for(;b.i<3;b={i:b.i},b.i++)a.push($.fn(1,b));}');
});

test('an inner function finds outer records through $p', () => {
  const text = code('export function f(a) { return (b) => () => a + b; }');
  expect(text).toContain('$.closure(2,E=>()=>E.$p.a+E.b)');
});

test('a record is linked only where something outside is used', () => {
  expect(code('export function f(a) { return (b) => () => b; }')).toContain('{const c={b:d};return $.fn(2,c);}');
});

test('`this` and `arguments` of arrows come from the record of the function that has them', () => {
  const text = code('export function f() { return () => [this, arguments.length]; }');
  expect(text).toContain('const a={this:this,arguments:arguments}');
  expect(text).toContain('[E.this,E.arguments.length]');
});

test('functions and literals at the top of a module are code, other variables are data', () => {
  const text = code(
    'const LIMIT = 3;\nlet count = 0;\nconst helper = () => LIMIT;\nexport function next() { count += helper(); return count; }',
  );
  expect(text).toContain('const LIMIT=3;');
  expect(text).toContain('const helper=()=>LIMIT;');
  expect(text).toContain('function next(){D.count+=helper();return D.count;}');
  expect(text).toContain('D.count=0');
});

test('a function that is reassigned is data', () => {
  expect(code('function f() {}\nexport function set() { f = null; }')).toContain('D.f=$.fn(');
});

test('a word of the author never becomes the name of something else', () => {
  const text = code('function D() {}\nconst E = 2;\nexport function f(x) { let a = x; D(E); return [a, b, typeof F]; }\nvar b = 1;');
  expect(text).toMatch(/D\(E\)/);
  expect(text).toMatch(/return\[\w+,D\$\.b,typeof F\]/);
});
