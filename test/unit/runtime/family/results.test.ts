import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../core/limits.ts';
import type { Obituary } from '../../../../core/messages.ts';
import { FamilyResults, type NewFamily } from '../../../../runtime/family/results.ts';
import { MemoryStore } from '../../../../runtime/store/memory.ts';
import { ManualClock, RecordingLog } from '../../../support/ports.ts';

const AUTHOR = 'a'.repeat(64);
const MANIFEST = 'c'.repeat(64);
const LIFETIME_MS = 60_000;
const newFamily = (durable: boolean): NewFamily => ({ manifest: MANIFEST, author: AUTHOR, durable, lifetimeMs: LIFETIME_MS });
const family = (digit: number): string => String(digit).repeat(32);

let store: MemoryStore;
let clock: ManualClock;
beforeEach(() => {
  store = new MemoryStore({ maxBytes: LIMITS.storeBytes, flush: 'at-once' });
  clock = new ManualClock(1_750_000_000_000);
});

function results(limits: { readonly results?: number; readonly resultsBytes?: number }): FamilyResults {
  return new FamilyResults({ store, clock, log: new RecordingLog(), limits: { ...LIMITS, ...limits } });
}

/** The end of a root that returned `value`. */
function ended(of: string, value: string): Obituary {
  const body = JSON.stringify({ nodeName: 'kitchen', hops: 2, elapsedMs: 7, value });
  const node = 'd'.repeat(32);
  return { type: 'obituary', family: of, smId: 'e'.repeat(32), root: true, origin: node, node, outcome: 'returned', body };
}

describe('results at the origin', () => {
  it('are bounded in bytes: a launch waits until one was fetched', async () => {
    const kept = results({ resultsBytes: 4096 });
    kept.open(family(1), newFamily(true));
    kept.record(ended(family(1), 'x'.repeat(4096)));
    expect(() => kept.open(family(2), newFamily(true))).toThrow(expect.objectContaining({ reason: 'records-full' }));
    kept.discard(family(1));
    expect(kept.open(family(2), newFamily(true))).toHaveLength(1);
  });

  it('count what an earlier run left', async () => {
    const before = results({});
    await store.commit([...before.open(family(1), newFamily(true)), ...before.record(ended(family(1), 'x'.repeat(4096))).mutations]);
    const after = results({ resultsBytes: 4096 });
    expect(after.get(family(1))).toMatchObject({ outcome: 'returned', hops: 2 });
    expect(() => after.open(family(2), newFamily(true))).toThrow(expect.objectContaining({ reason: 'records-full' }));
  });

  it('are bounded in number', () => {
    const kept = results({ results: 1 });
    kept.open(family(1), newFamily(false));
    expect(() => kept.open(family(2), newFamily(false))).toThrow(expect.objectContaining({ reason: 'records-full' }));
  });

  it('are told when they are durable, the first end for good', async () => {
    const kept = results({});
    kept.open(family(1), newFamily(true));
    const waiting = kept.ended(family(1), new AbortController().signal);
    const first = kept.record(ended(family(1), 'first'));
    expect(kept.get(family(1))?.outcome).toBe('running');
    expect(kept.record(ended(family(1), 'second')).mutations).toEqual([]);
    first.settle(true);
    await waiting;
    expect(kept.get(family(1))).toMatchObject({ outcome: 'returned', value: 'first' });
  });

  it('are as before when they could not be stored, so that the end may come again', () => {
    const kept = results({});
    kept.open(family(1), newFamily(true));
    kept.record(ended(family(1), 'lost with the disk')).settle(false);
    expect(kept.get(family(1))?.outcome).toBe('running');
    const again = kept.record(ended(family(1), 'again'));
    expect(again.mutations).toHaveLength(1);
    again.settle(true);
    expect(kept.get(family(1))?.value).toBe('again');
  });

  it('give way when nobody can end any more, also those whose end was never heard of; a clock that jumps forgets none', () => {
    const kept = results({ results: 1 });
    kept.open(family(1), newFamily(true));
    clock.jumpWall(10 * LIMITS.resultKeepMs);
    expect(() => kept.open(family(2), newFamily(true))).toThrow(expect.objectContaining({ reason: 'records-full' }));
    clock.advance(LIFETIME_MS + LIMITS.resultKeepMs);
    expect(kept.open(family(2), newFamily(true))).toHaveLength(1);
    expect(kept.get(family(1))).toBeUndefined();
  });

  it('are presumed lost when the lifetime was over long ago, and an end that is told after all takes the place of that', () => {
    const kept = results({});
    for (const digit of [1, 2]) kept.open(family(digit), newFamily(true));
    kept.record(ended(family(2), 'x')).settle(true);
    clock.advance(LIFETIME_MS);
    expect(kept.overdue(5_000)).toEqual([]);
    clock.advance(6_000);
    expect(kept.overdue(5_000)).toEqual([family(1)]);
    const last = { node: 'f'.repeat(32), name: 'attic', hops: 3, atMs: 7 };
    for (const digit of [1, 2]) kept.presumeLost(family(digit), last).settle(true);
    expect(kept.get(family(1))).toMatchObject({
      outcome: 'lost',
      endedAt: { name: 'attic' },
      presumed: { lastAcknowledged: last },
      error: { message: expect.stringContaining('last acknowledged at attic, after 3 hops') as string },
    });
    expect(kept.get(family(2))).toMatchObject({ outcome: 'returned' });
    kept.record(ended(family(1), 'late')).settle(true);
    expect(kept.get(family(1))).toMatchObject({ outcome: 'returned', value: 'late' });
    expect(kept.get(family(1))).not.toHaveProperty('presumed');
    expect(kept.get(family(1))).not.toHaveProperty('error');
  });

  it('of an earlier run of the node are presumed lost as well', () => {
    results({})
      .open(family(1), newFamily(true))
      .forEach((mutation) => void store.commit([mutation]));
    const again = results({});
    expect(again.overdue(5_000)).toEqual([]);
    clock.advance(LIFETIME_MS + 6_000);
    expect(again.overdue(5_000)).toEqual([family(1)]);
  });
});
