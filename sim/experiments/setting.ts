/** Where experiments run: the built guest runtime, and the programs that they launch. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { compileProgram, createFileHost, type CompiledProgram } from '../../sandbox/compiler/index.ts';
import type { Setting } from './experiment.ts';

const PROGRAMS = 'sim/experiments/programs';

/** @param root the project's folder. Throws DataError `not-built` without the bundle of the guest runtime. */
export function settingAt(root: string): Setting {
  // Under a relative path a module that is found in two ways would be in a program twice.
  const folder = resolve(root);
  const compiled = new Map<string, CompiledProgram>();
  return {
    guestSource: guestSource(folder),
    compile(name) {
      const known = compiled.get(name) ?? compileProgram(join(folder, PROGRAMS, `${name}.ts`), createFileHost(folder));
      compiled.set(name, known);
      return known;
    },
  };
}

function guestSource(root: string): string {
  try {
    return readFileSync(join(root, 'dist', 'guest.js'), 'utf8');
  } catch (cause) {
    throw new DataError('not-built', `the guest runtime is not there: ${(cause as Error).message}`, { hint: 'Run: npm run build', cause });
  }
}
