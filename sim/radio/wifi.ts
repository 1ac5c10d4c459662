/** Timing of Wi-Fi: what IEEE 802.11-2020 says about slots, gaps and how long a frame is on the air. All times in milliseconds. */
import { MisuseError } from '../../core/errors.ts';
import { framesOf } from './frames.ts';

/** How a frame is sent. */
export interface Airing {
  readonly durationMs: number;
  /** What a receiver needs: so much the frame must be above everything else on the air, in dB. Slow rates need less. */
  readonly captureDb: number;
}

/** What contention needs to know of a physical layer. */
export interface WifiTiming {
  readonly name: string;
  readonly slotMs: number;
  readonly sifsMs: number;
  /** SIFS and two slots (10.3.2.3.5). */
  readonly difsMs: number;
  /** First and largest contention window, in slots. */
  readonly cwMin: number;
  readonly cwMax: number;
  /** A station that decided to send does not sense what begins within this time before it does (aRxTxTurnaroundTime). */
  readonly turnaroundMs: number;
  /** How often a frame is sent until its acknowledgement came (dot11ShortRetryLimit). */
  readonly attempts: number;
  /** Cuts a message into the IP packets that the frames carry. Its own bytes include the headers of the first. */
  packets(messageBytes: number): number[];
  /** A data frame to one node, with this packet. */
  unicast(packetBytes: number): Airing;
  /** A data frame to everybody; it is sent at a rate that every station knows. */
  broadcast(packetBytes: number): Airing;
  readonly acknowledgement: Airing;
}

const BITS = 8;
const MS = 1e-3;
/** ACK: frame control, duration, receiver, check sequence (9.3.1.4). */
const ACK_BYTES = 14;
/** LLC and SNAP in front of every IP packet (IEEE 802.2, RFC 1042). */
const LLC_BYTES = 8;
/** Longest IP packet in a frame: the usual MTU of Wi-Fi, that of Ethernet. */
const PACKET_BYTES = 1500;
/** IPv4 and TCP without options, which every packet of a longer message has again. */
const PACKET_HEADER_BYTES = 20 + 20;
const ATTEMPTS = 7;

/** Data frame without QoS: 24 bytes of header and the check sequence (9.3.2.1). */
const LEGACY_MAC_BYTES = 28;
/** The same with the QoS field, which HT stations use. */
const QOS_MAC_BYTES = 30;

/**
 * 802.11b rates in Mb/s (clauses 15 and 16), and what each needs: 10 dB at 11 Mb/s, as ns-2 takes it and measurements have it (C. Ware and others 2000), and at
 * the others less by as much as a usual card hears better (Lucent Orinoco: -94, -91, -87, -82 dBm).
 */
const DSSS_CAPTURE_DB: ReadonlyMap<number, number> = new Map([
  [1, -2],
  [2, 1],
  [5.5, 5],
  [11, 10],
]);

export interface Wifi80211bOptions {
  /** Rate of frames to one node: 1, 2, 5.5 or 11 Mb/s. */
  readonly mbps?: number;
  /** Rate of broadcasts and acknowledgements. */
  readonly basicMbps?: number;
  /** The short preamble: 96 us instead of 192 us. Broadcasts at 1 Mb/s always have the long one. */
  readonly shortPreamble?: boolean;
}

/**
 * 802.11b, clause 16: slot 20 us, SIFS 10 us, CWmin 31, CWmax 1023; long preamble of 144 bits and PLCP header of 48 bits at 1 Mb/s.
 * Throws MisuseError `bad-parameter` for a rate that 802.11b does not have.
 */
export function wifi80211b({ mbps = 11, basicMbps = 1, shortPreamble = false }: Wifi80211bOptions = {}): WifiTiming {
  const airing = (bytes: number, rate: number): Airing => {
    const captureDb = DSSS_CAPTURE_DB.get(rate);
    if (captureDb === undefined) {
      const rates = [...DSSS_CAPTURE_DB.keys()].join(', ');
      throw new MisuseError('bad-parameter', `802.11b has no rate of ${rate} Mb/s; it has ${rates}`);
    }
    const preambleUs = shortPreamble && rate > 1 ? 96 : 192;
    return { durationMs: (preambleUs + Math.ceil((bytes * BITS) / rate)) * MS, captureDb };
  };
  const data = (packet: number, rate: number): Airing => airing(LEGACY_MAC_BYTES + LLC_BYTES + packet, rate);
  // Refused here rather than at the first frame.
  data(0, mbps);
  return {
    name: `802.11b ${mbps} Mb/s`,
    ...gaps(20, 10),
    turnaroundMs: 5 * MS,
    cwMin: 31,
    cwMax: 1023,
    attempts: ATTEMPTS,
    packets,
    unicast: (packet) => data(packet, mbps),
    broadcast: (packet) => data(packet, basicMbps),
    acknowledgement: airing(ACK_BYTES, basicMbps),
  };
}

