import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, textOf } from './documents.ts';

/** Folders that hold parts of the product at the top level; what is installed or built is not there in a fresh clone. */
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git']);

function foldersIn(path: string): readonly string[] {
  return readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

describe('docs/ARCHITECTURE.md', () => {
  const text = textOf('docs/ARCHITECTURE.md');
  const map = text.slice(text.indexOf('## Folder map'), text.indexOf('## Where things will go'));

  it('maps every folder', () => {
    const top = foldersIn('.').filter((name) => !NOT_OURS.has(name) && existsSync(join(ROOT, name)));
    for (const folder of top) expect(map, folder).toContain(`${folder}/`);
    for (const room of foldersIn('runtime')) expect(map, `runtime/${room}`).toMatch(new RegExp(`[\`/]${room}/`));
  });

  it('names only files and folders that are there', () => {
    const before = text.slice(0, text.indexOf('## Where things will go'));
    const paths = [...before.matchAll(/`((?:core|sandbox|drivers|runtime|routing|cli|bench|scripts|test|docs)\/[\w./-]*)`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('begins with the way of an arriving Smart Message', () => {
    expect([...text.matchAll(/^## (.+)$/gm)][0]![1]).toBe('The way of an arriving Smart Message');
  });
});
