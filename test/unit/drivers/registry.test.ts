import { describe, expect, it } from 'vitest';
import { LIMITS, type Limits } from '../../../core/limits.ts';
import type { Driver, IoReading, OfferedTag } from '../../../drivers/driver.ts';
import { DriverRegistry } from '../../../drivers/registry.ts';
import { ScriptedDriver, offeredTag, pass, settle } from '../../support/devices.ts';
import { ManualClock, RecordingLog, RecordingMetrics } from '../../support/ports.ts';

async function started(
  drivers: readonly Driver[],
  options: { readonly offer?: readonly string[]; readonly limits?: Partial<Limits> } = {},
) {
  const clock = new ManualClock();
  const log = new RecordingLog();
  const metrics = new RecordingMetrics();
  const published: IoReading[] = [];
  const registry = new DriverRegistry({
    drivers,
    offer: options.offer ?? ['*'],
    clock,
    log,
    metrics,
    limits: { ...LIMITS, ...options.limits },
    publish: (reading) => published.push(reading),
  });
  const starting = registry.start();
  await settle();
  return { registry, clock, log, metrics, published, starting };
}

const tag = (name: string, options: Partial<OfferedTag> = {}) => offeredTag(name, options);

/** A promise together with what ends it. */
function later<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('sampling', () => {
  it('publishes the first reading and then changes only, at the tag’s period', async () => {
    const driver = new ScriptedDriver([tag('io:a', { samplingMs: 100, unit: 'm' }), tag('io:b')]);
    let value = 1;
    let samples = 0;
    driver.onSample = (name) => {
      if (name === 'io:a') samples += 1;
      return value;
    };
    const { clock, published, registry } = await started([driver]);
    expect(published.map(({ name, value: v }) => [name, v])).toEqual([
      ['io:a', 1],
      ['io:b', 1],
    ]);
    expect(published[0]?.about).toEqual({ unit: 'm', description: '', samplingMs: 100, writable: false, driver: 'scripted' });
    await pass(clock, 300);
    expect([samples, published.length]).toEqual([4, 2]);
    value = 2;
    await pass(clock, 100);
    expect(published.slice(2).map(({ name, value: v }) => [name, v])).toEqual([['io:a', 2]]);
    registry.stop();
    await pass(clock, 1000);
    expect(samples).toBe(5);
    expect(clock.pending).toBe(0);
    expect(driver.stopped).toBe(true);
  });

  it('shows a failure in the tag, once, and the recovery', async () => {
    const driver = new ScriptedDriver([tag('io:a', { samplingMs: 100 })]);
    let broken = false;
    driver.onSample = () => {
      if (broken) throw new Error('no answer from the bus');
      return 5;
    };
    const { clock, published, metrics, registry } = await started([driver]);
    broken = true;
    await pass(clock, 300);
    broken = false;
    await pass(clock, 100);
    expect(published.map(({ value, about }) => [value, about.problem])).toEqual([
      [5, undefined],
      [null, 'no answer from the bus'],
      [5, undefined],
    ]);
    expect(metrics.counts.get('sm_driver_samples_total scripted failed')).toBe(3);
    registry.stop();
  });

  it.each([
    ['not a number', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['nothing at all', undefined as never],
    ['a function', (() => 1) as never],
    ['something huge', 'x'.repeat(LIMITS.ioValueBytes)],
    ['something bottomless', JSON.parse('['.repeat(50) + ']'.repeat(50))],
  ])('does not publish %s', async (_what, value) => {
    const driver = new ScriptedDriver([tag('io:a')]);
    driver.onSample = () => value;
    const { published, registry } = await started([driver]);
    expect(published[0]?.value).toBeNull();
    expect(published[0]?.about.problem).toBeTruthy();
    registry.stop();
  });

  it('gives up on a device that does not answer, and takes it back when it does', async () => {
    const driver = new ScriptedDriver([tag('io:slow', { samplingMs: 1000 }), tag('io:good', { samplingMs: 1000 })]);
    const answer = later<number>();
    let hang = true;
    let calls = 0;
    driver.onSample = (name) => {
      if (name === 'io:good' || !hang) return 7;
      calls += 1;
      return answer.promise;
    };
    const { clock, published, starting, registry } = await started([driver]);
    await pass(clock, 100);
    await starting;
    expect(published.find(({ name }) => name === 'io:slow')?.about.problem).toBe('scripted/io:slow did not answer within 100 ms');
    expect(published.find(({ name }) => name === 'io:good')?.value).toBe(7);
    await pass(clock, 5000, 50);
    // The driver has not let go: nobody calls it again, and nobody waits for it.
    expect(calls).toBe(1);
    await expect(registry.sense('io:slow', 0)).rejects.toMatchObject({ code: 'no-reading', message: /has not ended a call/ });
    hang = false;
    answer.resolve(3);
    await pass(clock, 1000, 50);
    expect(registry.latest('io:slow')).toMatchObject({ value: 7 });
    registry.stop();
  });

  it('never asks for less than the shortest period', async () => {
    const driver = new ScriptedDriver([tag('io:a', { samplingMs: 1 })]);
    let samples = 0;
    driver.onSample = () => (samples += 1);
    const { clock, registry } = await started([driver], { limits: { samplingMinMs: 50 } });
    await pass(clock, 200);
    expect(samples).toBe(5);
    registry.stop();
  });

  it('hears what a device says unasked, also the same twice', async () => {
    const driver = new ScriptedDriver([tag('io:a')]);
    const { published, registry } = await started([driver]);
    driver.emit('io:a', 0);
    driver.emit('io:a', 0);
    driver.emit('io:unknown', 0);
    driver.emit('io:a', Number.NaN);
    expect(published.map(({ value }) => value)).toEqual([0, 0, 0, null]);
    registry.stop();
    driver.emit('io:a', 1);
    expect(published).toHaveLength(4);
  });
});

describe('what is offered', () => {
  it('is what the configuration lets through; of two with one name the first; and no more than the bound', async () => {
    const first = new ScriptedDriver([tag('io:a', { unit: 'first' }), tag('io:b/1'), tag('io:hidden')]);
    const second = new ScriptedDriver([tag('io:a', { unit: 'second' }), tag('io:b/2'), tag('io:b/3')]);
    const { registry, log } = await started([first, second], { offer: ['io:a', 'io:b/*'], limits: { ioTags: 3 } });
    expect(registry.tags().map(({ name, unit }) => [name, unit])).toEqual([
      ['io:a', 'first'],
      ['io:b/1', ''],
      ['io:b/2', ''],
    ]);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'Two drivers offer the same tag; the first one keeps it',
      'Too many I/O tags; this one is left out',
    ]);
    registry.stop();
  });

  it('does not depend on a driver that fails to start', async () => {
    const broken: Driver = { name: 'broken', discover: async () => Promise.reject(new Error('no bus')), sample: async () => 0 };
    const { registry, log } = await started([broken, new ScriptedDriver([tag('io:a')])]);
    expect(registry.tags().map(({ name }) => name)).toEqual(['io:a']);
    expect(log.lines[0]?.fields).toMatchObject({ driver: 'broken', problem: 'no bus' });
    registry.stop();
  });
});

