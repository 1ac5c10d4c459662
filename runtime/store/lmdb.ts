/**
 * The store on disk: LMDB through the lmdb package, which writes on a thread of its own.
 *
 * Group commit: one transaction is on its way at any time; what is committed meanwhile goes together in the next one. Patient
 * batches wait for an urgent one, but no longer than `LIMITS.patienceMs`: a flush for them alone would hold up the urgent batch that
 * comes during it. A batch's promise resolves after that transaction was synced. Every value carries a CRC-32 of its place and content, checked
 * when the store is opened and when it is read, because LMDB itself does not notice a flipped bit.
 */
import { mkdirSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Database, type RootDatabase, open } from 'lmdb';
import { DataError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type Clock, type Mutation, type Store, TABLES, type Table, type Timer, type Urgency } from '../../core/ports.ts';
import { prepareLmdbFile } from './lmdb-check.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { PendingValues } from './table-view.ts';
import { Usage } from './usage.ts';

const CHECKSUM_BYTES = 4;
/** Less free space than this on the disk, after a failed write, means that the disk was full. */
const FULL_BELOW_BYTES = 1024 * 1024;
const FILE_NAME = 'store.mdb';

export interface LmdbStoreOptions {
  /** Made when it does not exist. Belongs to one daemon. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

class Group {
  readonly number: number;
  urgent = false;
  readonly mutations: Mutation[] = [];
  growth = 0;
  readonly promise: Promise<void>;
  settle!: { resolve: () => void; reject: (error: DataError) => void };

  constructor(number: number) {
    this.number = number;
    this.promise = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // Whoever asked for the batch handles the failure; a batch nobody waits for must not end the process.
    this.promise.catch(() => {});
  }
}

export class LmdbStore implements Store {
  private readonly folder: string;
  private readonly clock: Pick<Clock, 'setTimer'>;
  private readonly lock: FolderLock;
  private readonly root: RootDatabase<Buffer, string>;
  private readonly tables: ReadonlyMap<Table, Database<Buffer, string>>;
  private readonly overlay = new PendingValues();
  private readonly usage: Usage;
  private writing: Group | null = null;
  private next: Group | null = null;
  private groups = 0;
  private closed = false;
  /** When a group that is only patient is written. */
  private patience: Timer | null = null;

  /**
   * @throws DataError `store-corrupt` naming the file, MisuseError `folder-in-use`
   */
  constructor(options: LmdbStoreOptions) {
    this.folder = options.folder;
    this.clock = options.clock;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.lock = lockFolder(options.folder);
    try {
      this.root = openRoot(this.path);
      this.tables = new Map(TABLES.map((table) => [table, this.root.openDB<Buffer, string>(table, { encoding: 'binary' })]));
      this.usage = new Usage(options.maxBytes);
      this.readEverything();
    } catch (error) {
      this.lock.release();
      if (error instanceof DataError) throw error;
      throw this.corrupt(error instanceof Error ? error.message : String(error), error);
    }
  }

  /** What tells this store from a copy of it: a file that was restored from a backup is another file. */
  get fingerprint(): string {
    const { ino, birthtimeMs, dev } = statSync(this.path);
    return `${dev}/${ino}/${Math.floor(birthtimeMs)}`;
  }

  get pending(): boolean {
    return this.writing !== null || this.next !== null;
  }

  get(table: Table, key: string): Uint8Array | undefined {
    const pending = this.overlay.get(table, key);
    if (pending !== undefined) return pending ?? undefined;
    const stored = this.table(table).getBinary(key);
    return stored === undefined ? undefined : this.checked(table, key, stored);
  }

  *entries(table: Table): Iterable<readonly [string, Uint8Array]> {
    const overlay = this.overlay.of(table);
    for (const { key, value } of this.table(table).getRange()) {
      if (!overlay.has(key)) yield [key, this.checked(table, key, value)];
    }
    for (const [key, value] of overlay) if (value !== null) yield [key, value];
  }

  commit(batch: readonly Mutation[], urgency: Urgency = 'urgent'): Promise<void> {
    if (this.closed) return Promise.reject(new DataError('store-closed', `the store in ${this.folder} is closed`));
    let growth: number;
    try {
      growth = this.usage.growth(batch, (table, key) => this.get(table, key));
    } catch (error) {
      return Promise.reject(error as DataError);
    }
    this.usage.add(growth);
    const group = (this.next ??= new Group(++this.groups));
    group.growth += growth;
    for (const mutation of batch) {
      group.mutations.push(mutation);
      this.overlay.put(mutation, group.number);
    }
    if (urgency === 'urgent') this.hurry();
    else this.wait();
    return group.promise;
  }

