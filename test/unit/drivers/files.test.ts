import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { FileTagConfig, ParseConfig } from '../../../drivers/config.ts';
import { createFileDriver } from '../../../drivers/file.ts';
import { createLocationDriver } from '../../../drivers/location.ts';
import { PLAIN_NUMBER, parseReading } from '../../../drivers/parse.ts';
import { createSensorsDriver } from '../../../drivers/sensors.ts';
import { FileTree } from '../../support/devices.ts';

const signal = new AbortController().signal;

const W1 = '72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=-23125\n';

function fileTag(options: Partial<FileTagConfig> = {}): FileTagConfig {
  return { tag: 'io:x', path: '/dev/x', unit: '', description: '', samplingMs: null, writable: false, ...PLAIN_NUMBER, ...options };
}

describe('readings', () => {
  const parse = (text: string, config: Partial<ParseConfig> = {}) => parseReading(text, { ...PLAIN_NUMBER, ...config });

  it('are numbers, scaled and shifted', () => {
    expect(parse('42000\n', { scale: 0.001 })).toBe(42);
    expect(parse(W1, { match: 't=(-?\\d+)', scale: 0.001 })).toBe(-23.125);
    expect(parse('0x10')).toBe(16);
    expect(parse('32', { scale: 5 / 9, offset: -160 / 9 })).toBeCloseTo(0, 10);
  });

  it('are fields of JSON, text, truth', () => {
    expect(parse('{"main":{"temp":[1,2.5]}}', { field: 'main.temp.1' })).toBe(2.5);
    expect(parse('{"a":{"b":1}}', { field: 'a', type: 'json' })).toEqual({ b: 1 });
    expect(parse(' [1] ', { type: 'json' })).toEqual([1]);
    expect(parse(' open \n', { type: 'text' })).toBe('open');
    expect(parse('ON', { type: 'boolean' })).toBe(true);
    expect(parse('x=0;', { type: 'boolean', match: 'x=(\\d)' })).toBe(false);
    expect(parse('second line\nname: hut\n', { type: 'text', match: '^name: (.*)$' })).toBe('hut');
  });

  it.each([
    ['', {}, 'is not a number'],
    ['12 apples', {}, 'is not a number'],
    ['1e999', {}, 'is not a number'],
    ['maybe', { type: 'boolean' }, 'is neither true nor false'],
    ['{', { field: 'a' }, 'is not JSON'],
    ['{"a":1}', { field: 'b' }, 'has no field b'],
    ['{"a":1}', { field: '__proto__' }, 'has no field __proto__'],
    ['{"a":null}', { field: 'a.b' }, 'has no field a.b'],
    ['nothing', { match: 't=(\\d+)' }, 'does not match /t=(\\d+)/'],
  ] as const)('cannot be made of %j', (text, config, detail) => {
    expect(() => parse(text, config)).toThrow(detail);
  });
});

describe('file driver', () => {
  it('reads what the configuration names', async () => {
    const driver = createFileDriver({
      files: new FileTree({ '/dev/x': W1 }),
      tags: [fileTag({ match: 't=(-?\\d+)', scale: 0.001, unit: 'celsius' })],
    });
    expect(await driver.discover()).toEqual([
      expect.objectContaining({ name: 'io:x', unit: 'celsius', description: 'The file /dev/x', writable: false, device: '/dev/x' }),
    ]);
    expect(await driver.sample('io:x', signal)).toBe(-23.125);
  });

  it('reports a file that is missing or too large', async () => {
    const files = new FileTree({ '/dev/x': '1'.repeat(LIMITS.deviceFileBytes + 1) });
    const driver = createFileDriver({ files, tags: [fileTag(), fileTag({ tag: 'io:y', path: '/dev/y' })] });
    await expect(driver.sample('io:x', signal)).rejects.toThrow(/has more than 65536 bytes/);
    await expect(driver.sample('io:y', signal)).rejects.toThrow('/dev/y: there is no such file');
  });

  it('writes what reads back as the same value', async () => {
    const files = new FileTree({ '/dev/x': '0', '/dev/led': '0', '/dev/name': '' });
    const driver = createFileDriver({
      files,
      tags: [
        fileTag({ scale: 0.001, offset: 3, writable: true }),
        fileTag({ tag: 'io:led', path: '/dev/led', type: 'boolean', writable: true }),
        fileTag({ tag: 'io:name', path: '/dev/name', type: 'text', writable: true }),
      ],
    });
    await driver.actuate!('io:x', 48.1, signal);
    expect(files.files.get('/dev/x')).toBe('45100\n');
    expect(await driver.sample('io:x', signal)).toBeCloseTo(48.1, 9);
    await driver.actuate!('io:led', true, signal);
    expect(files.files.get('/dev/led')).toBe('1\n');
    expect(await driver.sample('io:led', signal)).toBe(true);
    await driver.actuate!('io:name', 'hut', signal);
    expect(await driver.sample('io:name', signal)).toBe('hut');
    await expect(driver.actuate!('io:x', 'hot', signal)).rejects.toThrow('io:x takes a number, not "hot"');
    await expect(driver.actuate!('io:led', 2, signal)).rejects.toThrow('io:led takes true or false, not 2');
  });
});

