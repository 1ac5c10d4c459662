/** Where the node is, as the operator says. */
import { LIMITS } from '../core/limits.ts';
import type { Position } from '../core/messages.ts';
import type { Driver } from './driver.ts';

/** Offers `io:location`; nothing when no position is configured. */
export function createLocationDriver(position: Position | null): Driver {
  return {
    name: 'location',
    async discover() {
      if (position === null) return [];
      return [
        {
          name: 'io:location',
          device: 'location',
          unit: 'degrees',
          description: 'Configured position: latitude, longitude, and altitude in metres when known',
          samplingMs: null,
          writable: false,
          driver: 'location',
          timeoutMs: LIMITS.driverTimeoutMs,
        },
      ];
    },
    async sample() {
      return { ...position };
    },
  };
}
