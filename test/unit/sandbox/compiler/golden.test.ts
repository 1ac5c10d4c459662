import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileModule } from './support.ts';

const folder = resolve(import.meta.dirname, 'fixtures');

// A change here changes the hash of every program; the files show what it looks like.
describe('emitted code', () => {
  test.each(['tour', 'try-finally', 'closures', 'class', 'generator'])('%s', async (name) => {
    const source = readFileSync(resolve(folder, `${name}.source.js`), 'utf8');
    await expect(`${compileModule(source).code}\n`).toMatchFileSnapshot(resolve(folder, `${name}.brick.js`));
  });
});
