/** Radios and surroundings that exist, for the model of log-distance shadowing. */
import type { RandomStream } from '../random.ts';
import { logDistanceShadowing, type Propagation, type ShadowingOptions } from './propagation.ts';

/** Free space over the first metre at 2.4 GHz (H. T. Friis 1946). */
const REFERENCE_LOSS_DB = 40;

/** How strong a radio sends and what it needs; sensitivities are the least that the standards ask for, which good radios exceed by 10 dB and more. */
export const SIGNALS = {
  /** Clause 16 of IEEE 802.11-2020 asks for -76 dBm at 11 Mb/s, clause 15 for -80 dBm at 2 Mb/s, from which on the channel counts as busy. */
  '802.11b': { transmitDbm: 15, decodeDbm: -76, senseDbm: -80 },
  /** Clause 19: -64 dBm at MCS 7, -82 dBm at MCS 0, from which on the channel counts as busy. */
  '802.11n': { transmitDbm: 15, decodeDbm: -64, senseDbm: -82 },
  /** Bluetooth Core 5.4, volume 6, part A: -70 dBm, class 3 power; what is 10 dB weaker still disturbs. */
  ble: { transmitDbm: 0, decodeDbm: -70, senseDbm: -80 },
} as const;

/** Exponents and deviations (T. S. Rappaport: Wireless Communications, 2nd edition 2002, tables 4.2 and 4.6). */
export const SURROUNDINGS = {
  'free-space': { exponent: 2, sigmaDb: 0 },
  store: { exponent: 2.2, sigmaDb: 8.7 },
  /** With hard partitions. */
  office: { exponent: 3, sigmaDb: 7 },
  /** Metal working, obstructed. */
  factory: { exponent: 3.3, sigmaDb: 6.8 },
} as const;

/** A radio in its surroundings; what an option says goes before the preset. */
export function propagationOf(
  signal: keyof typeof SIGNALS,
  surroundings: keyof typeof SURROUNDINGS,
  random: RandomStream,
  options: Partial<Omit<ShadowingOptions, 'random'>> = {},
): Propagation {
  return logDistanceShadowing({
    referenceLossDb: REFERENCE_LOSS_DB,
    asymmetrySigmaDb: 0,
    ...SIGNALS[signal],
    ...SURROUNDINGS[surroundings],
    ...options,
    random,
  });
}
