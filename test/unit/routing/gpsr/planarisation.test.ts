import { describe, expect, it } from 'vitest';
import { planarNeighbours } from '../../../../routing/gpsr/planarisation.ts';
import { placeOf } from '../../../../routing/gpsr/plane.ts';

const place = (id: string, x: number, y: number) => ({ id, x, y });
const here = place('here', 0, 0);
const far = place('far', 10, 0);

function kept(planarisation: 'gabriel' | 'rng', ...witnesses: ReturnType<typeof place>[]): boolean {
  return planarNeighbours(here, [far, ...witnesses], planarisation).includes(far);
}

describe('planarNeighbours (section 2.2.2)', () => {
  it.each([
    // The circle over the edge has the radius 5, the lune reaches up to 8.66.
    ['within the circle', place('w', 5, 4.9), false, false],
    ['between circle and lune', place('w', 5, 5.1), true, false],
    ['in the tip of the lune', place('w', 5, 8.6), true, false],
    ['outside the lune', place('w', 5, 8.7), true, true],
    ['on the other side', place('w', -1, 0), true, true],
    ['on the circle', place('w', 2, 4), true, false],
  ])('a witness %s', (_name, witness, gabriel, rng) => {
    expect(kept('gabriel', witness)).toBe(gabriel);
    expect(kept('rng', witness)).toBe(rng);
  });

  it('a node is no witness of its own edge, and without others all edges stay', () => {
    expect(planarNeighbours(here, [far], 'gabriel')).toEqual([far]);
    expect(planarNeighbours(here, [], 'rng')).toEqual([]);
  });

  it('of collinear nodes the next on each side stay', () => {
    const line = [-3, -2, -1, 1, 2, 3].map((step) => placeOf(`n${step}`, { x: step * 50, y: 0 }));
    const edges = planarNeighbours(placeOf('here', { x: 0, y: 0 }), line, 'gabriel');
    expect(edges.map(({ id }) => id)).toEqual(['n-1', 'n1']);
  });

  it('of three nodes on one place all see each other, and at most one keeps an edge away', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => placeOf(id, { x: 0, y: 0 }));
    const away = placeOf('away', { x: 80, y: 0 });
    const edges = [a!, b!, c!].map((self) =>
      planarNeighbours(
        self,
        [a!, b!, c!, away].filter((other) => other !== self),
        'rng',
      ),
    );
    expect(edges.filter((found) => found.includes(away)).length).toBe(1);
    for (const found of edges) expect(found.length).toBeGreaterThan(0);
  });
});
