/**
 * Keeps two daemons from opening one data folder: a file that names the owning process and when it started.
 *
 * A lock whose process is gone is taken over. The start time (Linux) tells a reused process number from its first owner.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MisuseError } from '../../core/errors.ts';

const LOCK_NAME = 'daemon.lock';

/** Undo of {@link lockFolder}. */
export interface FolderLock {
  release(): void;
}

/**
 * @throws MisuseError `folder-in-use` when a living process holds the folder
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, LOCK_NAME);
  const mine = `${process.pid} ${startOf(process.pid) ?? 'unknown'}\n`;
  for (;;) {
    if (create(path, mine)) return { release: () => release(path, mine) };
    const holder = read(path);
    if (holder === undefined) continue;
    if (isAlive(holder)) {
      throw new MisuseError('folder-in-use', `${folder} is in use by process ${holder.split(' ')[0]}`, {
        hint: 'Stop that daemon first, or give this one a folder of its own.',
      });
    }
    removeStale(path, holder);
  }
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Moves the stale lock aside before deleting it: when another process has replaced it in the meantime, the moved file
 * is that process's lock and is put back.
 */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== stale) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody holds a newer lock already; the loop will find it.
    }
  }
  rmSync(aside, { force: true });
}

function release(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true });
}

function isAlive(holder: string): boolean {
  const [pid, start] = holder.trim().split(' ');
  const number = Number(pid);
  // A lock file that is empty or torn was written by a process that died while writing it.
  if (!Number.isSafeInteger(number) || number <= 0 || start === undefined) return false;
  try {
    process.kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startOf(number);
  return now === undefined || start === 'unknown' || now === start;
}

/** Boot id and clock ticks since that boot at which a process started; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
