import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { TagValue } from '../../../core/tags.ts';
import { createDrivers } from '../../../drivers/all.ts';
import type { SimulatedConfig } from '../../../drivers/config.ts';
import type { IoReading } from '../../../drivers/driver.ts';
import { DriverRegistry } from '../../../drivers/registry.ts';
import { parseNodeConfig } from '../../../runtime/config/node-config.ts';
import { FileTree, SettableFacts, pass, settle } from '../../support/devices.ts';
import { ManualClock, RecordingLog, RecordingMetrics } from '../../support/ports.ts';

async function simulated(yaml: string) {
  const config = parseNodeConfig(
    `drivers: { offer: ['*'], host: { enabled: false }, sensors: { enabled: false }, simulated: [${yaml}] }\nlocation: { latitude: 1, longitude: 2 }`,
    'test',
  );
  const clock = new ManualClock();
  const seen: [string, TagValue][] = [];
  const drivers = createDrivers(config.drivers, config.location, {
    clock,
    files: new FileTree({}),
    facts: new SettableFacts(),
    commands: { run: () => Promise.reject(new Error('no commands here')) },
  });
  const publish = ({ name, value }: IoReading) => seen.push([name, value]);
  const registry = new DriverRegistry({
    drivers,
    offer: config.drivers.offer,
    clock,
    log: new RecordingLog(),
    metrics: new RecordingMetrics(),
    limits: LIMITS,
    publish,
  });
  await registry.start();
  return { clock, registry, seen };
}

describe('simulated devices', () => {
  it('are called simulated wherever they are shown', async () => {
    const kinds: SimulatedConfig['kind'][] = ['thermometer', 'light', 'signal', 'fire-detector', 'camera'];
    const { registry } = await simulated(kinds.map((kind) => `{ kind: ${kind}${kind === 'thermometer' ? ', value: 1' : ''} }`).join(', '));
    const tags = registry.tags().filter(({ name }) => name !== 'io:location');
    expect(tags.map(({ name }) => name)).toEqual([
      'io:camera',
      'io:fire',
      'io:light-status',
      'io:light-switch',
      'io:signal',
      'io:thermometer',
    ]);
    for (const { description, driver } of tags) {
      expect(driver).toBe('simulated');
      expect(description).toMatch(/^simulated /);
    }
    registry.stop();
  });

  it('light: the status follows the switch after the delay, in order', async () => {
    const { registry, clock, seen } = await simulated('{ kind: light, delayMs: 100ms }');
    seen.length = 0;
    expect(await registry.actuate('io:light-switch', 1)).toBe(1);
    await pass(clock, 50);
    await registry.actuate('io:light-switch', 0);
    await pass(clock, 200);
    expect(seen).toEqual([
      ['io:light-switch', 1],
      ['io:light-switch', 0],
      ['io:light-status', 1],
      ['io:light-status', 0],
    ]);
    await expect(registry.actuate('io:light-status', 1)).rejects.toMatchObject({ reason: 'driver-not-allowed' });
    await expect(registry.actuate('io:light-switch', 7)).rejects.toThrow('takes 1 or 0, not 7');
    registry.stop();
    expect(clock.pending).toBe(0);
  });

  it('signal: every signal is heard, also the same again, given or by itself', async () => {
    const { registry, clock, seen } = await simulated('{ kind: signal, tag: io:three-signal, everyMs: 1s, value: 3 }');
    seen.length = 0;
    await registry.actuate('io:three-signal', 3);
    await registry.actuate('io:three-signal', 3);
    await settle();
    await pass(clock, 2000, 500);
    expect(seen).toEqual(Array.from({ length: 4 }, () => ['io:three-signal', 3]));
    registry.stop();
    expect(clock.pending).toBe(0);
  });

  it('fire: burns as scheduled, and can be lit', async () => {
    const { registry, clock, seen } = await simulated('{ kind: fire-detector, startMs: 1s, durationMs: 1s }');
    await pass(clock, 3000, 500);
    await registry.actuate('io:fire', true);
    expect(seen.filter(([name]) => name === 'io:fire').map(([, value]) => value)).toEqual([false, true, false, true]);
    await expect(registry.actuate('io:fire', 'big')).rejects.toThrow('takes true or false, not "big"');
    registry.stop();
    expect(clock.pending).toBe(0);
  });

  it('camera: takes pictures by itself and when asked, red only while it burns', async () => {
    const { registry, clock, seen } = await simulated('{ kind: camera, everyMs: 1s, redFromMs: 1500ms, redForMs: 1s }');
    await pass(clock, 3000, 500);
    await registry.actuate('io:camera', true);
    await expect(registry.actuate('io:camera', { red: 1 })).rejects.toMatchObject({ code: 'bad-value' });
    const pictures = seen
      .filter(([name]) => name === 'io:camera')
      .map(([, value]) => value as { number: number; red: number; green: number });
    expect(pictures.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(pictures.map(({ red, green }) => red > green)).toEqual([false, false, true, false, false]);
    registry.stop();
  });

  it('thermometer: swings around its value, 0 °F as well', async () => {
    const { registry, clock, seen } = await simulated(
      '{ kind: thermometer, value: 75, unit: fahrenheit, swing: 2, periodMs: 4s }, { kind: thermometer, tag: io:cold, value: 0, unit: fahrenheit }',
    );
    await pass(clock, 3000, 500);
    expect(seen.filter(([name]) => name === 'io:thermometer').map(([, value]) => value)).toEqual([75, 77, 75, 73]);
    expect(seen.filter(([name]) => name === 'io:cold')).toEqual([['io:cold', 0]]);
    registry.stop();
  });
});
