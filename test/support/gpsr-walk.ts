/** GPSR's decisions on a whole graph at once: what a traveller would do, without nodes to travel over. */
import { forward, type Perimeter } from '../../routing/gpsr/forwarding.ts';
import type { Planarisation } from '../../routing/gpsr/planarisation.ts';
import { placeOf, type Place } from '../../routing/gpsr/plane.ts';
import type { Position } from '../../sim/geometry.ts';
import type { Field } from './fields.ts';

export interface Walk {
  /** Nodes in the order of the visits, the start included. */
  readonly path: readonly number[];
  /** How it ended: `arrived` where it was told to; `nearest` and `unreachable` where the decision said stop. */
  readonly end: 'arrived' | 'nearest' | 'unreachable' | 'endless';
  /** Hops in perimeter mode. */
  readonly perimeterHops: number;
}

export interface WalkOptions {
  readonly from: number;
  readonly target: Position;
  /** The node that is looked for; without one, the walk goes on until the decision says stop. As in the router, whoever sees it goes to it. */
  readonly to?: number;
  readonly planarisation?: Planarisation;
  readonly hopsMax?: number;
  /** The field as it is after so many hops, for nodes that move and links that break. */
  readonly fieldAt?: (hops: number) => Field;
}

export function placesAround(field: Field, target: Position): readonly Place[] {
  return field.positions.map(({ xM, yM }, node) => placeOf(idOf(node), { x: xM - target.xM, y: yM - target.yM }));
}

/** Node ids are hashes of keys: they tell nothing of places. */
export function idOf(node: number): string {
  return node.toString(16).padStart(32, '0');
}

export function walk(field: Field, options: WalkOptions): Walk {
  const { from, target, to, planarisation = 'gabriel', hopsMax = 10_000, fieldAt } = options;
  const path = [from];
  let perimeter: Perimeter | null = null;
  let perimeterHops = 0;
  let places = placesAround(field, target);
  let { graph } = field;
  for (let here = from; path.length <= hopsMax;) {
    if (here === to) return { path, end: 'arrived', perimeterHops };
    if (fieldAt !== undefined) {
      const now = fieldAt(path.length - 1);
      [places, graph] = [placesAround(now, target), now.graph];
    }
    if (to !== undefined && graph[here]!.includes(to)) {
      here = to;
      path.push(here);
      continue;
    }
    const neighbours = graph[here]!.map((node) => places[node]!);
    // As the header travels: written down and read again.
    const header: Perimeter | null = JSON.parse(JSON.stringify(perimeter)) as Perimeter | null;
    const step = forward(places[here]!, neighbours, header, planarisation);
    if (step.next === null) return { path, end: step.isNearest ? 'nearest' : 'unreachable', perimeterHops };
    ({ perimeter } = step);
    if (perimeter !== null) perimeterHops += 1;
    here = Number.parseInt(step.next, 16);
    path.push(here);
  }
  return { path, end: 'endless', perimeterHops };
}
