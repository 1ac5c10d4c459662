import { readFileSync, readdirSync } from 'node:fs';
import { Encoder } from 'cbor-x';
import { array, assert, constantFrom, integer, nat, property, tuple, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugError, DataError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { decodeMessage, encodeMessage, offerParts } from '../../../core/message-codec.ts';
import type { Message, MessageType } from '../../../core/messages.ts';
import { EXAMPLES } from './message-examples.ts';

const GOLDEN = new URL('../../golden/messages/', import.meta.url);
const golden = (type: string): Buffer => Buffer.from(readFileSync(new URL(`${type}.hex`, GOLDEN), 'utf8').trim(), 'hex');
const types = Object.keys(EXAMPLES) as MessageType[];
const generic = new Encoder({ useRecords: false, tagUint8Array: false });

/** Byte strings compare by content, whatever view class holds them. */
function plain(message: Message): unknown {
  return JSON.parse(JSON.stringify(message, (_key, value: unknown) => bytesAsText(value)));
}

function bytesAsText(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer') {
    return `bytes ${Buffer.from((value as { data: number[] }).data).toString('hex')}`;
  }
  return value;
}

function expectBadMessage(bytes: Uint8Array): void {
  try {
    decodeMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).code).toBe('bad-message');
    return;
  }
  expect.unreachable(`decoded ${Buffer.from(bytes).toString('hex')}`);
}

describe('message codec', () => {
  it('has one golden file for every message type and no other', () => {
    const files = readdirSync(GOLDEN).map((name) => name.replace(/\.hex$/, ''));
    expect(files.sort()).toEqual([...types].sort());
  });

  it.each(types)('%s has the golden bytes, both ways', (type) => {
    expect(Buffer.from(encodeMessage(EXAMPLES[type])).toString('hex')).toBe(golden(type).toString('hex'));
    expect(plain(decodeMessage(golden(type)))).toEqual(plain(EXAMPLES[type]));
  });

  it.each(types)('%s refuses a missing field, an additional field, trailing bytes and every truncation', (type) => {
    const bytes = golden(type);
    const fields = generic.decode(bytes) as unknown[];
    expectBadMessage(generic.encode(fields.slice(0, -1)));
    expectBadMessage(generic.encode([...fields, 0]));
    expectBadMessage(Buffer.concat([bytes, Buffer.from([0])]));
    for (let length = 0; length < bytes.length; length++) expectBadMessage(bytes.subarray(0, length));
  });

  it.each(types)('%s refuses a value of the wrong type in each field', (type) => {
    const fields = generic.decode(golden(type)) as unknown[];
    for (let index = 0; index < fields.length; index++) {
      for (const wrong of [undefined, -1, 1.5, 2 ** 60, new Map(), { __proto__: null }, /x/, NaN, [[]], 'x'.repeat(3_000_000)]) {
        const changed = [...fields];
        changed[index] = wrong;
        // A number may be right where a coordinate stands, and that is inside an array here.
        expectBadMessage(generic.encode(changed));
      }
    }
  });

  it('names the message, the field and what it must be', () => {
    const fields = generic.decode(golden('refuse')) as unknown[];
    fields[3] = 999;
    expect(() => decodeMessage(generic.encode(fields))).toThrow(/message refuse: field reason must be a whole number from 0 to \d+/);
    expect(() => decodeMessage(generic.encode([99]))).toThrow(/type 99 is unknown/);
  });

  it('refuses coordinates outside the globe', () => {
    const fields = generic.decode(golden('hello')) as unknown[];
    for (const position of [[91, 0], [0, 181], [NaN, 0], [0], [0, 0, 0, 0], [0, 0, Infinity]]) {
      fields[5] = position;
      expectBadMessage(generic.encode(fields));
    }
  });

  it('refuses what exceeds a bound by one', () => {
    const offer = EXAMPLES.offer;
    const over = (change: Partial<typeof offer>): void => expectBadMessage(encodeMessage({ ...offer, ...change }));
    over({ state: new Uint8Array(LIMITS.stateBytes + 1) });
    over({ launch: new Uint8Array(LIMITS.launchBytes + 1) });
    over({ epoch: 2 ** 32 });
    over({ header: { ...offer.header, events: ' '.repeat(LIMITS.eventsBytes + 1) } });
    expect(decodeMessage(encodeMessage({ ...offer, state: new Uint8Array(LIMITS.stateBytes) })).type).toBe('offer');
    expectBadMessage(
      encodeMessage({ ...EXAMPLES.need, bricks: Array.from({ length: LIMITS.bricksPerProgram + 1 }, () => '00'.repeat(32)) }),
    );
    expectBadMessage(new Uint8Array(LIMITS.frameBytes + 1));
  });

  it('never sends a number that its reader would refuse', () => {
    expect(() => encodeMessage({ ...EXAMPLES.offer, epoch: 1.5 })).toThrow(BugError);
    expect(() => encodeMessage({ ...EXAMPLES.offer, header: { ...EXAMPLES.offer.header, ageMs: -1 } })).toThrow(BugError);
    expect(() => encodeMessage({ ...EXAMPLES.bricks, bricks: Array.from({ length: 9 }, () => new Uint8Array(LIMITS.brickBytes)) })).toThrow(
      BugError,
    );
  });

  it('tells how many bytes each part of an OFFER takes', () => {
    const parts = offerParts(EXAMPLES.offer);
    const { total, ...rest } = parts;
    expect(total).toBe(encodeMessage(EXAMPLES.offer).length);
    expect(Object.values(rest).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
    expect(rest['state']).toBe(EXAMPLES.offer.state.length + 1);
    expect(rest['framing']).toBeLessThanOrEqual(4);
  });

  it('survives mutated messages: a message or a DataError, and later messages decode as ever', () => {
    const decoded = { yes: 0, no: 0 };
    assert(
      property(
        constantFrom(...types),
        array(tuple(nat(), integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
        (type, changes) => {
          const bytes = Buffer.from(golden(type));
          for (const [position, byte] of changes) bytes[position % bytes.length] = byte;
          try {
            const message = decodeMessage(bytes);
            expect(plain(decodeMessage(encodeMessage(message)))).toEqual(plain(message));
            decoded.yes++;
          } catch (error) {
            if (!(error instanceof DataError)) throw error;
            decoded.no++;
          }
          expect(plain(decodeMessage(golden('offer')))).toEqual(plain(EXAMPLES.offer));
        },
      ),
      { numRuns: 2000 },
    );
    expect(decoded.yes).toBeGreaterThan(200);
    expect(decoded.no).toBeGreaterThan(200);
  });

  it('survives any bytes', () => {
    assert(
      property(uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
    expectBadMessage(Buffer.alloc(LIMITS.frameBytes, 0x81));
    expectBadMessage(Buffer.from('9a05f5e100', 'hex'));
    expectBadMessage(Buffer.from('d9dfff8319e00081616101', 'hex'));
  });
});