describe('sensors driver', () => {
  const TREE = {
    '/sys/class/hwmon/hwmon0/name': 'coretemp\n',
    '/sys/class/hwmon/hwmon0/temp1_input': '45000\n',
    '/sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
    '/sys/class/hwmon/hwmon0/temp10_input': '47000\n',
    '/sys/class/hwmon/hwmon0/temp2_input': '46000\n',
    '/sys/class/hwmon/hwmon0/temp1_crit': '100000\n',
    '/sys/class/hwmon/hwmon0/fan1_input': '1200\n',
    '/sys/class/hwmon/hwmon1/name': 'SHT 3x!\n',
    '/sys/class/hwmon/hwmon1/humidity1_input': '51234\n',
    '/sys/class/hwmon/hwmon1/in0_input': '3300\n',
    '/sys/class/hwmon/hwmon1/power1_average': '2500000\n',
    '/sys/class/hwmon/hwmon10/name': 'coretemp\n',
    '/sys/class/hwmon/hwmon10/temp1_input': 'garbage\n',
    '/sys/class/hwmon/hwmon11/curr1_input': '150\n',
    '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
    '/sys/class/thermal/thermal_zone0/temp': '51540\n',
    '/sys/class/thermal/cooling_device0/type': 'Processor\n',
  };

  it('finds hwmon chips and thermal zones, names them, and gives values with units', async () => {
    const driver = createSensorsDriver({ files: new FileTree(TREE), samplingMs: 5000 });
    const offered = await driver.discover();
    const values = await Promise.all(
      offered.map(async ({ name, unit, description }) => {
        const value = await driver.sample(name, signal).catch((error: Error) => error.message);
        return `${name} ${String(value)} ${unit} (${description})`;
      }),
    );
    expect(values).toEqual([
      'io:fan/coretemp/0 1200 rpm (coretemp)',
      'io:fan 1200 rpm (coretemp)',
      'io:temperature/coretemp/0 45 celsius (coretemp: Package id 0)',
      'io:temperature 45 celsius (coretemp: Package id 0)',
      'io:temperature/coretemp/1 46 celsius (coretemp)',
      'io:temperature/coretemp/2 47 celsius (coretemp)',
      'io:humidity/sht-3x/0 51.234 percent (sht-3x)',
      'io:humidity 51.234 percent (sht-3x)',
      'io:voltage/sht-3x/0 3.3 volt (sht-3x)',
      'io:voltage 3.3 volt (sht-3x)',
      'io:power/sht-3x/0 2.5 watt (sht-3x)',
      'io:power 2.5 watt (sht-3x)',
      'io:temperature/coretemp/3 the reading "garbage" is not a number celsius (coretemp)',
      'io:current/hwmon11/0 0.15 ampere (hwmon11)',
      'io:current 0.15 ampere (hwmon11)',
      'io:temperature/cpu-thermal/0 51.54 celsius (thermal zone cpu-thermal)',
    ]);
    expect(new Set(offered.map(({ name }) => name)).size).toBe(offered.length);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await createSensorsDriver({ files: new FileTree({}), samplingMs: 5000 }).discover()).toEqual([]);
  });
});

describe('location driver', () => {
  it('offers the configured position, and nothing without one', async () => {
    const driver = createLocationDriver({ latitude: 1, longitude: 2 });
    expect((await driver.discover()).map(({ name }) => name)).toEqual(['io:location']);
    expect(await driver.sample('io:location', signal)).toEqual({ latitude: 1, longitude: 2 });
    expect(await createLocationDriver(null).discover()).toEqual([]);
  });
});
