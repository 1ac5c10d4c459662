import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DataError, RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Manifest } from '../../../core/program.ts';
import { CodeCache } from '../../../runtime/code/code-cache.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';
import { readProgram } from '../handoff/samples.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const brick = (name: string, bytes = 1000): Uint8Array => Buffer.alloc(bytes, name);

function program(name: string, bricks: readonly Uint8Array[]): { signed: Uint8Array; hash: string; bricks: readonly Uint8Array[] } {
  const manifest = { name, bricks: bricks.map(sha256) } as unknown as Manifest;
  const signed = Buffer.from(JSON.stringify(manifest));
  return { signed, hash: sha256(signed), bricks };
}

const store = (): MemoryStore => new MemoryStore({ maxBytes: 1e8, flush: 'at-once' });
const cacheOver = (kept: MemoryStore, codeCacheBytes = 1e6): CodeCache =>
  new CodeCache({ store: kept, limits: { ...LIMITS, codeCacheBytes }, read: readProgram });

const SHARED = brick('routing');
const ONE = program('one', [brick('one'), SHARED]);
const TWO = program('two', [brick('two'), SHARED]);
const THREE = program('three', [brick('three'), brick('three too')]);

describe('code cache', () => {
  it('gives back what was added, also after a restart', () => {
    const kept = store();
    const cache = cacheOver(kept);
    expect(cache.program(ONE.hash)).toBeUndefined();
    cache.add(ONE.signed, ONE.bricks);
    for (const one of [cache, cacheOver(kept)]) {
      expect(one.complete(ONE.hash)).toBe(true);
      expect(one.program(ONE.hash)?.bricks.map((bytes) => Buffer.from(bytes))).toEqual(ONE.bricks);
      expect(one.usedBytes).toBe(cache.usedBytes);
    }
  });

  it('needs only bricks that are not here already', () => {
    const cache = cacheOver(store());
    cache.add(ONE.signed, ONE.bricks);
    const before = cache.usedBytes;
    expect(cache.missing(readProgram(TWO.signed).manifest)).toEqual([sha256(TWO.bricks[0] as Uint8Array)]);
    cache.add(TWO.signed, TWO.bricks.slice(0, 1));
    expect(cache.complete(TWO.hash)).toBe(true);
    expect(cache.usedBytes).toBe(before + 1000 + TWO.signed.length);
  });

  it.each([
    ['a brick of another program', THREE.bricks],
    ['a brick too few', ONE.bricks.slice(0, 1)],
    ['a brick that was changed', [brick('evil'), SHARED]],
  ])('refuses %s and keeps nothing of it', (_name, bricks) => {
    const kept = store();
    const cache = cacheOver(kept);
    expect(() => cache.add(ONE.signed, bricks)).toThrow(RefusedError);
    expect(cache.usedBytes).toBe(0);
    expect([...kept.entries('bricks'), ...kept.entries('manifests')]).toEqual([]);
  });

  it('refuses programs and bricks above their bounds', () => {
    const cache = cacheOver(store(), 1e7);
    const large = program('large', [brick('x', LIMITS.brickBytes + 1)]);
    expect(() => cache.add(large.signed, large.bricks)).toThrow(/bytes of at most/);
    const many = program(
      'many',
      ['p', 'q', 'r', 's', 't'].map((name) => brick(name, LIMITS.brickBytes)),
    );
    expect(() => cache.add(many.signed, many.bricks)).toThrow(/bytes of at most/);
  });

  it('makes room by dropping the program that was not used for longest, but no brick that another one lists', () => {
    const kept = store();
    const cache = cacheOver(kept, 4400);
    cache.add(ONE.signed, ONE.bricks);
    cache.add(TWO.signed, TWO.bricks);
    cache.program(ONE.hash);
    const four = program('four', [brick('four')]);
    cache.add(four.signed, four.bricks);
    expect([ONE, TWO, four].map((one) => cache.complete(one.hash))).toEqual([true, false, true]);
    expect(cache.usedBytes).toBeLessThanOrEqual(4400);
    expect(cacheOver(kept).usedBytes).toBe(cache.usedBytes);
  });

  it('never drops code in use, and says when to ask again', () => {
    const cache = cacheOver(store(), 2500);
    cache.add(ONE.signed, ONE.bricks);
    cache.pin(ONE.hash);
    expect(() => cache.add(THREE.signed, THREE.bricks)).toThrow(RefusedError);
    try {
      cache.add(THREE.signed, THREE.bricks);
    } catch (error) {
      expect(error).toMatchObject({ reason: 'store-full', retryAfterMs: LIMITS.retryAfterMs });
    }
    expect(cache.complete(ONE.hash)).toBe(true);
    cache.unpin(ONE.hash);
    cache.add(THREE.signed, THREE.bricks);
    expect(cache.complete(ONE.hash)).toBe(false);
  });

  it('forgets what the disk did not take', async () => {
    const kept = new MemoryStore({ maxBytes: 1e8, flush: 'manual' });
    const cache = cacheOver(kept);
    cache.add(ONE.signed, ONE.bricks);
    kept.failPending();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(cache.complete(ONE.hash)).toBe(false);
    expect(cache.usedBytes).toBe(0);
  });

  it('finds a manifest that is not what it is stored as', () => {
    const kept = store();
    void kept.commit([{ table: 'manifests', key: ONE.hash, value: TWO.signed }]);
    expect(() => cacheOver(kept)).toThrow(DataError);
  });
});
