/** Whatever happened to the file of a store, opening it says so or finds everything; it never ends the process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildForTest } from '../support/build.ts';
import { Running } from '../support/processes.ts';
import type { Trial } from './damager.ts';

const TRIALS = 80;

it('a damaged store is refused, or nothing of it is missing and it takes more', async () => {
  const home = mkdtempSync(join(tmpdir(), 'sm-damage-'));
  const seed = Number(process.env['SM_SEED'] ?? Math.floor(Math.random() * 1e9));
  try {
    const damager = new Running([buildForTest('store/damager.ts'), home, String(seed), String(TRIALS)]);
    const { code, out, err } = await damager.ended;
    const said = out.trim().split('\n');
    // The last line names the seed of the trial that ended the process.
    expect(code, `${said.at(-1)}\n${err}`).toBe(0);
    const ends = said.map((line): Trial => line.slice(line.indexOf(' ') + 1));
    expect(
      said.filter((_, index) => !['refused', 'intact'].includes(ends[index]!)),
      `SM_SEED=${seed}`,
    ).toEqual([]);
    expect(ends).toHaveLength(TRIALS);
    expect(new Set(ends)).toEqual(new Set(['refused', 'intact']));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
