/**
 * Sensors that the Linux kernel knows, found by themselves: hwmon chips (Documentation/hwmon/sysfs-interface.rst) and thermal
 * zones (Documentation/driver-api/thermal/sysfs-api.rst).
 *
 * Names say quantity, chip and number: `io:temperature/coretemp/0`. The first sensor of a quantity is also offered under the
 * quantity alone, `io:temperature`, because that is what programs look for.
 */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { tagWord, type Driver, type OfferedTag } from './driver.ts';
import { readTag } from './file.ts';
import { PLAIN_NUMBER } from './parse.ts';
import type { DeviceFiles } from './ports.ts';

interface Quantity {
  readonly tag: string;
  readonly unit: string;
  readonly scale: number;
}

/** hwmon file prefixes; the kernel gives milli-units, power in microwatts. */
const HWMON: Readonly<Record<string, Quantity>> = {
  temp: { tag: 'temperature', unit: 'celsius', scale: 0.001 },
  humidity: { tag: 'humidity', unit: 'percent', scale: 0.001 },
  fan: { tag: 'fan', unit: 'rpm', scale: 1 },
  in: { tag: 'voltage', unit: 'volt', scale: 0.001 },
  curr: { tag: 'current', unit: 'ampere', scale: 0.001 },
  power: { tag: 'power', unit: 'watt', scale: 0.000001 },
};

const HWMON_ROOT = '/sys/class/hwmon';
const THERMAL_ROOT = '/sys/class/thermal';

interface Sensor {
  readonly path: string;
  readonly quantity: Quantity;
  readonly name: string;
  readonly label: string;
}

export function createSensorsDriver(options: { readonly files: DeviceFiles; readonly samplingMs: number }): Driver {
  const { files, samplingMs } = options;
  const sensors = new Map<string, Sensor>();
  return {
    name: 'sensors',
    async discover() {
      const found = [...(await findHwmon(files)), ...(await findThermal(files))];
      for (const sensor of found) {
        sensors.set(sensor.name, sensor);
        const plain = `io:${sensor.quantity.tag}`;
        if (!sensors.has(plain)) sensors.set(plain, sensor);
      }
      return [...sensors].map(([name, sensor]) => offer(name, sensor, samplingMs));
    },
    async sample(name) {
      const sensor = sensors.get(name);
      if (sensor === undefined) throw new DataError('not-found', `no sensor was found for ${name}`);
      const value = await readTag(files, sensor.path, { ...PLAIN_NUMBER, scale: sensor.quantity.scale });
      return Number((value as number).toPrecision(9));
    },
  };
}

function offer(name: string, { path, quantity, label }: Sensor, samplingMs: number): OfferedTag {
  const { unit } = quantity;
  return {
    name,
    device: path,
    unit,
    description: label,
    samplingMs,
    writable: false,
    driver: 'sensors',
    timeoutMs: LIMITS.driverTimeoutMs,
  };
}

async function findHwmon(files: DeviceFiles): Promise<readonly Sensor[]> {
  const sensors: Sensor[] = [];
  const taken = new Map<string, number>();
  for (const chip of inNumberOrder(await files.list(HWMON_ROOT))) {
    const folder = `${HWMON_ROOT}/${chip}`;
    const chipName = tagWord((await line(files, `${folder}/name`)) ?? chip);
    for (const file of inNumberOrder(await files.list(folder))) {
      const match = /^([a-z]+)(\d+)_(?:input|average)$/.exec(file);
      const quantity = match === null ? undefined : HWMON[match[1]!];
      if (match === null || quantity === undefined) continue;
      const label = await line(files, `${folder}/${match[1]}${match[2]}_label`);
      const name = numbered(taken, `io:${quantity.tag}/${chipName}`);
      sensors.push({ path: `${folder}/${file}`, quantity, name, label: `${chipName}${label === undefined ? '' : `: ${label}`}` });
    }
  }
  return sensors;
}

async function findThermal(files: DeviceFiles): Promise<readonly Sensor[]> {
  const sensors: Sensor[] = [];
  const taken = new Map<string, number>();
  for (const zone of inNumberOrder(await files.list(THERMAL_ROOT))) {
    if (!/^thermal_zone\d+$/.test(zone)) continue;
    const folder = `${THERMAL_ROOT}/${zone}`;
    const type = (await line(files, `${folder}/type`)) ?? 'zone';
    const name = numbered(taken, `io:temperature/${tagWord(type)}`);
    sensors.push({ path: `${folder}/temp`, quantity: HWMON['temp']!, name, label: `thermal zone ${type}` });
  }
  return sensors;
}

/** `base/0`, `base/1`, ... in the order of discovery. */
function numbered(taken: Map<string, number>, base: string): string {
  const number = taken.get(base) ?? 0;
  taken.set(base, number + 1);
  return `${base}/${number}`;
}

/** So that temp2 comes before temp10. */
function inNumberOrder(names: readonly string[]): readonly string[] {
  return [...names].sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
}

/** First line of a small file, trimmed; undefined when it cannot be read or is empty. */
async function line(files: DeviceFiles, path: string): Promise<string | undefined> {
  try {
    const { text } = await files.read(path, 256);
    const first = text.split('\n', 1)[0]!.trim();
    return first === '' ? undefined : first;
  } catch {
    return undefined;
  }
}
