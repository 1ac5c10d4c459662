/** Files that stand for hardware, named one by one in the configuration: path, scale and unit. */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { TagValue } from '../core/tags.ts';
import type { FileTagConfig, ParseConfig } from './config.ts';
import type { Driver } from './driver.ts';
import { parseReading } from './parse.ts';
import type { DeviceFiles } from './ports.ts';

export function createFileDriver(options: { readonly files: DeviceFiles; readonly tags: readonly FileTagConfig[] }): Driver {
  const byName = new Map(options.tags.map((tag) => [tag.tag, tag]));
  const configOf = (name: string): FileTagConfig => {
    const config = byName.get(name);
    if (config === undefined) throw new DataError('not-found', `no file is configured for ${name}`);
    return config;
  };
  return {
    name: 'file',
    async discover() {
      return options.tags.map(({ tag, path, unit, description, samplingMs, writable }) => ({
        name: tag,
        // Two tags on one file take turns.
        device: path,
        unit,
        description: description === '' ? `The file ${path}` : description,
        samplingMs,
        writable,
        driver: 'file',
        timeoutMs: LIMITS.driverTimeoutMs,
      }));
    },
    async sample(name) {
      const config = configOf(name);
      return await readTag(options.files, config.path, config);
    },
    async actuate(name, value) {
      const config = configOf(name);
      await options.files.write(config.path, textFor(value, config));
      return value;
    },
  };
}

/** Reads a device file and makes a value of it. Throws DataError `device-file` or `bad-reading`. */
export async function readTag(files: DeviceFiles, path: string, parse: ParseConfig): Promise<TagValue> {
  const { text, more } = await files.read(path, LIMITS.deviceFileBytes);
  if (more) throw new DataError('device-file', `${path} has more than ${LIMITS.deviceFileBytes} bytes, too many for a reading`);
  return parseReading(text, parse);
}

/** The inverse of reading: scaled back, booleans as 1 and 0. */
function textFor(value: TagValue, config: FileTagConfig): string {
  if (config.type === 'number') {
    if (typeof value !== 'number') throw new DataError('bad-value', `${config.tag} takes a number, not ${JSON.stringify(value)}`);
    return `${roundAway((value - config.offset) / config.scale)}\n`;
  }
  if (config.type === 'boolean') {
    if (typeof value !== 'boolean' && value !== 0 && value !== 1) {
      throw new DataError('bad-value', `${config.tag} takes true or false, not ${JSON.stringify(value)}`);
    }
    return value === true || value === 1 ? '1\n' : '0\n';
  }
  return `${typeof value === 'string' && config.type === 'text' ? value : JSON.stringify(value)}\n`;
}

/** Scaling back must not turn 45 into 45.00000000000001. */
function roundAway(number: number): number {
  return Number(number.toPrecision(12));
}
