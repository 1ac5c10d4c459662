import { describe, expect, it } from 'vitest';
import type { Mutation } from '../../../core/ports.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';

const put = (key: string, text: string): Mutation => ({ table: 'meta', key, value: Buffer.from(text) });
const keys = (store: MemoryStore): string[] => [...store.entries('meta')].map(([key]) => key).sort();

describe('memory store with a crash', () => {
  it('loses what was not flushed and keeps the rest', () => {
    const store = new MemoryStore({ maxBytes: 10_000, flush: 'manual' });
    void store.commit([put('first', '1')]);
    store.flush();
    void store.commit([put('second', '2'), { table: 'meta', key: 'first', value: null }]);
    expect(keys(store)).toEqual(['second']);
    expect(store.pending).toBe(true);
    expect(keys(store.crash())).toEqual(['first']);
  });

  it('may keep a prefix of the pending batches, never a later one without an earlier one', () => {
    const store = new MemoryStore({ maxBytes: 10_000, flush: 'manual' });
    for (const key of ['a', 'b', 'c']) void store.commit([put(key, key)]);
    expect(keys(store.crash(2))).toEqual(['a', 'b']);
  });

  it('resolves promises in order, only when flushed', async () => {
    const store = new MemoryStore({ maxBytes: 10_000, flush: 'manual' });
    const order: string[] = [];
    const first = store.commit([put('a', '1')]).then(() => order.push('first'));
    const second = store.commit([put('b', '1')]).then(() => order.push('second'));
    await Promise.resolve();
    expect(order).toEqual([]);
    store.flush(1);
    await first;
    expect(order).toEqual(['first']);
    store.flush();
    await second;
    expect(order).toEqual(['first', 'second']);
  });

  it('rejects everything pending when the disk is full and shows none of it', async () => {
    const store = new MemoryStore({ maxBytes: 10_000, flush: 'manual' });
    void store.commit([put('a', '1')]);
    store.flush();
    const one = store.commit([put('a', '2')]);
    const two = store.commit([put('b', '2')]);
    store.failPending();
    await expect(one).rejects.toMatchObject({ code: 'store-full' });
    await expect(two).rejects.toMatchObject({ code: 'store-full' });
    expect(keys(store)).toEqual(['a']);
    expect(Buffer.from(store.get('meta', 'a') ?? []).toString()).toBe('1');
  });
});
