/** A real store whose file may not grow any more: the batch fails as a whole, everything before it stays, and it recovers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { LmdbStore } from '../../../runtime/store/lmdb.ts';
import { buildForTest } from '../support/build.ts';
import { BOUND_MS } from '../support/processes.ts';
import type { Seen } from './writer.ts';

/** In blocks of 1024 bytes. */
const FILE_LIMIT_BLOCKS = 3000;

it('fails one batch, keeps the rest, and writes again when there is room', async () => {
  const built = buildForTest('store/writer.ts');
  const folder = mkdtempSync(join(tmpdir(), 'sm-full-'));
  try {
    // The signal that comes with the limit is ignored, so that the write fails as it does on a full disk.
    const script = `trap '' XFSZ; ulimit -f ${FILE_LIMIT_BLOCKS}; exec "$0" "$1" "$2"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, built, folder], { encoding: 'utf8', timeout: BOUND_MS });
    expect(stdout, stderr).not.toBe('');
    const seen = JSON.parse(stdout) as Seen;
    expect(seen.written).toBeGreaterThan(5);
    expect(seen.written).toBeLessThan(60);
    expect(seen).toMatchObject({ code: 'store-failed', last: `k${seen.written - 1}`, partial: false });
    const store = new LmdbStore({ folder, maxBytes: 1e9, clock: systemClock });
    expect([...store.entries('residents')].map(([key]) => key)).toEqual(['after']);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
