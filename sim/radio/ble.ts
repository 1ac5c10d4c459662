/** Timing of Bluetooth Low Energy (Bluetooth Core 5.4, volume 6, part B). All times in milliseconds. */
import { MisuseError } from '../../core/errors.ts';
import { requireBetween, requireWhole } from '../parameters.ts';
import { framesOf } from './frames.ts';

export interface BleOptions {
  /** The uncoded physical layers, LE 1M and LE 2M. */
  readonly megabaud?: 1 | 2;
  /** Two connected nodes meet this often: 7.5 ms to 4 s (4.5.1). */
  readonly connectionIntervalMs?: number;
  /** Longest that they then talk; at most the interval. */
  readonly eventMs?: number;
  /** So long nothing may come through before a connection counts as lost: 100 ms to 32 s (4.5.2). */
  readonly supervisionTimeoutMs?: number;
  /** Time from one advertising event to the next, without the random 0 to 10 ms (4.4.2.2). */
  readonly advertisingIntervalMs?: number;
  /** How often a broadcast is repeated in all. */
  readonly advertisements?: number;
  /** Share of the time in which a node scans: window divided by interval (4.4.3). */
  readonly scanShare?: number;
}

export interface BleTiming extends Required<BleOptions> {
  readonly name: string;
  /** Payload of the L2CAP K-frames that carry a message, each in one packet of the link layer. */
  segments(bytes: number): number[];
  /** A data packet with this payload. */
  dataMs(payloadBytes: number): number;
  /** The empty packet that acknowledges it. */
  readonly acknowledgementMs: number;
  readonly gapMs: number;
  /** The packets of one advertising event; the first three are on the three primary channels. Throws MisuseError `too-long` when they cannot hold so much. */
  advertisementMs(bytes: number): readonly number[];
}

const BITS = 8;
/** T_IFS and T_MAFS (4.1). */
const GAP_MS = 0.15;
const AUXILIARY_GAP_MS = 0.3;
/** Access address, header, check sequence; the preamble comes on top (2.1). */
const PACKET_BYTES = 4 + 2 + 3;
/** Message integrity check of an encrypted packet that is not empty. */
const MIC_BYTES = 4;
/** Longest payload of a data packet with the length extension (4.5.10). */
const PAYLOAD_BYTES = 251;
/** L2CAP: basic header of each K-frame, and the length of the whole in the first (volume 3, part A, 3.4). */
const L2CAP_BYTES = 4;
const SDU_LENGTH_BYTES = 2;
/** ADV_NONCONN_IND: address and at most 31 bytes of data (2.3.1.3). */
const ADDRESS_BYTES = 6;
const LEGACY_DATA_BYTES = 31;
/** Extended advertising: what points to the auxiliary packet, what such a packet has around its data, the most of all (2.3.4). */
const POINTER_BYTES = 7;
const AUXILIARY_BYTES = 13;
const AUXILIARY_DATA_BYTES = 242;
const ADVERTISED_BYTES = 1650;
const PRIMARY_CHANNELS = 3;

/** Throws MisuseError `bad-parameter` for times that the specification does not allow. */
export function bluetoothLe(options: BleOptions = {}): BleTiming {
  const { megabaud = 1, connectionIntervalMs = 30, supervisionTimeoutMs = 4000 } = options;
  const { eventMs = connectionIntervalMs, advertisingIntervalMs = 100, advertisements = 3, scanShare = 1 } = options;
  requireBetween('connectionIntervalMs', connectionIntervalMs, 7.5, 4000);
  requireBetween('eventMs', eventMs, 2.5, connectionIntervalMs);
  requireBetween('supervisionTimeoutMs', supervisionTimeoutMs, Math.max(100, 2 * connectionIntervalMs), 32_000);
  requireBetween('advertisingIntervalMs', advertisingIntervalMs, 20, 10_485_759);
  requireWhole('advertisements', advertisements, 1, 100);
  requireBetween('scanShare', scanShare, 0, 1);
  const packetMs = (payload: number, baud: 1 | 2 = megabaud): number => ((baud + PACKET_BYTES + payload) * BITS) / (baud * 1000);
  return {
    name: `Bluetooth LE ${megabaud}M`,
    megabaud,
    connectionIntervalMs,
    eventMs,
    supervisionTimeoutMs,
    advertisingIntervalMs,
    advertisements,
    scanShare,
    gapMs: GAP_MS,
    acknowledgementMs: packetMs(0),
    segments: (bytes) => framesOf(bytes + SDU_LENGTH_BYTES, PAYLOAD_BYTES - L2CAP_BYTES),
    dataMs: (payload) => packetMs(L2CAP_BYTES + payload + MIC_BYTES),
    advertisementMs(bytes) {
      if (bytes > ADVERTISED_BYTES)
        throw new MisuseError(
          'too-long',
          `an advertisement of ${bytes} bytes was asked for; Bluetooth LE carries at most ${ADVERTISED_BYTES}`,
        );
      // Primary channels are always 1M.
      const primary = packetMs(bytes <= LEGACY_DATA_BYTES ? ADDRESS_BYTES + bytes : POINTER_BYTES, 1) + GAP_MS;
      const auxiliary = bytes <= LEGACY_DATA_BYTES ? [] : framesOf(bytes, AUXILIARY_DATA_BYTES);
      return [
        ...Array.from({ length: PRIMARY_CHANNELS }, () => primary),
        ...auxiliary.map((data) => packetMs(AUXILIARY_BYTES + data) + AUXILIARY_GAP_MS),
      ];
    },
  };
}
