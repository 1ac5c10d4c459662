/** Writes to a store until it fails, frees space, goes on, and reports what it saw. Run with a limit on the size of files. */
import { DataError } from '../../../core/errors.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { LmdbStore } from '../../../runtime/store/lmdb.ts';

/** What the process says on standard output. */
export interface Seen {
  readonly written: number;
  readonly code: string;
  /** The last batch that the store shows. */
  readonly last: string;
  /** Whether anything of the failed batch is visible. */
  readonly partial: boolean;
}

const store = new LmdbStore({ folder: process.argv[2] as string, maxBytes: 1e9, clock: systemClock });
const value = Buffer.alloc(100_000, 'v');
let failure: unknown;

/** The number of batches that were written before one failed. */
async function fill(): Promise<number> {
  for (let count = 0; count < 200; count++) {
    const key = `k${count}`;
    try {
      await store.commit([
        { table: 'residents', key, value },
        { table: 'meta', key: 'last', value: Buffer.from(key) },
      ]);
    } catch (error) {
      failure = error;
      return count;
    }
  }
  return 200;
}

const written = await fill();
const last = Buffer.from(store.get('meta', 'last') ?? []).toString();
const partial = store.get('residents', `k${written}`) !== undefined;
await store.commit(Array.from({ length: written }, (_, index) => ({ table: 'residents' as const, key: `k${index}`, value: null })));
// LMDB uses freed pages again in the transaction after the next.
await store.commit([{ table: 'meta', key: 'between', value: Buffer.from('x') }]);
await store.commit([{ table: 'residents', key: 'after', value }]);
await store.close();
const code = failure instanceof DataError ? failure.code : String(failure);
const seen: Seen = { written, code, last, partial };
process.stdout.write(JSON.stringify(seen));