describe('starting', () => {
  it('does not wait long for a device that gives no first reading; it comes later', async () => {
    const driver = new ScriptedDriver([tag('io:slow', { timeoutMs: 60_000 }), tag('io:good')]);
    const answer = later<number>();
    driver.onSample = (name) => (name === 'io:slow' ? answer.promise : 1);
    const { clock, starting, published, registry } = await started([driver]);
    let ready = false;
    void starting.then(() => (ready = true));
    await pass(clock, LIMITS.firstReadingsMs - 10);
    expect(ready).toBe(false);
    await pass(clock, 10);
    expect(ready).toBe(true);
    answer.resolve(5);
    await settle();
    expect(published.map(({ name, value }) => [name, value])).toEqual([
      ['io:good', 1],
      ['io:slow', 5],
    ]);
    registry.stop();
  });

  it('leaves out a driver that never says what it offers', async () => {
    const silent: Driver = { name: 'silent', discover: () => new Promise(() => undefined), sample: async () => 0 };
    const { clock, registry, log, starting } = await started([silent, new ScriptedDriver([tag('io:a')])]);
    await pass(clock, LIMITS.driverTimeoutMs, 1000);
    await starting;
    expect(registry.tags().map(({ name }) => name)).toEqual(['io:a']);
    expect(log.lines[0]?.fields).toMatchObject({ driver: 'silent', problem: 'nothing came within 5000 ms' });
    registry.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('sense', () => {
  it('takes a new reading only when the latest is too old', async () => {
    const driver = new ScriptedDriver([tag('io:a')]);
    let samples = 0;
    driver.onSample = () => (samples += 1);
    const { registry, clock } = await started([driver]);
    clock.advance(100);
    expect((await registry.sense('io:a', 100)).value).toBe(1);
    expect((await registry.sense('io:a', 99)).value).toBe(2);
    expect(samples).toBe(2);
    registry.stop();
  });

  it('shares one reading among those who ask at the same time', async () => {
    const driver = new ScriptedDriver([tag('io:a')]);
    const { registry } = await started([driver]);
    const answer = later<number>();
    let calls = 0;
    driver.onSample = () => {
      calls += 1;
      return answer.promise;
    };
    const all = Promise.all([0, 0, 0].map((maxAge) => registry.sense('io:a', maxAge - 1)));
    answer.resolve(9);
    expect((await all).map(({ value }) => value)).toEqual([9, 9, 9]);
    expect(calls).toBe(1);
    registry.stop();
  });

  it('says why there is no reading, and that there is no such tag', async () => {
    const driver = new ScriptedDriver([tag('io:a')]);
    driver.onSample = () => Promise.reject(new Error('unplugged'));
    const { registry } = await started([driver]);
    await expect(registry.sense('io:a', 1e9)).rejects.toMatchObject({ code: 'no-reading', message: 'io:a: unplugged' });
    await expect(registry.sense('io:b', 1e9)).rejects.toMatchObject({ reason: 'not-found' });
    registry.stop();
  });
});

describe('actuate', () => {
  const pair = [tag('io:a', { device: 'one', writable: true }), tag('io:b', { device: 'one', writable: true })];

  it('runs one after the other on one device, in order, and reports the device’s answer', async () => {
    const driver = new ScriptedDriver([...pair, tag('io:c', { writable: true })]);
    const { registry } = await started([driver]);
    const events: string[] = [];
    const gates = new Map<string, ReturnType<typeof later<string>>>();
    driver.onActuate = (name, value) => {
      events.push(`${name}=${String(value)}`);
      const gate = later<string>();
      gates.set(name, gate);
      return gate.promise;
    };
    const first = registry.actuate('io:a', 1);
    const second = registry.actuate('io:b', 2);
    const other = registry.actuate('io:c', 3);
    await settle();
    expect(events).toEqual(['io:a=1', 'io:c=3']);
    gates.get('io:a')!.resolve('done a');
    expect(await first).toBe('done a');
    await settle();
    expect(events).toEqual(['io:a=1', 'io:c=3', 'io:b=2']);
    gates.get('io:b')!.resolve('done b');
    gates.get('io:c')!.resolve('done c');
    expect(await Promise.all([second, other])).toEqual(['done b', 'done c']);
    registry.stop();
  });

  it('is followed by a reading, so that the effect is seen', async () => {
    const driver = new ScriptedDriver([tag('io:a', { writable: true })]);
    let state: number | string = 0;
    driver.onSample = () => state;
    driver.onActuate = (_name, value) => (state = value as number);
    const { registry, published } = await started([driver]);
    await registry.actuate('io:a', 5);
    await settle();
    expect(published.map(({ value }) => value)).toEqual([0, 5]);
    registry.stop();
  });

  it('ends with an error when the device takes too long, fails, or may not be driven', async () => {
    const driver = new ScriptedDriver([tag('io:a', { writable: true }), tag('io:fixed')]);
    const { registry, clock, metrics } = await started([driver]);
    let aborted = false;
    driver.onActuate = (_name, _value, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason as Error);
        }),
      );
    const outcome = expect(registry.actuate('io:a', 1)).rejects.toMatchObject({ code: 'driver-timeout', fault: 'data' });
    await pass(clock, 100);
    await outcome;
    expect(aborted).toBe(true);
    driver.onActuate = () => {
      throw new Error('jammed');
    };
    await expect(registry.actuate('io:a', 1)).rejects.toMatchObject({ code: 'driver-failed', message: 'jammed' });
    await expect(registry.actuate('io:fixed', 1)).rejects.toMatchObject({ reason: 'driver-not-allowed' });
    await expect(registry.actuate('io:none', 1)).rejects.toMatchObject({ reason: 'not-found' });
    await expect(registry.actuate('io:a', Number.NaN)).rejects.toMatchObject({ code: 'bad-reading' });
    expect(metrics.counts.get('sm_driver_actuations_total scripted failed')).toBe(2);
    registry.stop();
  });

  it('bounds what waits for one device', async () => {
    const driver = new ScriptedDriver(pair);
    const { registry } = await started([driver], { limits: { actuationsQueued: 2 } });
    const gate = later<number>();
    driver.onActuate = () => gate.promise;
    const running = [1, 2, 3].map((value) => registry.actuate('io:a', value));
    await expect(registry.actuate('io:b', 4)).rejects.toMatchObject({ reason: 'queue-full', retryAfterMs: 100 });
    gate.resolve(0);
    expect(await Promise.all(running)).toEqual([0, 0, 0]);
    registry.stop();
  });

  it('ends everything that waits when the node stops', async () => {
    const driver = new ScriptedDriver(pair);
    const { registry } = await started([driver]);
    driver.onActuate = () => new Promise(() => undefined);
    const outcomes = Promise.allSettled([registry.actuate('io:a', 1), registry.actuate('io:b', 2)]);
    await settle();
    registry.stop();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'shutting-down' } });
    await expect(registry.actuate('io:a', 1)).rejects.toMatchObject({ code: 'shutting-down' });
  });
});
