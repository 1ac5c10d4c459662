/** What every store must do. Run by `store.test.ts` over each implementation. */
import { assert, array, asyncProperty, constantFrom, integer, option, tuple, uint8Array } from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { DataError } from '../../core/errors.ts';
import type { Mutation, Store, Table } from '../../core/ports.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store in an orderly way and opens what it left behind. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const put = (table: Table, key: string, text: string): Mutation => ({ table, key, value: bytes(text) });
const remove = (table: Table, key: string): Mutation => ({ table, key, value: null });
const text = (value: Uint8Array | undefined): string | undefined => (value === undefined ? undefined : Buffer.from(value).toString());
const contents = (store: Store, table: Table): Record<string, string> =>
  Object.fromEntries([...store.entries(table)].map(([key, value]) => [key, Buffer.from(value).toString()]).sort());

export function storeContract(name: string, open: (maxBytes: number) => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let current: StoreUnderTest | undefined;
    const make = async (maxBytes = 10_000_000): Promise<StoreUnderTest> => (current = await open(maxBytes));
    afterEach(async () => {
      await current?.dispose();
      current = undefined;
    });

    it('shows a batch as soon as commit has returned, in get and in entries', async () => {
      const { store } = await make();
      const first = store.commit([put('residents', 'a', 'one'), put('outbox', 'a', 'other table')]);
      expect(text(store.get('residents', 'a'))).toBe('one');
      expect(contents(store, 'residents')).toEqual({ a: 'one' });
      const second = store.commit([put('residents', 'a', 'two'), put('residents', 'b', 'x'), remove('outbox', 'a')]);
      expect(contents(store, 'residents')).toEqual({ a: 'two', b: 'x' });
      expect(store.get('outbox', 'a')).toBeUndefined();
      await Promise.all([first, second]);
      expect(contents(store, 'residents')).toEqual({ a: 'two', b: 'x' });
      expect(contents(store, 'outbox')).toEqual({});
    });

    it('is not pending when everything is flushed, and flushed resolves at once then', async () => {
      const { store } = await make();
      await store.commit([put('meta', 'k', 'v')]);
      await store.flushed();
      expect(store.pending).toBe(false);
      const waited = store.commit([put('meta', 'k', 'w')]);
      await store.flushed();
      expect(store.pending).toBe(false);
      await waited;
    });

    it('writes a patient batch before an urgent one that came later, when told to flush, and by itself', async () => {
      const opened = await make();
      const { store } = opened;
      const order: string[] = [];
      const patient = store.commit([put('meta', 'k', 'patient')], 'patient').then(() => order.push('patient'));
      const urgent = store.commit([put('meta', 'k', 'urgent')]).then(() => order.push('urgent'));
      await Promise.all([patient, urgent]);
      expect(order).toEqual(['patient', 'urgent']);
      await store.commit([put('meta', 'alone', '1')], 'patient');
      expect(store.pending).toBe(false);
      const waiting = store.commit([put('meta', 'flushed', '1')], 'patient');
      await store.flushed();
      expect(store.pending).toBe(false);
      await waiting;
      void store.commit([put('meta', 'closed', '1')], 'patient');
      expect(contents(await opened.reopen(), 'meta')).toEqual({ k: 'urgent', alone: '1', flushed: '1', closed: '1' });
    });

    it('keeps what was flushed over a restart', async () => {
      const opened = await make();
      await opened.store.commit([put('tags', 'io:load', '1'), put('tags', 'gone', '2')]);
      await opened.store.commit([remove('tags', 'gone'), put('tags', 'empty', '')]);
      const again = await opened.reopen();
      expect(contents(again, 'tags')).toEqual({ 'io:load': '1', empty: '' });
    });

    it('refuses what does not fit with store-full, loses nothing and takes what frees space', async () => {
      const { store } = await make(20_000);
      await store.commit([put('results', 'kept', 'x'.repeat(8000))]);
      const tooMuch = store.commit([put('results', 'kept', 'changed'), put('results', 'large', 'y'.repeat(20_000))]);
      await expect(tooMuch).rejects.toMatchObject({
        name: 'DataError',
        code: 'store-full',
        hint: expect.stringContaining('storeBytes') as string,
      });
      expect(contents(store, 'results')).toEqual({ kept: 'x'.repeat(8000) });
      await store.commit([remove('results', 'kept')]);
      await store.commit([put('results', 'large', 'y'.repeat(15_000))]);
      expect(text(store.get('results', 'large'))).toHaveLength(15_000);
    });

    it('counts replaced values once', async () => {
      const { store } = await make(20_000);
      for (let round = 0; round < 30; round++) await store.commit([put('results', 'same', `${round}`.padEnd(9000))]);
      expect(text(store.get('results', 'same'))?.trim()).toBe('29');
    });

    it('refuses to commit after close', async () => {
      const { store } = await make();
      await store.close();
      await expect(store.commit([put('meta', 'k', 'v')])).rejects.toBeInstanceOf(DataError);
    });

    it('does not show later changes in an iteration that has begun', async () => {
      const { store } = await make();
      await store.commit([put('nonces', 'a', '1'), put('nonces', 'b', '2')]);
      const seen: string[] = [];
      for (const [key] of store.entries('nonces')) {
        seen.push(key);
        void store.commit([remove('nonces', key)]);
      }
      expect(seen.sort()).toEqual(['a', 'b']);
      expect(contents(store, 'nonces')).toEqual({});
    });

    it('agrees with a plain map after any batches and a restart', async () => {
      const tables = ['residents', 'outbox'] as const;
      const mutation = tuple(constantFrom(...tables), constantFrom('a', 'b', 'c'), option(uint8Array({ maxLength: 40 })));
      await assert(
        asyncProperty(array(tuple(array(mutation, { maxLength: 5 }), integer({ min: 0, max: 3 })), { maxLength: 12 }), async (batches) => {
          const opened = await open(10_000_000);
          try {
            const model = new Map<string, string>();
            for (const [batch, wait] of batches) {
              const done = opened.store.commit(
                batch.map(([table, key, value]) => ({ table, key, value })),
                wait > 1 ? 'patient' : 'urgent',
              );
              for (const [table, key, value] of batch) {
                if (value === null) model.delete(`${table}/${key}`);
                else model.set(`${table}/${key}`, Buffer.from(value).toString('hex'));
              }
              expect(dump(opened.store, tables)).toEqual(Object.fromEntries([...model].sort()));
              if (wait % 2 === 1) await done;
            }
            await opened.store.flushed();
            expect(dump(await opened.reopen(), tables)).toEqual(Object.fromEntries([...model].sort()));
          } finally {
            await opened.dispose();
          }
        }),
        { numRuns: 15 },
      );
    });
  });
}

function dump(store: Store, tables: readonly Table[]): Record<string, string> {
  const found: [string, string][] = [];
  for (const table of tables)
    for (const [key, value] of store.entries(table)) found.push([`${table}/${key}`, Buffer.from(value).toString('hex')]);
  return Object.fromEntries(found.sort());
}
