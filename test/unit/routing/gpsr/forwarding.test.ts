/** Each rule of the paper by itself. D is at 0, 0; the sections are those of Karp and Kung 2000. */
import { describe, expect, it } from 'vitest';
import { forward, type Perimeter } from '../../../../routing/gpsr/forwarding.ts';
import { unitDiskField } from '../../../support/fields.ts';
import { walk } from '../../../support/gpsr-walk.ts';

const place = (id: string, x: number, y: number) => ({ id, x, y });

describe('greedy mode (2.1)', () => {
  it('sends to the neighbour nearest to D, when it is nearer than this node', () => {
    const here = place('here', 100, 0);
    const neighbours = [place('a', 90, 0), place('b', 60, 30), place('c', 150, 0)];
    expect(forward(here, neighbours, null, 'gabriel')).toEqual({ next: 'b', perimeter: null });
  });

  it('sends from a node that does not know where it is', () => {
    expect(forward(null, [place('a', 90, 0), place('b', 60, 0)], null, 'gabriel')).toEqual({ next: 'b', perimeter: null });
    expect(forward(null, [], null, 'gabriel')).toEqual({ next: null, isNearest: false });
  });
});

describe('entering perimeter mode (2.3)', () => {
  const here = place('here', 100, 0);

  it('takes the first edge counterclockwise from the line to D, and notes Lp, Lf and e0', () => {
    const neighbours = [place('north', 110, 50), place('east', 150, 5), place('south', 110, -50)];
    const step = forward(here, neighbours, null, 'gabriel');
    expect(step).toEqual({
      next: 'south',
      perimeter: { lp: here, lf: here, e0: ['here', 'south'], previous: here, hops: 1, mark: ['here', 'south'] },
    });
  });

  it('sees only edges of the planar graph', () => {
    const neighbours = [place('far', 110, -60), place('near', 108, -30)];
    expect(forward(here, neighbours, null, 'gabriel').next).toBe('near');
  });

  it('stops where there are no neighbours: no node is nearer', () => {
    expect(forward(here, [], null, 'gabriel')).toEqual({ next: null, isNearest: true });
  });
});

describe('perimeter mode (2.2, 2.3)', () => {
  const lp = place('lp', 100, 0);
  const here = place('here', 60, -90);
  const previous = place('previous', 150, -95);
  const header: Perimeter = { lp, lf: lp, e0: ['lp', 'previous'], previous, hops: 4, mark: ['lp', 'previous'] };
  const back = place('previous', 150, -95);
  const west = place('west', 20, -120);
  const across = place('across', 60, 90);
  const acrossNearer = place('across-nearer', -35, 80);

  it('takes the next edge counterclockwise from the one it came by: the right-hand rule', () => {
    const east = place('east', 140, -140);
    const step = forward(here, [back, west, east], header, 'gabriel');
    expect(step).toEqual({ next: 'west', perimeter: { ...header, previous: here, hops: 5 } });
  });

  it('goes back at a dead end', () => {
    expect(forward(here, [back], header, 'gabriel').next).toBe('previous');
  });

  it('returns to greedy mode nearer to D than Lp, not before', () => {
    const nearer = place('nearer', 50, -80);
    expect(forward(nearer, [back, place('next', 40, -70)], header, 'gabriel')).toEqual({ next: 'next', perimeter: null });
    expect(forward(here, [back, place('next', 0, -99)], header, 'gabriel').next).toBe('next');
    expect(forward(here, [back, place('next', 0, -99)], header, 'gabriel')).toHaveProperty('perimeter.lp', lp);
  });

  it('begins a new perimeter where it is stuck again, nearer than Lp', () => {
    const stuck = place('stuck', 50, -80);
    const step = forward(stuck, [back, place('west', 20, -120)], header, 'gabriel');
    expect(step).toMatchObject({ perimeter: { lp: stuck, lf: stuck, previous: stuck } });
  });

  it('does not take an edge that crosses the line to D nearer than Lf, but enters the face beyond it', () => {
    const step = forward(here, [back, across, west], header, 'gabriel');
    expect(step).toEqual({
      next: 'west',
      perimeter: { lp, lf: { x: 60, y: 0 }, e0: ['here', 'west'], previous: here, hops: 5, mark: ['here', 'west'] },
    });
  });

  it('enters one face after the other at the same node', () => {
    const step = forward(here, [back, across, acrossNearer, west], header, 'gabriel');
    expect(step).toMatchObject({ next: 'west', perimeter: { e0: ['here', 'west'] } });
    expect(step).toHaveProperty('perimeter.lf.x', expect.closeTo(9.7, 1));
  });

  it('takes an edge that crosses the line, but not nearer than Lf', () => {
    const further = { ...header, lf: { x: 60, y: 0 } };
    const step = forward(here, [back, across, west], further, 'gabriel');
    expect(step).toEqual({ next: 'across', perimeter: { ...further, previous: here, hops: 5 } });
  });

  it('stops before the first edge of the face is taken again, which at Lp means: no node is nearer', () => {
    const round = { ...header, e0: ['here', 'west'] as const };
    expect(forward(here, [back, west], round, 'gabriel')).toEqual({ next: null, isNearest: false });
    const atLp = { ...header, e0: ['lp', 'west'] as const };
    expect(forward(lp, [back, west], atLp, 'gabriel')).toEqual({ next: null, isNearest: true });
    const movedOn = place('lp', 101, 1);
    expect(forward(movedOn, [back, west], atLp, 'gabriel')).toEqual({ next: null, isNearest: true });
  });

  it('takes the first edge in the other direction', () => {
    const other = { ...header, e0: ['west', 'here'] as const };
    expect(forward(here, [back, west], other, 'gabriel').next).toBe('west');
  });

  it('stops where it goes in a circle that e0 is not part of', () => {
    const circle: Perimeter = { ...header, e0: ['gone', 'for-ever'], hops: 6, mark: ['here', 'west'] };
    expect(forward(here, [back, west], circle, 'gabriel')).toEqual({ next: null, isNearest: false });
  });

  it('marks an edge at the hops 1, 2, 4, 8 ..., so that a circle of any length is noticed', () => {
    // A square whose corners are walked round for ever, since e0 is gone.
    const corners = [place('a', 300, 0), place('b', 400, 0), place('c', 400, 100), place('d', 300, 100)];
    let perimeter: Perimeter = { ...header, lp: place('lp', 10, 0), e0: ['gone', 'for-ever'], previous: corners[3]!, hops: 5 };
    let hops = 0;
    for (let at = 0; hops < 100; hops++) {
      const edges = [corners[(at + 1) % 4]!, corners[(at + 3) % 4]!];
      const step = forward(corners[at]!, edges, perimeter, 'gabriel');
      if (step.next === null) break;
      perimeter = step.perimeter!;
      at = corners.findIndex(({ id }) => id === step.next);
    }
    // Marked at hop 8, which is the third from here, and met again a round later.
    expect(hops).toBe(6);
  });

  it('knows the edge it came by when the previous node has moved, or is gone', () => {
    const moved = place('previous', 140, -60);
    const east = place('east', 140, -110);
    expect(forward(here, [moved, east], header, 'gabriel').next).toBe('east');
    expect(forward(here, [west, east], header, 'gabriel').next).toBe('west');
  });

  it('goes on greedily at a node that has lost its place', () => {
    expect(forward(null, [back, west], header, 'gabriel')).toEqual({ next: 'west', perimeter: null });
  });
});

