/** Where the devices of spatial references are: in a named region, in one that is given, around another device, or anywhere. */
import type { Circle, Region } from 'sm';
import type { Device } from './bindings.ts';
import { ReferenceMismatch } from './errors.ts';

/** A reference around whose device a region can be. */
export interface Anchor {
  readonly device: Device | null;
  reach(options?: { readonly timeout?: number }): Promise<void>;
  toString(): string;
}

/** The ground within `radiusMetres` of a device. Its centre is where the device was when the program was there last. */
export interface Surroundings {
  readonly around: Anchor;
  readonly radiusMetres: number;
}

export interface Place {
  /** How a program writes it. Places that are written alike are the same. */
  readonly text: string;
  /** Null for anywhere. */
  readonly where: Region | Surroundings | null;
}

/**
 * The place that a program means.
 *
 * @throws TypeError for a name that is not among the regions, and for what is no place
 */
export function placeOf(where: string | Region | Surroundings | undefined, regions: Readonly<Record<string, Region>>): Place {
  if (where === undefined) return { text: 'space()', where: null };
  const text = (argument: string): string => `space(${argument})`;
  if (typeof where === 'string') {
    const region = Object.hasOwn(regions, where) ? regions[where] : undefined;
    if (region !== undefined) return { text: text(JSON.stringify(where)), where: region };
    const names = Object.keys(regions).map((name) => JSON.stringify(name));
    throw new TypeError(`space: there is no region ${JSON.stringify(where)}; there are: ${names.join(', ') || 'none'}`);
  }
  if (where === null || typeof where !== 'object')
    throw new TypeError('space: give the name of a region, a region, {around: reference, radiusMetres}, or nothing for anywhere');
  if (!('around' in where)) return { text: text(JSON.stringify(where)), where };
  const { around, radiusMetres } = where;
  if (typeof around?.reach !== 'function') throw new TypeError('space: around must be a spatial reference, such as space(...).tag(...)[0]');
  return { text: text(`{around: ${String(around)}, radiusMetres: ${radiusMetres}}`), where };
}

/**
 * The region of a place at this moment; null for anywhere. Travels to the device in the middle when that is not known yet.
 *
 * @throws what `reach` throws; ReferenceMismatch with `place-unknown` when the device in the middle does not know where it is
 */
export async function regionOf({ where }: Place, timeoutMs: number): Promise<Region | null> {
  if (where === null || !('around' in where)) return where;
  const { around, radiusMetres } = where;
  if (around.device === null) await around.reach({ timeout: timeoutMs });
  const { node, location } = around.device!;
  if (location === null) throw new ReferenceMismatch({ reference: String(around), node, location, reason: 'place-unknown' });
  const region: Circle = { centre: location, radiusMetres };
  return region;
}
