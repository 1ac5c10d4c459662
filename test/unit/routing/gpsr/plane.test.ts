import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { angle, crossing, placeOf, side, square } from '../../../../routing/gpsr/plane.ts';

const metres = fc.double({ min: -1e5, max: 1e5, noNaN: true });
const point = fc.record({ x: metres, y: metres });
const id = fc.string({ minLength: 1, maxLength: 32 });

describe('placeOf', () => {
  it('shifts by less than a millimetre, always alike', () => {
    fc.assert(
      fc.property(id, point, (name, where) => {
        const place = placeOf(name, where);
        expect(place.id).toBe(name);
        expect(Math.sqrt(square(place, where))).toBeLessThan(0.001);
        expect(placeOf(name, { ...where })).toEqual(place);
      }),
    );
  });

  it('separates nodes on one place, and takes nodes on a line from it', () => {
    const ids = Array.from({ length: 200 }, (_, index) => (index * 7919).toString(16).padStart(32, '0'));
    const twins = ids.map((name) => placeOf(name, { x: 50_000, y: -50_000 }));
    expect(new Set(twins.map(({ x, y }) => `${x} ${y}`)).size).toBe(ids.length);
    const row = ids.map((name, index) => placeOf(name, { x: 100 * index, y: 0 }));
    for (let index = 2; index < row.length; index++) expect(side(row[index - 2]!, row[index - 1]!, row[index]!)).not.toBe(0);
  });
});

describe('angle', () => {
  const about = { x: 10, y: 10 };
  it.each([
    [{ x: 10, y: 11 }, 0.5],
    [{ x: 8, y: 10 }, 1],
    [{ x: 10, y: 7 }, 1.5],
    // The direction itself comes last.
    [{ x: 12, y: 10 }, 2],
  ])('counterclockwise from east to %j', (to, halfTurns) => {
    expect(angle(about, { x: 11, y: 10 }, to)).toBeCloseTo(halfTurns * Math.PI);
  });
});

describe('crossing', () => {
  const lp = { x: 100, y: 0 };
  const place = (x: number, y: number) => ({ id: `${x} ${y}`, x, y });

  it.each([
    ['an edge across', place(60, -90), place(60, 90), { x: 60, y: 0 }],
    ['an edge through D', place(10, -10), place(-10, 10), { x: 0, y: 0 }],
    ['beyond D', place(-20, -90), place(-20, 90), null],
    ['before Lp', place(120, -90), place(120, 90), null],
    ['on one side', place(60, 10), place(60, 90), null],
    ['an edge that ends on the line', place(60, 0), place(60, 90), null],
    ['an edge that begins at Lp', place(100, 0), place(50, 90), null],
    ['an edge along the line', place(80, 0), place(20, 0), null],
  ])('%s', (_name, a, b, expected) => expect(crossing(lp, a, b)).toEqual(expected));

  it('is the same to the last bit from both ends', () => {
    let crossings = 0;
    fc.assert(
      fc.property(point, point, point, (one, a, b) => {
        const there = crossing(one, { id: 'a', ...a }, { id: 'b', ...b });
        const back = crossing(one, { id: 'b', ...b }, { id: 'a', ...a });
        expect(back).toEqual(there);
        if (there !== null) crossings += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(crossings).toBeGreaterThan(20);
  });
});
