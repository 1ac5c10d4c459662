/** Where the package itself lies: examples, routing libraries and the guest's module travel with it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '../core/errors.ts';

/** The folder that holds `routing`, `examples` and `sandbox/guest`, whether this is the bundle or the sources. */
export function packageRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'sandbox', 'guest', 'lib')) && existsSync(join(folder, 'routing'))) return folder;
  }
  throw new DataError('incomplete-installation', 'the routing libraries are not part of this installation', {
    hint: 'Install the package again.',
  });
}
