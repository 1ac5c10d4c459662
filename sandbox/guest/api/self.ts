/** Where the program is and who it is: `self`, `neighbours`, `location`, `now`. */
import type { Location, SliceEnvironment } from '../boundary.ts';
import { defineProperty, freeze } from '../primordials.ts';
import { surroundings, toldNeighbours, toldSelf } from '../engine/surroundings.ts';

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
      const value = toldSelf()[field];
      return typeof value === 'object' && value !== null ? { ...value } : value;
    };
    defineProperty(object, field, { get, enumerable: true });
  }
  return freeze(object) as Self;
}

export const neighbours: () => object[] = toldNeighbours;

export function location(): Location | null {
  const place = surroundings().location;
  return place === null ? null : { ...place };
}

export function now(): number {
  return surroundings().wallMs;
}
