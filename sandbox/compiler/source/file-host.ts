/** Finds modules in the file system: the author's own by relative path, the libraries of `sm` in the project. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GUEST_MODULE } from './host-names.ts';
import type { CompilerHost } from './modules.ts';

const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs', '/index.ts', '/index.js'];

/** `projectRoot` is the folder that holds `sandbox/guest/lib` and `routing`. */
export function createFileHost(projectRoot: string): CompilerHost {
  return {
    read: (path) => (isFile(path) ? readFileSync(path, 'utf8') : undefined),
    resolve: (specifier, importer) => {
      const base = basePath(projectRoot, specifier, importer);
      if (base === undefined) return undefined;
      // TypeScript lets authors write the `.js` of the output for a `.ts` source.
      const candidates = [...EXTENSIONS.map((extension) => base + extension), base.replace(/\.([cm]?)js$/, '.$1ts')];
      return candidates.find(isFile);
    },
  };
}

function basePath(projectRoot: string, specifier: string, importer: string): string | undefined {
  if (specifier === GUEST_MODULE) return join(projectRoot, 'sandbox/guest/lib/travel.ts');
  if (specifier.startsWith(`${GUEST_MODULE}/`)) return join(projectRoot, specifier.slice(GUEST_MODULE.length + 1));
  if (specifier.startsWith('./') || specifier.startsWith('../')) return resolve(dirname(importer), specifier);
  return undefined;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
