/** Reads the tables of Linux's /proc. Each function returns undefined for text that is not the table it knows. */

export function memoryAvailableBytes(meminfo: string | undefined): number | undefined {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '');
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** Totals of /proc/net/dev over all interfaces but loopback. */
export function networkBytes(table: string | undefined): { readonly received: number; readonly sent: number } | undefined {
  const RECEIVED = 0;
  const SENT = 8;
  let received = 0;
  let sent = 0;
  let interfaces = 0;
  for (const line of (table ?? '').split('\n')) {
    const [name, numbers] = splitOnce(line, ':');
    const columns = numbers.trim().split(/\s+/).map(Number);
    if (columns.length < SENT + 1 || !columns.every(Number.isFinite)) continue;
    interfaces += 1;
    if (name.trim() === 'lo') continue;
    received += columns[RECEIVED]!;
    sent += columns[SENT]!;
  }
  return interfaces === 0 ? undefined : { received, sent };
}

/** Devices that only show other devices again, or memory. */
const VIRTUAL_DISK = /^(?:loop|ram|zram|dm-|md|sr|fd)/;

/**
 * Totals of /proc/diskstats over the whole disks among `blockDevices` (the entries of /sys/block); partitions are
 * parts of them. Sectors there are 512 bytes whatever the disk's are (Linux, Documentation/admin-guide/iostats.rst).
 */
export function diskBytes(
  table: string | undefined,
  blockDevices: readonly string[],
): { readonly read: number; readonly written: number } | undefined {
  const SECTOR_BYTES = 512;
  const whole = new Set(blockDevices.filter((name) => !VIRTUAL_DISK.test(name)));
  let read = 0;
  let written = 0;
  let disks = 0;
  for (const line of (table ?? '').split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns.length < 10 || !whole.has(columns[2]!)) continue;
    const [readSectors, writtenSectors] = [Number(columns[5]), Number(columns[9])];
    if (!Number.isFinite(readSectors) || !Number.isFinite(writtenSectors)) continue;
    disks += 1;
    read += readSectors * SECTOR_BYTES;
    written += writtenSectors * SECTOR_BYTES;
  }
  return disks === 0 ? undefined : { read, written };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
