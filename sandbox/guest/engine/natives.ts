/**
 * Functions that the runtime itself hands to programs (resolvers, elements of `Promise.all`, bound functions).
 * What such a function knows is a list of parts that it reads when it is called, so that it can travel as (kind, parts).
 */

/** The kinds in the order of their numbers in a captured state: append only. */
export const NATIVE_KINDS = [
  'resolve',
  'reject',
  'element',
  'elementRejected',
  'thenFinally',
  'catchFinally',
  'constantly',
  'thrower',
  'bound',
] as const;
export type NativeKind = (typeof NATIVE_KINDS)[number];

export interface NativeRecord {
  readonly kind: NativeKind;
  readonly parts: unknown[];
}

type Maker = (parts: unknown[]) => Function;

const makers = new Map<NativeKind, Maker>();
const records = new WeakMap<Function, NativeRecord>();

/** Says how functions of a kind are made. Called once per kind while the runtime loads. */
export function defineNative(kind: NativeKind, maker: Maker): void {
  makers.set(kind, maker);
}

/** A function of this kind; it keeps `parts` and reads them at each call. */
export function makeNative(kind: NativeKind, parts: unknown[]): Function {
  const made = (makers.get(kind) as Maker)(parts);
  records.set(made, { kind, parts });
  return made;
}

export function nativeRecord(candidate: Function): NativeRecord | undefined {
  return records.get(candidate);
}
