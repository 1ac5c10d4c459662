import { assert, property, integer, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import type { Mutation } from '../../../core/ports.ts';
import type { Resting } from '../../../core/sm.ts';
import { openIncarnation } from '../../../runtime/journal/incarnation.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { decodeResting, encodeResting } from '../../../runtime/journal/resting-codec.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';
import { hex, launchOf, programBytes, smartMessage } from '../handoff/samples.ts';

const parked = smartMessage('one', programBytes('tour'));
const full: Resting = {
  ...parked,
  header: { ...parked.header, parent: hex('parent', 16), root: false, hops: 3, ageMs: 1234, events: '[{"op":2,"value":"é"}]' },
  epoch: 7,
  start: { brick: 2, fn: 5, args: '["captured"]' },
  waits: '[{"op":2,"kind":"sleep","ms":100}]',
  previous: hex('previous', 16),
};
const fresh: Resting = { ...parked, state: new Uint8Array(), start: { brick: 0, fn: 'default', args: null } };
const comparable = (sm: Resting): unknown => ({ ...sm, state: Buffer.from(sm.state).toString('hex') });
const store = (): MemoryStore => new MemoryStore({ maxBytes: 1_000_000, flush: 'at-once' });

describe('journal', () => {
  it.each([
    ['parked', parked],
    ['with everything', full],
    ['before its first slice', fresh],
  ])('gives back a Smart Message %s as it was', (_name, sm) => {
    const back = decodeResting(encodeResting(sm), 'it', launchOf);
    expect(comparable(back)).toEqual(comparable(sm));
    expect(back.launch).toBe(sm.launch);
  });

  it('keeps residents, departures and answers apart and finds them again', async () => {
    const kept = store();
    const journal = new Journal(kept, launchOf);
    const departure = { sm: full, op: 2, target: hex('target', 16), offeredTo: hex('incarnation', 16), inDoubtMs: 12.7 };
    await kept.commit([
      journal.resident(parked),
      journal.departure(departure),
      journal.answered(`${hex('x', 16)}/3`, { peer: hex('p', 16), accepted: true }),
    ]);
    const again = new Journal(kept, launchOf);
    expect([...again.residents()].map(comparable)).toEqual([comparable(parked)]);
    expect([...again.departures()]).toMatchObject([{ op: 2, target: departure.target, offeredTo: departure.offeredTo, inDoubtMs: 12 }]);
    expect(comparable([...again.departures()][0]!.sm)).toEqual(comparable(full));
    expect([...again.answers()]).toEqual([[`${hex('x', 16)}/3`, { peer: hex('p', 16), accepted: true }]]);
    expect(comparable(again.residentState(parked.header.smId)!)).toEqual(comparable(parked));
    expect(again.residentState(hex('nobody', 16))).toBeUndefined();
    await kept.commit([
      journal.noResident(parked.header.smId),
      journal.noDeparture(full.header.smId),
      journal.notAnswered(`${hex('x', 16)}/3`),
    ]);
    expect([...again.residents(), ...again.departures(), ...again.answers()]).toEqual([]);
  });

  it('keeps what is remembered of guarded ones', async () => {
    const kept = store();
    const journal = new Journal(kept, launchOf);
    const behind = { keeper: hex('keeper', 16), smId: full.header.smId, epoch: 3 };
    const passage = { epoch: 4, next: hex('next', 16), nextStore: hex('incarnation', 16) };
    const copy = { smId: full.header.smId, station: 'copy', passage, behind, guard: 2, leftMs: 7.9 } as const;
    const held = { smId: hex('other', 16), station: 'held', passage: null, behind: null, guard: 1, leftMs: 0 } as const;
    const release = { copy: behind, isOver: false, leftMs: 5 };
    await kept.commit([journal.guard(copy, { sm: full, op: 6 }), journal.guard(held, null), journal.release(release)]);
    const again = new Journal(kept, launchOf);
    expect(new Set(again.guards().records)).toEqual(new Set([{ ...copy, leftMs: 7 }, held]));
    expect(again.guards().releases).toEqual([release]);
    const left = again.leftState(full.header.smId)!;
    expect([left.op, comparable(left.sm)]).toEqual([6, comparable(full)]);
    expect(again.leftState(hex('other', 16))).toBeUndefined();
    await kept.commit([journal.noGuard(full.header.smId), journal.noGuard(hex('other', 16)), journal.noRelease(behind)]);
    expect(again.guards()).toEqual({ records: [], releases: [] });
  });

  it('finds a damaged record and says which', () => {
    const bytes = encodeResting(full);
    assert(
      property(integer({ min: 0, max: bytes.length - 1 }), integer({ min: 1, max: 255 }), (position, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[position]! ^= flip;
        try {
          decodeResting(damaged, 'resident 1234', (launch) => ({ ...full.launch, bytes: launch }));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect(error).toMatchObject({ code: 'store-corrupt', message: expect.stringContaining('resident 1234') as string });
        }
      }),
    );
    expect(() => decodeResting(bytes.subarray(0, -1), 'x', launchOf)).toThrow(DataError);
  });

  it.each(['residents', 'outbox', 'accepted', 'guards'] as const)('survives any bytes in %s', (table) => {
    assert(
      property(uint8Array({ maxLength: 30 }), (value) => {
        const kept = store();
        void kept.commit([{ table, key: hex('k', 16), value }]);
        const journal = new Journal(kept, launchOf);
        expect(() => [...journal.residents(), ...journal.departures(), ...journal.answers(), journal.guards()]).toThrow(DataError);
      }),
      { numRuns: 50 },
    );
  });
});

describe('incarnation', () => {
  const entropy = (start: number): { bytes(length: number): Uint8Array } => ({ bytes: (length) => new Uint8Array(length).fill(start) });

  it('stays as long as the store is the same, and changes with a copy, whose Smart Messages are left out', async () => {
    const kept = store();
    const first = await openIncarnation(kept, entropy(1), 'disk 1');
    expect(first).toEqual({ incarnation: '01'.repeat(16), renewed: 'new-store', discarded: 0 });
    const journal = new Journal(kept, launchOf);
    const result: Mutation = { table: 'results', key: 'r', value: Buffer.from('kept') };
    await kept.commit([journal.resident(parked), journal.answered(`${hex('x', 16)}/1`, { peer: hex('p', 16), accepted: true }), result]);
    const copy = { keeper: hex('k', 16), smId: hex('sm', 16), epoch: 1 };
    await kept.commit([journal.release({ copy, isOver: true, leftMs: 1000 })]);
    expect(await openIncarnation(kept, entropy(2), 'disk 1')).toEqual({ incarnation: first.incarnation, renewed: null, discarded: 0 });
    expect([...journal.residents()]).toHaveLength(1);
    expect(await openIncarnation(kept, entropy(3), 'disk 2')).toEqual({
      incarnation: '03'.repeat(16),
      renewed: 'restored-copy',
      discarded: 1,
    });
    expect([...journal.residents(), ...journal.answers(), ...journal.guards().releases]).toEqual([]);
    expect(kept.get('results', 'r')).toBeDefined();
  });
});