describe('whole walks in awkward places', () => {
  const at = (xM: number, yM: number) => ({ xM, yM });

  it('a single node is the nearest to everything', () => {
    expect(walk(unitDiskField([at(3, 4)], 100), { from: 0, target: at(500, 0) })).toMatchObject({ path: [0], end: 'nearest' });
  });

  it('a row of nodes is walked to its end and back to the node nearest to a point beside it', () => {
    const row = unitDiskField(
      Array.from({ length: 9 }, (_, index) => at(index * 90, 0)),
      100,
    );
    expect(walk(row, { from: 0, target: at(4 * 90, 300) })).toMatchObject({ end: 'nearest' });
    expect(walk(row, { from: 0, target: at(4 * 90, 300) }).path.at(-1)).toBe(4);
  });

  it('a destination exactly on an edge, in the middle of nowhere', () => {
    const ring = Array.from({ length: 12 }, (_, index) => {
      const angle = (index * Math.PI) / 6;
      return at(170 * Math.cos(angle), 170 * Math.sin(angle));
    });
    // The edge from 0 to 1 has its middle here.
    const target = at((ring[0]!.xM + ring[1]!.xM) / 2, (ring[0]!.yM + ring[1]!.yM) / 2);
    for (const planarisation of ['gabriel', 'rng'] as const) {
      const found = walk(unitDiskField(ring, 100), { from: 6, target, planarisation });
      expect(found.end).toBe('nearest');
      expect([0, 1]).toContain(found.path.at(-1));
    }
  });

  it('nodes on one place: all are reached', () => {
    const positions = [at(0, 0), at(90, 0), at(90, 0), at(90, 0), at(180, 0)];
    for (const to of positions.keys()) {
      const found = walk(unitDiskField(positions, 100), { from: 0, target: positions[to]!, to });
      expect(found.end).toBe('arrived');
    }
  });

  it('goes round a void that greedy forwarding would not leave', () => {
    // A U, open to the west, with the start in its bottom and the destination beyond.
    const wall = [...[0, 1, 2, 3, 4].map((step) => at(-step * 80, 160)), ...[0, 1, 2, 3, 4].map((step) => at(-step * 80, -160))];
    const positions = [at(0, 0), at(0, 80), at(0, -80), ...wall, at(80, 160), at(160, 160), at(240, 120), at(300, 50), at(330, 0)];
    const to = positions.length - 1;
    const found = walk(unitDiskField(positions, 100), { from: 0, target: positions[to]!, to });
    expect(found.end).toBe('arrived');
    expect(found.perimeterHops).toBeGreaterThan(0);
  });
});
