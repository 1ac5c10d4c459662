/** Builds the product before the tests that start it, unless the bundles are newer than every source. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = ['core', 'sandbox', 'runtime', 'drivers', 'sim', 'cli', 'scripts'];
const BUNDLES = ['dist/smd.js', 'dist/sm.js', 'dist/worker.js', 'dist/guest.js', 'dist/experiments.js'];

export default function buildProducts(): void {
  if (newestSourceMs() < oldestBundleMs()) return;
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
}

function newestSourceMs(): number {
  const times = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return Math.max(...times);
}

/** Zero when one is missing. */
function oldestBundleMs(): number {
  return Math.min(...BUNDLES.map((path) => (existsSync(join(ROOT, path)) ? statSync(join(ROOT, path)).mtimeMs : 0)));
}
