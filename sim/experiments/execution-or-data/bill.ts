/** What one result costs: the difference of two readings of the meters, divided by the results that came in between. */
import { requireWhole } from '../../parameters.ts';
import { sumOf, type Energy } from '../../power/account.ts';
import type { EnergyMeter } from '../../power/meter.ts';

/** What everything has come to by now. */
export interface Reading {
  readonly atMs: number;
  /** Transmissions, repeats by links included, and their bytes with the headers of all layers above the radio's. */
  readonly messages: number;
  readonly bytes: number;
  /** Of all nodes together. */
  readonly energy: Energy;
}

/** Of one result. */
export interface Bill extends Omit<Reading, 'atMs'> {
  readonly ms: number;
}

/** Throws MisuseError `bad-parameter` unless there is a whole number of results above 0. */
export function perResult(before: Reading, after: Reading, results: number): Bill {
  requireWhole('results', results, 1, Number.MAX_SAFE_INTEGER);
  const share = (part: (reading: Reading) => number): number => (part(after) - part(before)) / results;
  const joules = (part: keyof Energy): number => share(({ energy }) => energy[part]);
  return {
    ms: share(({ atMs }) => atMs),
    messages: share(({ messages }) => messages),
    bytes: share(({ bytes }) => bytes),
    energy: {
      transmitJ: joules('transmitJ'),
      receiveJ: joules('receiveJ'),
      idleJ: joules('idleJ'),
      sleepJ: joules('sleepJ'),
      boardJ: joules('boardJ'),
      computeJ: joules('computeJ'),
    },
  };
}

/** What all nodes have used up so far. */
export function spentBy(meter: EnergyMeter, nodes: number): Energy {
  return sumOf(Array.from({ length: nodes }, (_, node) => meter.spent(node)));
}
