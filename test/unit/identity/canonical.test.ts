import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import { CanonicalReader, encodeCanonical, type Canonical } from '../../../runtime/identity/canonical.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Reads back a value by the shape of the original, as the readers of documents do. */
function readLike(reader: CanonicalReader, like: Canonical): Canonical {
  if (like === null) return reader.nothing() ? null : 'not null';
  if (typeof like === 'boolean') return reader.boolean('b');
  if (typeof like === 'number') return reader.uint('n');
  if (typeof like === 'string') return reader.text('t', 1000);
  if (like instanceof Uint8Array) return Uint8Array.from(reader.bytes('s', 1000));
  return reader.list(like.length, 'l', (index) => readLike(reader, like[index] as Canonical));
}

const values = fc.letrec<{ value: Canonical }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeNat(),
    fc.nat(300),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
  ),
})).value;

describe('canonical encoding', () => {
  it('is the deterministic CBOR of RFC 8949', () => {
    const of = (value: Canonical): string => Buffer.from(encodeCanonical(value)).toString('hex');
    expect(of([0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])).toBe(
      '8a 00 17 1818 18ff 190100 19ffff 1a00010000 1affffffff 1b0000000100000000 1b001fffffffffffff'.replaceAll(' ', ''),
    );
    expect(of([false, true, null])).toBe('83f4f5f6');
    expect(of(['', 'ü', hex('0102')])).toBe('836062c3bc420102');
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(values, (value) => {
        const reader = new CanonicalReader(encodeCanonical(value), 'value');
        expect(readLike(reader, value)).toEqual(value);
        reader.end();
      }),
    );
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('cannot hold %d', (number) => {
    expect(() => encodeCanonical(number)).toThrow(DataError);
  });

  it.each([
    ['18 17', 'a small number in a long form'],
    ['19 00ff', 'a byte in two'],
    ['1a 0000ffff', 'two bytes in four'],
    ['1b 00000000ffffffff', 'four bytes in eight'],
    ['1b 0020000000000000', 'a number beyond 2^53-1'],
    ['1c', 'a reserved form'],
    ['1f', 'an indefinite form'],
    ['20', 'a negative number'],
    ['19 01', 'a number that is cut off'],
    ['', 'nothing'],
    ['01 02', 'something after the end'],
  ])('refuses %s: %s', (bytes) => {
    const read = (): void => {
      const reader = new CanonicalReader(hex(bytes), 'document');
      reader.uint('field');
      reader.end();
    };
    expect(read).toThrow(DataError);
  });

  it('refuses lengths beyond the limit or the input without allocating for them, and text that is not UTF-8', () => {
    const list = (bytes: string): unknown => new CanonicalReader(hex(bytes), 'd').list(10, 'f', () => 0);
    expect(() => list('9a ffffffff')).toThrow(/at most 10/);
    expect(() => new CanonicalReader(hex('5a 00ffffff'), 'd').bytes('f', 2 ** 30)).toThrow(/cut off/);
    expect(() => new CanonicalReader(hex('43 010203'), 'd').bytes('f', 2)).toThrow(/at most 2/);
    expect(() => new CanonicalReader(hex('62 c328'), 'd').text('f', 9)).toThrow(/UTF-8/);
    expect(() => new CanonicalReader(hex('42 0102'), 'd').exactly('f', 3)).toThrow(/where 3 belong/);
    expect(() => new CanonicalReader(hex('82 01 02'), 'd').tuple(3, 'f')).toThrow(/where 3 belong/);
  });

  it('throws nothing but DataError on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), values, (bytes, like) => {
        try {
          const reader = new CanonicalReader(bytes, 'd');
          readLike(reader, like);
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
    );
  });
});
