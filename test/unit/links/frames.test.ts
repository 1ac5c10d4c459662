import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import { FrameReader, frameOf } from '../../../runtime/links/frames.ts';

/** Cuts `bytes` at the given fractions of its length. */
function cut(bytes: Buffer, fractions: readonly number[]): Buffer[] {
  const places = [0, ...fractions.map((fraction) => Math.floor(fraction * bytes.length)), bytes.length].sort((one, other) => one - other);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 12 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (bodies, fractions) => {
          const reader = new FrameReader(300);
          const got: Buffer[] = [];
          for (const piece of cut(Buffer.concat(bodies.map(frameOf)), fractions)) {
            reader.push(piece, (body) => got.push(body) > 0);
          }
          expect(got.map((body) => [...body])).toEqual(bodies.map((body) => [...body]));
        },
      ),
    );
  });

  it('are views of what was received when they came in one piece', () => {
    const piece = Buffer.concat([frameOf(Buffer.from('one')), frameOf(Buffer.from('two'))]);
    const got: Buffer[] = [];
    new FrameReader(10).push(piece, (body) => got.push(body) > 0);
    expect(got.map((body) => body.buffer === piece.buffer)).toEqual([true, true]);
  });

  it('of no or too great length are refused before a byte of them is stored', () => {
    const refused = (length: number): void => {
      const header = Buffer.alloc(4);
      header.writeUInt32BE(length);
      new FrameReader(100).push(header, () => true);
    };
    expect(() => refused(0)).toThrow(DataError);
    expect(() => refused(101)).toThrow(/101 bytes.*1 to 100/);
    expect(() => refused(0xffffffff)).toThrow(DataError);
    refused(100);
  });

  it('take the limit that holds when they begin', () => {
    const reader = new FrameReader(3);
    const got: string[] = [];
    reader.push(Buffer.concat([frameOf(Buffer.from('abc')), frameOf(Buffer.from('abcdef'))]), (body) => {
      got.push(body.toString());
      reader.limitBytes = 6;
      return true;
    });
    expect(got).toEqual(['abc', 'abcdef']);
  });

  it('are not handed out any more when the taker has had enough', () => {
    const got: string[] = [];
    new FrameReader(9).push(Buffer.concat([frameOf(Buffer.from('a')), frameOf(Buffer.from('b'))]), (body) => {
      got.push(body.toString());
      return false;
    });
    expect(got).toEqual(['a']);
  });
});
