/** Device files through the real file system. */
import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { DataError } from '../../core/errors.ts';
import type { DeviceFiles } from '../../drivers/ports.ts';

export const deviceFiles: DeviceFiles = {
  async list(folder) {
    try {
      return (await readdir(folder)).sort();
    } catch {
      return [];
    }
  },

  async read(path, maxBytes) {
    return await withFile(path, constants.O_RDONLY, async (file) => {
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      // Files under /proc and /sys say nothing about their size; they are read until they end.
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return { text: buffer.toString('utf8', 0, Math.min(length, maxBytes)), more: length > maxBytes };
    });
  },

  async write(path, text) {
    await withFile(path, constants.O_WRONLY | constants.O_TRUNC, (file) => file.writeFile(text));
  },
};

async function withFile<T>(path: string, flags: number, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    // Opening a pipe without O_NONBLOCK would wait for its other end.
    file = await open(path, flags | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new DataError('device-file', `${path} is no ordinary file`);
    return await work(file);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError('device-file', `${path}: ${reasonOf(error)}`, { cause: error });
  } finally {
    await file?.close().catch(() => undefined);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EISDIR: 'is a folder',
  EIO: 'the device gave an input/output error',
  ENODATA: 'the device has no reading',
  ENXIO: 'the device is not there',
  EINVAL: 'the device does not take this value',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
