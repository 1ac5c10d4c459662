/**
 * Spatial programming (Borcea, Intanagonwiwat, Kang, Kremer, Iftode: Spatial Programming using Smart Messages, ICDCS 2004): the devices of a
 * network are named by where they are and what they have, and used like variables. Library code that travels with its program and
 * uses only the guest API; how to get to a device is left to a router.
 *
 * ```ts
 * const space = spaces({ via: hybrid, regions: { 'Left Hill': { centre, radiusMetres: 200 } } });
 * const celsius = await space('Left Hill').tag('io:temperature')[0].read<number>();
 * ```
 */
import type { Region, Router } from 'sm';
import { Bindings } from './bindings.ts';
import { placeOf, type Place, type Surroundings } from './places.ts';
import { Reference, type List, type SpatialProgram } from './reference.ts';

export { AccessTimeout, ReferenceMismatch } from './errors.ts';
export type { Device } from './bindings.ts';
export type { Surroundings } from './places.ts';
export type { AccessOptions, Reference } from './reference.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
/** A list is an array, because nothing else can be indexed and travel; so it has an end. */
const DEVICES_MAX = 64;

export interface SpacesOptions<Name extends string> {
  /** Finds devices: `hybrid`, or another router that can find `{ tags, region }` and `{ node, at }`. */
  readonly via: Router;
  /** How long an access may look for its device, in milliseconds; 30,000 when not given. */
  readonly timeout?: number;
  /** Regions by name. */
  readonly regions?: Readonly<Record<Name, Region>>;
}

export interface Space {
  /** References to devices in this space that have a tag: each index, from 0 to 63, is another device. */
  tag(name: string): readonly Reference[];
  /** Space casting: the device of a reference, which now has to be in this space. */
  cast(reference: Reference): Reference;
}

/** A region by its name, a region, the surroundings of a device; anywhere when nothing is given. */
export type Spaces<Name extends string> = (where?: Name | Region | Surroundings) => Space;

/**
 * Makes a program's space. What its references are bound to is kept in it, so a program needs one only.
 *
 * @throws TypeError for options that make no sense
 */
export function spaces<Name extends string = never>(options: SpacesOptions<Name>): Spaces<Name> {
  const { via, timeout = DEFAULT_TIMEOUT_MS, regions = {} } = options ?? {};
  if (typeof via !== 'function') throw new TypeError('spaces: option "via" must be a router, such as hybrid from "sm/routing/hybrid"');
  if (!(typeof timeout === 'number' && timeout >= 0)) throw new TypeError('spaces: option "timeout" must be milliseconds, 0 or more');
  const program: SpatialProgram = { via, timeoutMs: timeout, bindings: new Bindings() };
  return (where) => spaceAt(placeOf(where, regions), program);
}

function spaceAt(place: Place, program: SpatialProgram): Space {
  return {
    tag: (name) => {
      if (typeof name !== 'string' || name === '') throw new TypeError(`${place.text}: a tag is named by a text, not ${String(name)}`);
      const list: List = { program, home: place, place, tag: name, name: `${place.text}.tag(${JSON.stringify(name)})` };
      return Array.from({ length: DEVICES_MAX }, (_, index) => new Reference(list, index));
    },
    cast: (reference) => reference.in(place),
  };
}
