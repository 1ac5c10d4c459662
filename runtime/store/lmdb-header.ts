/**
 * A look at an LMDB file before LMDB itself does: it maps the file, and a file that is no LMDB file or shorter than it says
 * ends the whole process.
 *
 * The first two pages each hold, after a page header of 24 bytes, a meta record: magic u32, version u32, address u64, map size
 * u64, two tree records of 48 bytes (the first begins with the page size, u32), last page u64, transaction u64.
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

const MAGIC = 0xbeefc0de;
const PAGE_HEADER_BYTES = 24;
const VERSION_AT = PAGE_HEADER_BYTES + 4;
const PAGE_SIZE_AT = PAGE_HEADER_BYTES + 24;
const LAST_PAGE_AT = PAGE_SIZE_AT + 2 * 48;
const META_BYTES = LAST_PAGE_AT + 16;
const VERSION = 2;

/**
 * Makes sure that LMDB can map the file. One that does not exist yet or is empty is fine. Pages missing at the end are
 * filled with zeros: free pages there are never read, and any other is then found to be damaged when it is.
 *
 * @throws Error that says why the file is no LMDB file
 */
export function prepareLmdbFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const first = readMeta(file, 0);
    const second = readMeta(file, first.pageSize);
    const lastPage = Math.max(first.lastPage, second.lastPage);
    const needed = (lastPage + 1) * first.pageSize;
    if (size < needed) ftruncateSync(file, needed);
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, position: number): { pageSize: number; lastPage: number } {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(file, bytes, 0, META_BYTES, position) < META_BYTES) throw new Error('it ends within its first two pages');
  if (bytes.readUInt32LE(PAGE_HEADER_BYTES) !== MAGIC) throw new Error('it does not begin as an LMDB file does');
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version !== VERSION) throw new Error(`its format is ${version} and this program reads format ${VERSION}`);
  const pageSize = bytes.readUInt32LE(PAGE_SIZE_AT);
  const lastPage = Number(bytes.readBigUInt64LE(LAST_PAGE_AT));
  const sane = pageSize >= 512 && pageSize <= 65_536 && Number.isInteger(Math.log2(pageSize)) && lastPage * pageSize < 2 ** 48;
  if (!sane) throw new Error('its first pages are damaged');
  return { pageSize, lastPage };
}
