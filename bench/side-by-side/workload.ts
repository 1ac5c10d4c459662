/**
 * The workload on which our AODV and ns-3's are compared: static nodes spread at random, some constant-rate flows between random pairs.
 * Everything follows from the seed, none is discarded, and pairs without any path stay in.
 */
import type { Position } from '../../sim/geometry.ts';
import { RandomStream } from '../../sim/random.ts';
import { uniform } from '../../sim/topology/placements.ts';

export const NODES = 50;
export const RANGE_M = 250;
/** Side lengths of the square areas. */
export const SIDES_M = [1000, 1500] as const;
export const SEEDS = Array.from({ length: 20 }, (_, index) => String(index + 1));
/** Flows begin in the first seconds, so that their route discoveries do not coincide, and end together. */
const FLOWS = 10;
const STARTS_WITHIN_MS = 10_000;
const TRAFFIC_MS = 100_000;
const INTERVAL_MS = 250;
const MESSAGE_BYTES = 512;
/** Time after the last message in which it may still arrive. */
const DRAIN_MS = 5_000;
/** What a whole run lasts; control messages are counted from its beginning to its end. */
export const RUN_MS = TRAFFIC_MS + DRAIN_MS;

export interface Flow {
  readonly source: number;
  readonly destination: number;
  readonly startMs: number;
  readonly intervalMs: number;
  readonly messages: number;
  /** Payload of one message. */
  readonly bytes: number;
}

export interface Workload {
  readonly seed: string;
  readonly sideM: number;
  readonly positions: readonly Position[];
  readonly flows: readonly Flow[];
}

export function workload(seed: string, sideM: number): Workload {
  const name = (part: string): string => `side-by-side/${sideM}/${part}`;
  const positions = uniform(NODES, { widthM: sideM, heightM: sideM }, RandomStream.of(seed, name('positions')));
  const random = RandomStream.of(seed, name('flows'));
  return { seed, sideM, positions, flows: Array.from({ length: FLOWS }, () => flow(random)) };
}

/** Any node to any other, pairs drawn independently. */
function flow(random: RandomStream): Flow {
  const source = random.below(NODES);
  const destination = (source + 1 + random.below(NODES - 1)) % NODES;
  const startMs = random.below(STARTS_WITHIN_MS);
  return {
    source,
    destination,
    startMs,
    intervalMs: INTERVAL_MS,
    messages: Math.floor((TRAFFIC_MS - startMs) / INTERVAL_MS),
    bytes: MESSAGE_BYTES,
  };
}
