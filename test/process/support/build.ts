/** Programs that tests run as processes, bundled from the sources as they are. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from './processes.ts';

/**
 * Bundles `entry`, a path below `test/process`, to a file beside the product's bundles, where a daemon looks for its worker. Gives its
 * path. Several test files run at once and may build the same one, so it is replaced as a whole: none finds half of it.
 */
export function buildForTest(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(ROOT, 'test/process', entry)],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    define: { SM_VERSION: '"test"' },
  });
  const built = join(ROOT, 'dist', `test-${entry.replaceAll('/', '-').replace(/\.ts$/, '.mjs')}`);
  mkdirSync(dirname(built), { recursive: true });
  const draft = `${built}.${process.pid}`;
  writeFileSync(draft, outputFiles[0]!.contents);
  renameSync(draft, built);
  return built;
}
