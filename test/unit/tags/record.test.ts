import { describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import type { TagRecord } from '../../../core/tags.ts';
import { PUBLIC_ACCESS } from '../../../runtime/tags/access.ts';
import { decodeTag, encodeTag, storedTags, tagMutations } from '../../../runtime/tags/record.ts';
import { hash, id } from '../../support/smart-messages.ts';

const TAG: TagRecord = {
  name: 'public:note',
  value: { text: 'hé', list: [1, null, true] },
  version: 77,
  access: PUBLIC_ACCESS,
  owner: { family: id('f'), origin: id('o'), code: hash('c'), author: 'ada' },
  expiresAtMs: 10_000,
  writtenAtMs: 4_000,
  durable: true,
  about: null,
};

describe('durable tags', () => {
  it('come back with their times moved to the new clock: life stood still while the node was down', () => {
    const bytes = encodeTag(TAG, 5_000);
    expect(decodeTag(TAG.name, bytes, 100)).toEqual({ ...TAG, expiresAtMs: 5_100, writtenAtMs: -900 });
    expect(decodeTag(TAG.name, encodeTag({ ...TAG, owner: null, expiresAtMs: null }, 5_000), 5_000)).toEqual({
      ...TAG,
      owner: null,
      expiresAtMs: null,
    });
  });

  it('are stored, removed when gone or no longer durable, and volatile ones are never stored', () => {
    const tags = [
      { name: 'public:note', record: TAG, durable: true },
      { name: 'public:gone', record: null, durable: true },
      { name: 'public:now-volatile', record: { ...TAG, durable: false }, durable: true },
      { name: 'public:volatile', record: { ...TAG, durable: false }, durable: false },
    ];
    const stored = tagMutations({ tags }, 5_000);
    expect(stored.map(({ key, value }) => [key, value !== null])).toEqual([
      ['public:note', true],
      ['public:gone', false],
      ['public:now-volatile', false],
    ]);
    const table = new Map(stored.flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])));
    expect(storedTags({ get: () => undefined, entries: () => table }, 5_000).records).toEqual([TAG]);
  });

  it('that are damaged are reported by name, whatever byte is hit', () => {
    const bytes = encodeTag(TAG, 0);
    let reported = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[index] = (damaged[index] ?? 0) ^ flip;
        try {
          decodeTag(TAG.name, damaged, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect(error).toMatchObject({ code: 'store-corrupt', message: expect.stringContaining('public:note') });
          reported += 1;
        }
      }
    }
    expect(reported).toBeGreaterThan(bytes.length / 4);
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeTag(TAG.name, bytes.subarray(0, length), 0)).toThrow(DataError);
  });
});

describe('version numbers', () => {
  it('of one run are above all of the runs before, though the node stopped without a word', () => {
    const meta = new Map<string, Uint8Array>();
    const store = { get: (_table: string, key: string) => meta.get(key), entries: () => [] };
    let before = -1;
    for (let run = 0; run < 3; run += 1) {
      const { version, mutations } = storedTags(store, 0);
      for (const { key, value } of mutations) if (value !== null) meta.set(key, value);
      expect(version).toBeGreaterThan(before);
      before = version + 10 ** 9;
      expect(Number.isSafeInteger(version + 10 ** 9)).toBe(true);
    }
  });
});
