/** Power of radios and boards that exist. Radios draw from their own supply voltage; converters of a board are not accounted for. */
import type { PowerDraw } from './account.ts';

type RadioDraw = Pick<PowerDraw, 'transmitMw' | 'receiveMw' | 'idleMw' | 'sleepMw'>;

function atVolts(volts: number, milliamperes: readonly [transmit: number, receive: number, idle: number, sleep: number]): RadioDraw {
  const [transmitMw, receiveMw, idleMw, sleepMw] = milliamperes.map((current) => current * volts) as [number, number, number, number];
  return { transmitMw, receiveMw, idleMw, sleepMw };
}

export const RADIO_DRAWS = {
  /**
   * Lucent WaveLAN "Silver", 802.11b at 11 Mb/s, 4.74 V: 284, 190, 156, 10 mA (L. M. Feeney, M. Nilsson: Investigating the energy consumption of a wireless
   * network interface in an ad hoc networking environment, INFOCOM 2001).
   */
  'wavelan-11': atVolts(4.74, [284, 190, 156, 10]),
  /** Microchip ATWILC3000A, 802.11b at 11 Mb/s, 3.3 V, both supplies (data sheet, section 8.2.2); it listens at the price of receiving, and dozes. */
  'wilc3000-b11': atVolts(3.3, [269 + 23.9, 60.5 + 23.6, 60.5 + 23.6, 1.4]),
  /** The same at 802.11n MCS 7. */
  'wilc3000-n7': atVolts(3.3, [229 + 23.9, 60.5 + 23.6, 60.5 + 23.6, 1.4]),
  /**
   * Nordic nRF52832, Bluetooth LE 1M at 0 dBm, 3 V (product specification 1.1, section on power and clock management): 7.1 and 6.5 mA. Between events it
   * sleeps, with 1.9 uA, so idle is asleep; a node that scans all the time pays for receiving, which the medium reports only while it hears something.
   */
  nrf52832: atVolts(3, [7.1, 6.5, 0.0019, 0.0019]),
} as const;

export const BOARD_DRAWS = {
  /** Nothing but the radio. */
  none: { boardMw: 0, computeMw: 0 },
  /** Intel StrongARM SA-1110 at 206 MHz, the processor of the HP iPAQ: at most 50 mW idle and 400 mW at work (its product brief). Display and memory are left out. */
  'ipaq-processor': { boardMw: 50, computeMw: 350 },
  /**
   * Raspberry Pi Zero 2 W at 5 V: 120 mA idle, as measured (J.-L. Aufranc, CNX Software, December 2021); with all four cores at work 350 mA (Raspberry Pi
   * documentation, bare-board active current), so one core adds a quarter of the difference.
   */
  'pi-zero-2w': { boardMw: 600, computeMw: 287.5 },
} as const;

/** A radio on a board. */
export function drawOf(radio: keyof typeof RADIO_DRAWS, board: keyof typeof BOARD_DRAWS): PowerDraw {
  return { ...RADIO_DRAWS[radio], ...BOARD_DRAWS[board] };
}
