import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Context } from '../../../cli/context.ts';
import { ProgramArchive } from '../../../cli/programs.ts';
import { describeResult } from '../../../cli/results.ts';
import type { FamilyResult } from '../../../runtime/control/protocol.ts';
import { compileProgram } from '../../../sandbox/compiler/index.ts';
import { pointNumber } from '../../../sandbox/compiler/source-map.ts';

const folder = mkdtempSync(join(tmpdir(), 'sm-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

const source = `async function pause() {
  await null;
}
export default async function main() { await pause(); }
class Wrong extends Error {}`;
const { maps, bricks } = compileProgram('tour.js', { read: () => source, resolve: () => undefined });
const known = 'a'.repeat(64);
new ProgramArchive(folder).save(known, maps);

function failed(manifest: string): FamilyResult {
  const pause = bricks[0]!.functions.find(({ name }) => name === 'pause')!;
  const waits = [0, 0, pointNumber(pause.fn, pause.suspensionPoints[0]!.pc)] as const;
  const endOfClass = [0, 1, bricks[0]!.code.indexOf('class Wrong extends S{}') + 'class Wrong extends S{}'.length] as const;
  const error = { name: 'TagError', message: 'gone', places: [endOfClass, waits] };
  return {
    family: 'f'.repeat(32),
    manifest,
    outcome: 'failed',
    error,
    events: [],
    endedAt: null,
    hops: 0,
    elapsedMs: 0,
  } as unknown as FamilyResult;
}

test('an error is told with the awaits of its author, and without constructors that nobody wrote', async () => {
  const text = await describeResult(new Context({ network: folder }), failed(known));
  expect(text.split('\n').slice(1)).toEqual(['  TagError: gone', '      at pause (tour.js:2:3)']);
});

test('without the maps of a program its places are told as they are', async () => {
  const text = await describeResult(new Context({ network: folder }), failed('b'.repeat(64)));
  expect(text).toMatch(/at brick 0, line 1, column \d+\n +at brick 0, line 0, column \d+$/);
});
