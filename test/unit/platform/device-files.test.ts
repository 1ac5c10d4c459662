import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deviceFiles } from '../../../runtime/platform/device-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'sm-device-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

describe('device files', () => {
  it('read a bounded beginning and say whether there was more', async () => {
    writeFileSync(at('small'), '42\n');
    writeFileSync(at('large'), 'x'.repeat(1000));
    expect(await deviceFiles.read(at('small'), 100)).toEqual({ text: '42\n', more: false });
    expect(await deviceFiles.read(at('large'), 100)).toEqual({ text: 'x'.repeat(100), more: true });
    expect(await deviceFiles.read(at('large'), 1000)).toMatchObject({ more: false });
  });

  it('list what is there, sorted, and nothing for what is not', async () => {
    mkdirSync(at('folder'));
    for (const name of ['b', 'a']) writeFileSync(join(at('folder'), name), '');
    expect(await deviceFiles.list(at('folder'))).toEqual(['a', 'b']);
    expect(await deviceFiles.list(at('none'))).toEqual([]);
  });

  it('write only what exists, and all of it', async () => {
    writeFileSync(at('value'), 'a long old value');
    await deviceFiles.write(at('value'), '1\n');
    expect(readFileSync(at('value'), 'utf8')).toBe('1\n');
    await expect(deviceFiles.write(at('new'), '1')).rejects.toMatchObject({ code: 'device-file', message: /there is no such file/ });
  });

  it('do not wait for pipes and are not fooled by folders', async () => {
    execFileSync('/usr/bin/mkfifo', [at('pipe')]);
    for (const name of ['pipe', 'folder', '']) {
      await expect(deviceFiles.read(at(name), 10)).rejects.toMatchObject({ code: 'device-file' });
      await expect(deviceFiles.write(at(name), 'x')).rejects.toMatchObject({ code: 'device-file' });
    }
  });

  it.skipIf(process.getuid?.() === 0)('say that they may not be read (root may read everything, so this needs another user)', async () => {
    writeFileSync(at('secret'), '1');
    chmodSync(at('secret'), 0);
    await expect(deviceFiles.read(at('secret'), 10)).rejects.toThrow(/this user may not use it/);
  });
});
