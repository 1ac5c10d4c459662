/** Where the program is and who it is: `self`, `neighbours`, `location`, `now`. */
import type { Location, SliceEnvironment } from '../boundary.ts';
import { defineProperty, freeze } from '../primordials.ts';
import { surroundings } from '../engine/surroundings.ts';

type Self = SliceEnvironment['self'];

const FIELDS = [
  'id',
  'family',
  'node',
  'nodeName',
  'origin',
  'previous',
  'hops',
  'author',
  'code',
  'ageMs',
  'lifetimeLeftMs',
  'budget',
] as const satisfies readonly (keyof Self)[];

/** Live: each getter answers for the slice in which it is read. */
export const self: Self = makeSelf();

function makeSelf(): Self {
  const object = {};
  for (const field of FIELDS) {
    const get = () => {
      const value = surroundings().self[field];
      return typeof value === 'object' && value !== null ? { ...value } : value;
    };
    defineProperty(object, field, { get, enumerable: true });
  }
  return freeze(object) as Self;
}

export function neighbours(): object[] {
  return surroundings().neighbours.map((neighbour) => ({ ...neighbour, location: copy(neighbour.location) }));
}

export function location(): Location | null {
  return copy(surroundings().location);
}

export function now(): number {
  return surroundings().wallMs;
}

function copy(place: Location | null): Location | null {
  return place === null ? null : { ...place };
}
