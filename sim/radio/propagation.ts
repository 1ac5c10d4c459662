/** How strong a signal arrives: the models of path loss. */
import { requireBetween, requireNotNegative, requirePositive } from '../parameters.ts';
import type { RandomStream } from '../random.ts';

export interface Propagation {
  /** Power in dBm at which `to` receives what `from` sends over this distance; -Infinity for nothing at all. The same at every call. */
  receivedDbm(from: number, to: number, distanceM: number): number;
  /** Signals from here on can be decoded; weaker ones only occupy the channel and disturb others. */
  readonly decodeDbm: number;
  /** Signals from here on are sensed; a radio does not notice weaker ones. */
  readonly senseDbm: number;
  /** Beyond this distance nothing is sensed. */
  readonly reachM: number;
}

export interface UnitDiskOptions {
  readonly rangeM: number;
  /** As far a signal is sensed and keeps others silent. At least the range; the range itself when absent. */
  readonly senseRangeM?: number;
}

const DISK_DBM = -60;
/** So far below that it never disturbs a signal from within the range, whatever the receiver needs. */
const SENSED_ONLY_DBM = -160;

/**
 * Everybody within the range is received equally well, nobody beyond: the protocol model of interference (P. Gupta, P. R. Kumar: The capacity of
 * wireless networks, 2000). Between range and sense range a signal is sensed only.
 * Throws MisuseError `bad-parameter`.
 */
export function unitDisk({ rangeM, senseRangeM = rangeM }: UnitDiskOptions): Propagation {
  requirePositive('rangeM', rangeM);
  requireBetween('senseRangeM', senseRangeM, rangeM, Number.MAX_VALUE);
  return {
    decodeDbm: DISK_DBM,
    senseDbm: SENSED_ONLY_DBM,
    reachM: senseRangeM,
    receivedDbm(_from, _to, distanceM) {
      if (distanceM <= rangeM) return DISK_DBM;
      return distanceM <= senseRangeM ? SENSED_ONLY_DBM : -Infinity;
    },
  };
}

export interface ShadowingOptions {
  /** Sent power with both antenna gains, in dBm. */
  readonly transmitDbm: number;
  /** Loss over the first metre, in dB; free space at 2.4 GHz: 40. */
  readonly referenceLossDb: number;
  /** 2 in free space, 2.7 to 3.5 in a town, 4 to 6 in buildings (Rappaport, table 4.2). */
  readonly exponent: number;
  /** Standard deviation of what obstacles add to the loss of a link, both ways alike, in dB. */
  readonly sigmaDb: number;
  /** Standard deviation of what each direction has for itself (antennas, noise at the receiver), in dB; 0: links are symmetric. */
  readonly asymmetrySigmaDb: number;
  readonly decodeDbm: number;
  readonly senseDbm: number;
  /** Where the draws of the links come from. */
  readonly random: RandomStream;
}

/** Draws beyond so many deviations count as this many, so that there is a distance beyond which no search is needed. */
const CUT_DEVIATIONS = 3;
const REFERENCE_M = 1;

/**
 * Log-distance path loss with log-normal shadowing (T. S. Rappaport: Wireless Communications, 2nd edition 2002, section 4.9):
 * loss = reference loss + 10 n log10(d / 1 m) + X. X is drawn once for each link and stays, as what stands between two places does;
 * here it belongs to the pair of nodes and goes with them when they move.
 * Throws MisuseError `bad-parameter`.
 */
export function logDistanceShadowing(options: ShadowingOptions): Propagation {
  const { transmitDbm, referenceLossDb, exponent, sigmaDb, asymmetrySigmaDb, decodeDbm, senseDbm, random } = options;
  requirePositive('exponent', exponent);
  requireNotNegative('sigmaDb', sigmaDb);
  requireNotNegative('asymmetrySigmaDb', asymmetrySigmaDb);
  requireBetween('senseDbm', senseDbm, -200, decodeDbm);
  requireBetween('decodeDbm', decodeDbm, -200, transmitDbm - referenceLossDb);
  const gainMaxDb = CUT_DEVIATIONS * (sigmaDb + asymmetrySigmaDb);
  const draw = (sigma: number, ...key: number[]): number =>
    sigma === 0 ? 0 : sigma * Math.min(CUT_DEVIATIONS, Math.max(-CUT_DEVIATIONS, random.keyed(...key).normal()));
  return {
    decodeDbm,
    senseDbm,
    reachM: REFERENCE_M * 10 ** ((transmitDbm - referenceLossDb + gainMaxDb - senseDbm) / (10 * exponent)),
    receivedDbm(from, to, distanceM) {
      const lossDb = referenceLossDb + 10 * exponent * Math.log10(Math.max(distanceM, REFERENCE_M) / REFERENCE_M);
      const shadowDb = draw(sigmaDb, 0, Math.min(from, to), Math.max(from, to)) + draw(asymmetrySigmaDb, 1, from, to);
      return transmitDbm - lossDb + shadowDb;
    },
  };
}
