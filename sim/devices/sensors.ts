/** The devices of a simulated node: sensors whose readings a scenario makes up. */
import { DataError } from '../../core/errors.ts';
import type { TagValue } from '../../core/tags.ts';
import type { Driver } from '../../drivers/driver.ts';

export interface Sensor {
  /** Its I/O tag. */
  readonly tag: string;
  readonly unit: string;
  /** How often it is read by itself; null: only when a program senses. */
  readonly samplingMs: number | null;
  /** What it shows at a virtual time; null when there is no reading. */
  readonly read: (timeMs: number) => TagValue;
}

/** Readings take no time; this is only the bound that every driver has. */
const TIMEOUT_MS = 1_000;

/** @param nowMs virtual time; a node's own clock begins anew with every start */
export function sensorDriver(sensors: readonly Sensor[], nowMs: () => number): Driver {
  return {
    name: 'scenario',
    discover: async () =>
      sensors.map(({ tag, unit, samplingMs }) => ({
        name: tag,
        device: tag,
        unit,
        samplingMs,
        description: 'sensor of a scenario',
        writable: false,
        driver: 'scenario',
        timeoutMs: TIMEOUT_MS,
      })),
    async sample(name) {
      const value = sensors.find(({ tag }) => tag === name)?.read(nowMs()) ?? null;
      if (value === null) throw new DataError('no-reading', `the scenario has no reading yet`);
      return value;
    },
  };
}
