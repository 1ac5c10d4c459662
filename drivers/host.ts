/** What every computer can say of itself: load, memory, network and disk counters, uptime, and the daemon's own process. */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { TagValue } from '../core/tags.ts';
import type { Driver, OfferedTag } from './driver.ts';
import { diskBytes, memoryAvailableBytes, networkBytes } from './proc.ts';
import type { DeviceFiles, HostFacts } from './ports.ts';

export interface HostDriverOptions {
  readonly files: DeviceFiles;
  readonly facts: HostFacts;
  readonly samplingMs: number;
}

interface Reader {
  readonly unit: string;
  readonly description: string;
  /** Undefined when this system does not know it. */
  readonly read: () => TagValue | undefined | Promise<TagValue | undefined>;
}

/** Offers what this system can answer when the driver starts: on systems without /proc that is what `node:os` knows. */
export function createHostDriver(options: HostDriverOptions): Driver {
  const readers = hostReaders(options.files, options.facts);
  return {
    name: 'host',
    async discover() {
      const offered: OfferedTag[] = [];
      for (const [name, { unit, description, read }] of Object.entries(readers)) {
        if ((await read()) === undefined) continue;
        const about = { unit, description, samplingMs: options.samplingMs, writable: false, driver: 'host' };
        offered.push({ ...about, name, device: name, timeoutMs: LIMITS.driverTimeoutMs });
      }
      return offered;
    },
    async sample(name) {
      const value = await readers[name]?.read();
      if (value === undefined) throw new DataError('device-file', `this system no longer tells ${name}`);
      return value;
    },
  };
}

function hostReaders(files: DeviceFiles, facts: HostFacts): Readonly<Record<string, Reader>> {
  const proc = async (path: string) => {
    try {
      return (await files.read(path, LIMITS.deviceFileBytes)).text;
    } catch {
      return undefined;
    }
  };
  const network = async () => networkBytes(await proc('/proc/net/dev'));
  const disk = async () => diskBytes(await proc('/proc/diskstats'), await files.list('/sys/block'));
  const memory = async () => memoryAvailableBytes(await proc('/proc/meminfo')) ?? facts.memory().freeBytes;
  const load = (index: 0 | 1 | 2) => () => facts.loadAverages()?.[index];
  const hostCpu = share(() => {
    const { busyMs, totalMs } = facts.cpuTimes();
    return [busyMs, totalMs];
  });
  const ownCpu = share(() => [facts.process().cpuMs, facts.uptimeSeconds() * 1000]);
  return {
    'io:load': { unit: '', description: 'Load average over one minute', read: load(0) },
    'io:load/5': { unit: '', description: 'Load average over five minutes', read: load(1) },
    'io:load/15': { unit: '', description: 'Load average over fifteen minutes', read: load(2) },
    'io:cpu': { unit: 'percent', description: 'Busy share of all processors since the reading before', read: hostCpu },
    'io:memory/available': { unit: 'bytes', description: 'Memory that programs could still get', read: memory },
    'io:memory/total': { unit: 'bytes', description: 'Memory of the computer', read: () => facts.memory().totalBytes },
    'io:network/received': {
      unit: 'bytes',
      description: 'Received on all interfaces but loopback, since boot',
      read: async () => (await network())?.received,
    },
    'io:network/sent': {
      unit: 'bytes',
      description: 'Sent on all interfaces but loopback, since boot',
      read: async () => (await network())?.sent,
    },
    'io:disk/read': { unit: 'bytes', description: 'Read from all disks, since boot', read: async () => (await disk())?.read },
    'io:disk/written': { unit: 'bytes', description: 'Written to all disks, since boot', read: async () => (await disk())?.written },
    'io:uptime': { unit: 'seconds', description: 'Time since boot', read: () => Math.floor(facts.uptimeSeconds()) },
    'io:process/memory': { unit: 'bytes', description: 'Resident memory of this node’s daemon', read: () => facts.process().rssBytes },
    'io:process/cpu': {
      unit: 'percent',
      description: 'Share of one processor that this node’s daemon used since the reading before',
      read: ownCpu,
    },
  };
}

/** Processor times advance in steps of about ten milliseconds; a share over less than this says nothing. */
const SHARE_WINDOW_MS = 100;

/** Percent of `used` in `passed` since the reading before; over all time at the first. Undefined while no time has passed. */
function share(now: () => readonly [usedMs: number, passedMs: number]): () => number | undefined {
  let last: readonly [number, number] = [0, 0];
  let value: number | undefined;
  return () => {
    const [used, passed] = now();
    const elapsed = passed - last[1];
    if (elapsed >= SHARE_WINDOW_MS) value = Math.round(Math.max((used - last[0]) / elapsed, 0) * 1000) / 10;
    // Time that went back means that the system was restored from a snapshot: begin anew.
    if (elapsed >= SHARE_WINDOW_MS || elapsed < 0) last = [used, passed];
    return value;
  };
}
