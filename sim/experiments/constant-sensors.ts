/** Sensors that always show the same: what a task measures does not change while it is being measured, so its true answer is known. */
import type { TagValue } from '../../core/tags.ts';
import type { Driver } from '../../drivers/driver.ts';

/** Longest that a reading could take; these take no time. */
const TIMEOUT_MS = 1000;

/** @param readings value by tag name, such as `io:thermometer` */
export function constantSensors(readings: ReadonlyMap<string, TagValue>): Driver {
  return {
    name: 'constant',
    discover: async () =>
      [...readings.keys()].map((name) => ({
        name,
        device: name,
        unit: '',
        description: 'shows the same for ever',
        samplingMs: null,
        writable: false,
        driver: 'constant',
        timeoutMs: TIMEOUT_MS,
      })),
    sample: async (name) => readings.get(name) ?? null,
  };
}
