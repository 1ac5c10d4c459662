/**
 * GPSR on thousands of random unit disk graphs, sparse ones and such with voids above all: it delivers whatever can be delivered, and
 * notices what cannot. The planar graphs are compared with the radio graph they come from.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planarNeighbours, type Planarisation } from '../../routing/gpsr/planarisation.ts';
import { side, type Place } from '../../routing/gpsr/plane.ts';
import type { Position } from '../../sim/geometry.ts';
import { RandomStream } from '../../sim/random.ts';
import { hopsFrom, type Graph } from '../../sim/topology/graph.ts';
import { clustered, grid, uniform, withVoids } from '../../sim/topology/placements.ts';
import { unitDiskField, type Field } from '../support/fields.ts';
import { placesAround, walk } from '../support/gpsr-walk.ts';

const RANGE_M = 100;
const PLANARISATIONS: readonly Planarisation[] = ['gabriel', 'rng'];

/** Places for a mean number of neighbours from few, where most graphs fall apart, to many. */
function placement(kind: string, count: number, degree: number, random: RandomStream): Position[] {
  const sideM = RANGE_M * Math.sqrt((count * Math.PI) / degree);
  const area = { widthM: sideM, heightM: sideM };
  if (kind === 'clustered') return clustered(count, area, { count: Math.ceil(count / 12), spreadM: 0.9 * RANGE_M }, random);
  if (kind === 'voids') {
    const centre = { xM: sideM * random.between(0.3, 0.7), yM: sideM * random.between(0.3, 0.7) };
    return withVoids(count, area, [{ centre, radiusM: sideM / 4 }], random);
  }
  // Exactly regular: many nodes on a line, many circles with more than three of them, two on one place.
  if (kind === 'grid') return [...grid(8, Math.ceil(count / 8), random.below(2) === 0 ? RANGE_M : RANGE_M / 1.4), { xM: 0, yM: 0 }];
  return uniform(count, area, random);
}

const field = fc
  .record({
    kind: fc.constantFrom('uniform', 'uniform', 'voids', 'voids', 'clustered', 'grid'),
    count: fc.integer({ min: 2, max: 90 }),
    degree: fc.integer({ min: 3, max: 14 }),
    seed: fc.nat(),
  })
  .map(({ kind, count, degree, seed }) => unitDiskField(placement(kind, count, degree, RandomStream.of(String(seed), kind)), RANGE_M));

/** A field and two of its nodes. */
const journey = fc
  .tuple(field, fc.nat(), fc.nat())
  .map(([world, one, other]) => ({ world, from: one % world.graph.length, to: other % world.graph.length }));

function planarGraph({ graph }: Field, places: readonly Place[], planarisation: Planarisation): Graph {
  const number = new Map(places.map(({ id }, node) => [id, node]));
  return graph.map((neighbours, node) =>
    planarNeighbours(
      places[node]!,
      neighbours.map((other) => places[other]!),
      planarisation,
    ).map(({ id }) => number.get(id)!),
  );
}

function edgesOf(graph: Graph): (readonly [number, number])[] {
  return graph.flatMap((neighbours, node) => neighbours.filter((other) => other > node).map((other) => [node, other] as const));
}

function cross([a, b]: readonly [Place, Place], [c, d]: readonly [Place, Place]): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

describe.each(PLANARISATIONS)('the planar graph: %s', (planarisation) => {
  it('connects what the radio graph connects, without crossing edges, and alike from both ends', () => {
    fc.assert(
      fc.property(field, (world) => {
        const places = placesAround(world, { xM: 0, yM: 0 });
        const planar = planarGraph(world, places, planarisation);
        for (const [node, neighbours] of planar.entries()) for (const other of neighbours) expect(planar[other]).toContain(node);
        const [inPlanar, inRadio] = [hopsFrom(planar, 0), hopsFrom(world.graph, 0)];
        expect(inPlanar.map((hops) => hops < Infinity)).toEqual(inRadio.map((hops) => hops < Infinity));
        const edges = edgesOf(planar).map(([a, b]) => [places[a]!, places[b]!] as const);
        for (const [index, one] of edges.entries()) expect(edges.slice(index + 1).some((other) => cross(one, other))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('delivers to a node when there is a way, and notices when there is none', () => {
    let voids = 0;
    fc.assert(
      fc.property(journey, ({ world, from, to }) => {
        const isPossible = hopsFrom(world.graph, from)[to]! < Infinity;
        const found = walk(world, { from, target: world.positions[to]!, to, planarisation });
        expect(found.end === 'arrived').toBe(isPossible);
        expect(found.end).not.toBe('endless');
        if (isPossible && found.perimeterHops > 0) voids += 1;
      }),
      { numRuns: 2_000 },
    );
    // Where greedy forwarding is enough, nothing is proven.
    expect(voids).toBeGreaterThan(100);
  });

  it('ends at the node nearest to a point, wherever that is', () => {
    const anywhere = fc.double({ min: -0.5, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(journey, anywhere, anywhere, ({ world, from }, right, up) => {
        const extentM = Math.max(RANGE_M, ...world.positions.flatMap(({ xM, yM }) => [xM, yM]));
        const target = { xM: right * extentM, yM: up * extentM };
        const found = walk(world, { from, target, planarisation });
        expect(found.end).toBe('nearest');
        const reachable = hopsFrom(world.graph, from);
        const places = placesAround(world, target);
        const distance = (node: number): number => Math.hypot(places[node]!.x, places[node]!.y);
        const nearestM = Math.min(...world.positions.flatMap((_, node) => (reachable[node]! < Infinity ? [distance(node)] : [])));
        expect(distance(found.path.at(-1)!)).toBe(nearestM);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('RNG and Gabriel graph', () => {
  it('the one is a part of the other', () => {
    fc.assert(
      fc.property(field, (world) => {
        const places = placesAround(world, { xM: 0, yM: 0 });
        const [gabriel, rng] = PLANARISATIONS.map((planarisation) => planarGraph(world, places, planarisation));
        for (const [node, neighbours] of rng!.entries()) for (const other of neighbours) expect(gabriel![node]).toContain(other);
      }),
    );
  });
});

describe('while nodes move and links break', () => {
  it('a walk ends: it arrives, or stops', () => {
    let broken = 0;
    fc.assert(
      fc.property(journey, fc.nat(), ({ world, from, to }, seed) => {
        const random = RandomStream.of(String(seed), 'motion');
        const step = () => random.between(-3, 3);
        const path = [world];
        const fieldAt = (hops: number): Field => {
          while (path.length <= hops) {
            const positions = path.at(-1)!.positions.map(({ xM, yM }) => ({ xM: xM + step(), yM: yM + step() }));
            const { graph } = unitDiskField(positions, RANGE_M);
            // Every tenth link is down in each step, in both directions.
            const isUp = (a: number, b: number): boolean => random.keyed(path.length, Math.min(a, b), Math.max(a, b)).unit() > 0.1;
            path.push({ positions, graph: graph.map((neighbours, node) => neighbours.filter((other) => isUp(node, other))) });
          }
          return path[hops]!;
        };
        const found = walk(world, { from, target: world.positions[to]!, to, hopsMax: 2_000, fieldAt });
        if (found.perimeterHops > 0) broken += 1;
        expect(found.end).not.toBe('endless');
        for (const node of found.path) expect(world.graph).toHaveProperty(String(node));
      }),
      { numRuns: 200 },
    );
    expect(broken).toBeGreaterThan(20);
  });
});