  flushed(): Promise<void> {
    this.hurry();
    return (this.next ?? this.writing)?.promise ?? Promise.resolve();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.flushed().catch(() => {});
    await this.root.close();
    this.lock.release();
  }

  private get path(): string {
    return join(this.folder, FILE_NAME);
  }

  /** The next group is to be written as soon as the one before it is, and when this turn is over: what is committed in one turn belongs together. */
  private hurry(): void {
    if (this.next === null || this.next.urgent) return;
    this.next.urgent = true;
    if (this.writing === null) queueMicrotask(() => this.writeNext());
  }

  /** A group that is not urgent is written when its time is over. */
  private wait(): void {
    if (this.next === null || this.next.urgent || this.writing !== null) return;
    this.patience ??= this.clock.setTimer(LIMITS.patienceMs, () => this.hurry());
  }

  private writeNext(): void {
    const group = this.next;
    if (group === null || this.writing !== null) return;
    this.patience?.cancel();
    this.patience = null;
    this.next = null;
    this.writing = group;
    this.root
      .batch(() => {
        for (const { table, key, value } of group.mutations) {
          if (value === null) void this.table(table).remove(key);
          else void this.table(table).put(key, withChecksum(table, key, value));
        }
      })
      .then(
        () => this.written(group),
        (error: unknown) => this.failed(error),
      );
  }

  private written(group: Group): void {
    this.writing = null;
    this.overlay.settle(group.mutations, group.number);
    if (this.next?.urgent === true) this.writeNext();
    else this.wait();
    group.settle.resolve();
  }

  /** What was committed after the failed group may build on it, so it fails with it. */
  private failed(error: unknown): void {
    const reason = describeFailure(error);
    const failed = [this.writing, this.next].filter((group) => group !== null);
    this.writing = null;
    this.next = null;
    this.patience?.cancel();
    this.patience = null;
    this.overlay.clear();
    for (const group of failed) this.usage.add(-group.growth);
    const problem = this.isDiskFull()
      ? new DataError('store-full', `the disk of ${this.path} is full`, { hint: 'Free space on that disk.', cause: reason })
      : new DataError('store-failed', `writing to ${this.path} failed: ${reason.message}`, { cause: reason });
    for (const group of failed) group.settle.reject(problem);
  }

  private isDiskFull(): boolean {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize < FULL_BELOW_BYTES;
  }

  private table(table: Table): Database<Buffer, string> {
    return this.tables.get(table) as Database<Buffer, string>;
  }

  private checked(table: Table, key: string, stored: Buffer): Uint8Array {
    const end = stored.length - CHECKSUM_BYTES;
    const value = stored.subarray(0, Math.max(0, end));
    if (end < 0 || stored.readUInt32LE(end) !== checksum(table, key, value)) {
      throw this.corrupt(`entry ${JSON.stringify(key)} of table ${table} has a wrong checksum`);
    }
    return value;
  }

  private readEverything(): void {
    for (const table of TABLES) for (const [key, value] of this.entries(table)) this.usage.found(key, value);
  }

  private corrupt(reason: string, cause?: unknown): DataError {
    return new DataError('store-corrupt', `${this.path} is damaged: ${reason}`, {
      hint: `Restore ${this.folder} from a backup, or move it away to start afresh. Parked programs are then lost.`,
      cause,
    });
  }
}

function openRoot(path: string): RootDatabase<Buffer, string> {
  prepareLmdbFile(path);
  return open<Buffer, string>({
    path,
    maxDbs: TABLES.length + 1,
    encoding: 'binary',
    // One sync per transaction, inside it: a resolved promise means durable.
    overlappingSync: false,
    eventTurnBatching: false,
  });
}

function checksum(table: Table, key: string, value: Uint8Array): number {
  return crc32(value, crc32(`${table}/${key}`));
}

function withChecksum(table: Table, key: string, value: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES);
  stored.set(value);
  stored.writeUInt32LE(checksum(table, key, value), value.length);
  return stored;
}

/** lmdb rejects with a general error whose `commitError` is a promise that rejects with the system's. */
function describeFailure(error: unknown): Error {
  const general = error instanceof Error ? error : new Error(String(error));
  const detail = (general as { commitError?: Promise<never> }).commitError;
  detail?.catch(() => {});
  return general;
}