interface OfdmRate {
  /** Data bits in a symbol of 4 us. */
  readonly bits: number;
  /**
   * The sensitivity that the standard asks for, above the noise that it assumes at the receiver: -101 dBm in 20 MHz, 10 dB of noise figure, 5 dB for
   * imperfect implementations (clause 17, receiver minimum input sensitivity).
   */
  readonly captureDb: number;
}

/** 20 MHz, one spatial stream, long guard interval, MCS 0 to 7 (clause 19). */
const HT_RATES: readonly OfdmRate[] = [
  { bits: 26, captureDb: 4 },
  { bits: 52, captureDb: 7 },
  { bits: 78, captureDb: 9 },
  { bits: 104, captureDb: 12 },
  { bits: 156, captureDb: 16 },
  { bits: 208, captureDb: 20 },
  { bits: 234, captureDb: 21 },
  { bits: 260, captureDb: 22 },
];
/** The mandatory rates before HT, by Mb/s (clause 17). */
const OFDM_RATES = {
  6: { bits: 24, captureDb: 4 },
  12: { bits: 48, captureDb: 7 },
  24: { bits: 96, captureDb: 12 },
} as const;
const SYMBOL_US = 4;
/** Service field and tail (clause 17). */
const SERVICE_AND_TAIL_BITS = 16 + 6;
/** Silence after a frame at 2.4 GHz (aSignalExtension), in which receivers of long codes finish. */
const SIGNAL_EXTENSION_US = 6;
/** L-STF 8, L-LTF 8, L-SIG 4, HT-SIG 8, HT-STF 4, HT-LTF 4 us: the mixed format (clause 19). */
const HT_PREAMBLE_US = 36;
/** Short and long training and SIGNAL (clause 17). */
const OFDM_PREAMBLE_US = 20;

export interface Wifi80211nOptions {
  /** Modulation and coding scheme, 0 (6.5 Mb/s) to 7 (65 Mb/s). */
  readonly mcs?: number;
  /** Rate of broadcasts: 6, 12 or 24 Mb/s. */
  readonly basicMbps?: keyof typeof OFDM_RATES;
}

/**
 * 802.11n, clause 19, at 2.4 GHz: 20 MHz, one stream, mixed format, without aggregation; short slot of 9 us, SIFS 10 us, CWmin 15;
 * acknowledgements at 24 Mb/s. Throws MisuseError `bad-parameter` for an MCS that one stream does not have.
 */
export function wifi80211n({ mcs = 7, basicMbps = 6 }: Wifi80211nOptions = {}): WifiTiming {
  const ht = HT_RATES[mcs];
  if (ht === undefined) throw new MisuseError('bad-parameter', `one stream has no MCS ${mcs}; it has 0 to ${HT_RATES.length - 1}`);
  const airing = (bytes: number, preambleUs: number, { bits, captureDb }: OfdmRate): Airing => {
    const symbolsUs = Math.ceil((bytes * BITS + SERVICE_AND_TAIL_BITS) / bits) * SYMBOL_US;
    return { durationMs: (preambleUs + symbolsUs + SIGNAL_EXTENSION_US) * MS, captureDb };
  };
  return {
    name: `802.11n MCS ${mcs}`,
    ...gaps(9, 10),
    turnaroundMs: 2 * MS,
    cwMin: 15,
    cwMax: 1023,
    attempts: ATTEMPTS,
    packets,
    unicast: (packet) => airing(QOS_MAC_BYTES + LLC_BYTES + packet, HT_PREAMBLE_US, ht),
    broadcast: (packet) => airing(LEGACY_MAC_BYTES + LLC_BYTES + packet, OFDM_PREAMBLE_US, OFDM_RATES[basicMbps]),
    acknowledgement: airing(ACK_BYTES, OFDM_PREAMBLE_US, OFDM_RATES[24]),
  };
}

function gaps(slotUs: number, sifsUs: number): Pick<WifiTiming, 'slotMs' | 'sifsMs' | 'difsMs'> {
  return { slotMs: slotUs * MS, sifsMs: sifsUs * MS, difsMs: (sifsUs + 2 * slotUs) * MS };
}

function packets(messageBytes: number): number[] {
  const contents = framesOf(messageBytes - PACKET_HEADER_BYTES, PACKET_BYTES - PACKET_HEADER_BYTES);
  return contents.map((bytes) => bytes + PACKET_HEADER_BYTES);
}
