/** How much a store holds, so that it refuses in time instead of finding the disk full. */
import { DataError } from '../../core/errors.ts';
import type { Mutation, Table } from '../../core/ports.ts';

/** What an entry takes beyond its key and value: node header, page fill, checksum. An estimate, on the safe side. */
const ENTRY_OVERHEAD_BYTES = 64;

const entryBytes = (key: string, valueBytes: number): number => key.length + valueBytes + ENTRY_OVERHEAD_BYTES;

/** Bytes in use by entries, kept current by every batch. */
export class Usage {
  private readonly maxBytes: number;
  private used = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.used;
  }

  /** Counts an entry that was there before. */
  found(key: string, value: Uint8Array): void {
    this.used += entryBytes(key, value.length);
  }

  /**
   * By how many bytes a batch changes the store. A batch that frees space is welcome however full the store is.
   *
   * @throws DataError `store-full` when the batch adds bytes and they do not fit
   */
  growth(batch: readonly Mutation[], read: (table: Table, key: string) => Uint8Array | undefined): number {
    let bytes = 0;
    for (const { table, key, value } of batch) {
      const before = read(table, key);
      if (before !== undefined) bytes -= entryBytes(key, before.length);
      if (value !== null) bytes += entryBytes(key, value.length);
    }
    if (bytes > 0 && this.used + bytes > this.maxBytes) {
      throw new DataError('store-full', `the store holds ${this.used} of at most ${this.maxBytes} bytes; ${bytes} more do not fit`, {
        hint: 'Let results be fetched and programs end, or raise limits.storeBytes in the node configuration.',
      });
    }
    return bytes;
  }

  add(bytes: number): void {
    this.used += bytes;
  }
}
