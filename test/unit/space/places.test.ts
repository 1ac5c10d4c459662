import { describe, expect, it } from 'vitest';
import { placeOf, regionOf, type Anchor } from '../../../space/places.ts';

const HILL = { centre: { latitude: 40.5, longitude: -74.4 }, radiusMetres: 100 };
const FIELD = { polygon: [HILL.centre, { latitude: 40.6, longitude: -74.4 }, { latitude: 40.6, longitude: -74.5 }] };
const regions = { 'Left Hill': HILL, field: FIELD };

/** A reference that is bound when it is reached. */
class Reachable implements Anchor {
  device: Anchor['device'] = null;
  readonly timeouts: (number | undefined)[] = [];
  readonly #found: Anchor['device'];

  constructor(found: Anchor['device']) {
    this.#found = found;
  }

  async reach({ timeout }: { readonly timeout?: number } = {}): Promise<void> {
    this.timeouts.push(timeout);
    this.device = this.#found;
  }

  toString(): string {
    return 'space().tag("public:fire")[0]';
  }
}

describe('a place', () => {
  it.each([
    ['Left Hill', 'space("Left Hill")', HILL],
    [FIELD, `space(${JSON.stringify(FIELD)})`, FIELD],
    [undefined, 'space()', null],
  ])('%j is told by how it is written', (where, text, region) => {
    expect(placeOf(where, regions)).toEqual({ text, where: region });
  });

  it('around a device is told by its reference', () => {
    const around = new Reachable(null);
    expect(placeOf({ around, radiusMetres: 30 }, regions).text).toBe('space({around: space().tag("public:fire")[0], radiusMetres: 30})');
  });

  it.each([
    ['Middle Hill', 'there is no region "Middle Hill"; there are: "Left Hill", "field"'],
    ['toString', 'there is no region "toString"'],
    [7, 'give the name of a region'],
    [{ around: {}, radiusMetres: 3 }, 'around must be a spatial reference'],
  ])('%j is none', (where, message) => expect(() => placeOf(where as never, regions)).toThrow(message));
});

describe('the region of a place', () => {
  it('is the one that was given, or none', async () => {
    expect(await regionOf(placeOf('field', regions), 5)).toBe(FIELD);
    expect(await regionOf(placeOf(undefined, regions), 5)).toBeNull();
  });

  it('is around where the device was last, which is looked for once', async () => {
    const around = new Reachable({ node: 'a', location: HILL.centre });
    const place = placeOf({ around, radiusMetres: 30 }, regions);
    expect(await regionOf(place, 5)).toEqual({ centre: HILL.centre, radiusMetres: 30 });
    around.device = { node: 'a', location: FIELD.polygon[1]! };
    expect(await regionOf(place, 5)).toEqual({ centre: FIELD.polygon[1], radiusMetres: 30 });
    expect(around.timeouts).toEqual([5]);
  });

  it('is not known around a device that does not know where it is', async () => {
    const place = placeOf({ around: new Reachable({ node: 'a', location: null }), radiusMetres: 30 }, regions);
    await expect(regionOf(place, 5)).rejects.toMatchObject({ name: 'ReferenceMismatch', reason: 'place-unknown', node: 'a' });
  });
});
