import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, MisuseError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { LmdbStore } from '../../../runtime/store/lmdb.ts';
import { ManualClock } from '../../support/ports.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sm-lmdb-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): LmdbStore => new LmdbStore({ folder, maxBytes: 10_000_000, clock: systemClock });
const file = (): string => join(folder, 'store.mdb');

async function fill(): Promise<void> {
  const store = open();
  for (let round = 0; round < 20; round++) {
    await store.commit([{ table: 'residents', key: `sm${round}`, value: Buffer.alloc(3000, `marker${round}`) }]);
  }
  await store.close();
}

function openingError(): unknown {
  try {
    void open().close();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('lmdb store', () => {
  it('detects a flipped bit in a value when it is opened, and says which file and what to do', async () => {
    await fill();
    const bytes = readFileSync(file());
    const at = bytes.lastIndexOf('marker7');
    bytes[at + 3]! ^= 1;
    writeFileSync(file(), bytes);
    const error = openingError();
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'store-corrupt', hint: expect.stringContaining('move it away') as string });
    expect((error as Error).message).toContain(file());
    expect((error as Error).message).toContain('sm7');
  });

  it('detects a file that was cut short instead of dying of it', async () => {
    await fill();
    truncateSync(file(), Math.floor(statSync(file()).size / 2 / 4096) * 4096);
    expect(openingError()).toMatchObject({ code: 'store-corrupt' });
  });

  it('detects a file that is not a store', () => {
    writeFileSync(file(), Buffer.alloc(100_000, 'not a store'));
    expect(openingError()).toMatchObject({ code: 'store-corrupt' });
  });

  it('does not open a folder that this or another living daemon holds', async () => {
    const store = open();
    expect(openingError()).toBeInstanceOf(MisuseError);
    await store.close();
    const again = open();
    await again.close();
  });

  it('takes over the lock of a process that died without releasing it', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(child, 'exit');
    writeFileSync(join(folder, 'daemon.lock'), `${child.pid} gone/1\n`);
    await open().close();
    writeFileSync(join(folder, 'daemon.lock'), '');
    await open().close();
    // The number of a living process, but another start: the number was given out again.
    writeFileSync(join(folder, 'daemon.lock'), `${process.pid} other-boot/1\n`);
    await open().close();
  });

  it('groups what is committed while a transaction is on its way', async () => {
    const store = open();
    const done: number[] = [];
    const all = Array.from({ length: 200 }, (_, index) =>
      store.commit([{ table: 'outbox', key: `${index}`, value: Buffer.from('x') }]).then(() => done.push(index)),
    );
    await store.flushed();
    await Promise.all(all);
    expect(done).toEqual(Array.from({ length: 200 }, (_, index) => index));
    await store.close();
  });

  it('lets a patient batch wait for its time or for one that is not, and counts no time while a transaction is on its way', async () => {
    const clock = new ManualClock();
    const store = new LmdbStore({ folder, maxBytes: 10_000_000, clock });
    const put = (key: string) => [{ table: 'outbox', key, value: Buffer.from('x') }] as const;
    const alone = store.commit(put('alone'), 'patient');
    expect(clock.pending).toBe(1);
    clock.advance(LIMITS.patienceMs);
    await alone;
    void store.commit(put('first'), 'patient');
    const urgent = store.commit(put('second'));
    await urgent;
    expect([store.pending, clock.pending]).toEqual([false, 0]);
    const writing = store.commit(put('third'));
    await Promise.resolve();
    const during = store.commit(put('fourth'), 'patient');
    await writing;
    expect([store.pending, clock.pending]).toEqual([true, 1]);
    clock.advance(LIMITS.patienceMs);
    await during;
    await store.close();
  });

  it('has another fingerprint as a copy', async () => {
    await fill();
    const store = open();
    const before = store.fingerprint;
    await store.close();
    const bytes = readFileSync(file());
    rmSync(file());
    writeFileSync(join(folder, 'occupies the old inode'), '');
    writeFileSync(file(), bytes);
    const copy = open();
    expect(copy.fingerprint).not.toBe(before);
    await copy.close();
  });
});
