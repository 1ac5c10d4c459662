import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PlaceTranslator } from '../../sandbox/compiler/source-map.ts';
import { listFixtures, readModules } from './fixtures.ts';
import { compileSource, runCompiled } from './harness.ts';
import { guestSource, makeMachine } from './machines.ts';
import { stress } from './stress.ts';

const machine = await makeMachine(guestSource());
const fixtures = listFixtures().filter(({ name }) => name.startsWith('places/'));

/** File and line of the comment that marks where a fixture throws. */
function markedPlace(modules: Readonly<Record<string, string>>): { file: string; line: number } {
  for (const [path, source] of Object.entries(modules)) {
    const line = source.split('\n').findIndex((text) => text.includes('// <- thrown here'));
    if (line >= 0) return { file: basename(path), line: line + 1 };
  }
  throw new Error('no line is marked');
}

test('there are fixtures about places', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(5);
});

describe.each(fixtures)('$name', ({ path }) => {
  test.each(['as written', 'every await suspends'])('the uncaught error names the marked line, %s', (variant) => {
    const written = { modules: readModules(path), entry: path, args: {} };
    const program = variant === 'as written' ? written : stress(written);
    const compiled = compileSource(program);
    const { outcome } = runCompiled(compiled, {}, machine);
    if (outcome.kind !== 'fail') throw new Error('the program did not fail');
    const translator = new PlaceTranslator(compiled.maps);
    const places = outcome.error.places.map((place) => translator.translate(place));
    const first = places[0];
    expect(first, JSON.stringify(outcome.error)).not.toBeNull();
    expect({ file: basename(first!.file), line: first!.line }).toEqual(markedPlace(program.modules));
  });
});
