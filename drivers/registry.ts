/** All drivers of a node: publishes their readings, answers `sense`, and carries out actuations. */
import { DataError, RefusedError, SmError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { Clock, Log, Metrics, Timer } from '../core/ports.ts';
import type { IoTagInfo, TagValue } from '../core/tags.ts';
import { Device } from './device.ts';
import type { Driver, IoReading, OfferedTag } from './driver.ts';
import { boundedValue, sameValue } from './values.ts';

export interface DriverRegistryOptions {
  /** In order of precedence: of two that offer the same tag, the first keeps it. */
  readonly drivers: readonly Driver[];
  /** Which tags are offered at all: names, or prefixes ending in `*`. */
  readonly offer: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  /**
   * Called with the first reading of every tag, with every reading that differs from the one before (so the tag's version
   * counts changes), and with everything that a device says unasked.
   */
  readonly publish: (reading: IoReading) => void;
}

interface Entry {
  readonly offered: OfferedTag;
  readonly about: IoTagInfo;
  readonly driver: Driver;
  readonly device: Device;
  /** The latest reading; its time is when it was taken or confirmed. */
  latest: IoReading | undefined;
  sampling: Promise<IoReading> | undefined;
  timer: Timer | undefined;
}

export class DriverRegistry {
  readonly #options: DriverRegistryOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #devices = new Map<string, Device>();
  readonly #stops: (() => void)[] = [];
  #stopped = false;

  constructor(options: DriverRegistryOptions) {
    this.#options = options;
  }

  /**
   * Asks every driver what it offers, takes the first readings and begins sampling. A driver that fails or takes too long is
   * left out, with a warning; readings that take longer than `firstReadingsMs` come later, so that no device delays the node.
   */
  async start(): Promise<void> {
    const { drivers } = this.#options;
    const offers = await Promise.all(drivers.map((driver) => this.#discover(driver)));
    drivers.forEach((driver, index) => this.#admit(driver, offers[index]!));
    this.#options.metrics.gauge('sm_io_tags', this.#entries.size);
    const first = Promise.all([...this.#entries.values()].map((entry) => this.#sample(entry)));
    await this.#within(this.#options.limits.firstReadingsMs, first).catch(() => undefined);
    if (this.#stopped) return;
    for (const driver of this.#options.drivers) this.#listen(driver);
    for (const entry of this.#entries.values()) this.#schedule(entry);
  }

  /** Every tag on offer, by name. */
  tags(): readonly OfferedTag[] {
    return [...this.#entries.values()].map((entry) => entry.offered).sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The latest reading of a tag. */
  latest(name: string): IoReading | undefined {
    return this.#entries.get(name)?.latest;
  }

  /**
   * A reading that is at most `maxAgeMs` old; a new one is taken when the latest is older. Readers at the same time share one.
   * Throws RefusedError `not-found` for a tag that no driver keeps, and DataError `no-reading` when the device gives none.
   */
  async sense(name: string, maxAgeMs: number): Promise<IoReading> {
    const entry = this.#entry(name);
    const { latest } = entry;
    const nowMs = this.#options.clock.monotonicMs();
    const fresh = latest !== undefined && latest.about.problem === undefined && nowMs - latest.atMs <= maxAgeMs;
    const reading = fresh ? latest : await this.#sample(entry);
    if (reading.about.problem !== undefined) throw new DataError('no-reading', `${name}: ${reading.about.problem}`);
    return reading;
  }

  /**
   * Drives a tag and resolves, when the device says done, with the device's answer. Throws RefusedError `not-found`, `driver-not-allowed` for a
   * tag that cannot be driven, `queue-full`; DataError when the device fails or takes too long.
   */
  async actuate(name: string, value: TagValue): Promise<TagValue> {
    const entry = this.#entry(name);
    const { driver, device, offered } = entry;
    if (driver.actuate === undefined || !offered.writable) throw new RefusedError('driver-not-allowed', `${name} cannot be driven`);
    const checked = boundedValue(value, this.#options.limits.ioValueBytes);
    let answer: TagValue | undefined;
    try {
      await device.call(offered.timeoutMs, async (signal) => {
        answer = await driver.actuate!(name, checked, signal);
        // What the device now shows is published first, so that a program that waited for this sees the effect.
        await this.#read(entry, signal);
      });
    } catch (error) {
      // Once the device has said done, a reading that then fails changes nothing about that.
      if (answer === undefined) {
        this.#count('sm_driver_actuations_total', driver, 'failed');
        if (!this.#stopped) void this.#sample(entry);
        throw error instanceof SmError ? error : new DataError('driver-failed', problemOf(error), { cause: error });
      }
    }
    this.#count('sm_driver_actuations_total', driver, 'done');
    return boundedValue(answer, this.#options.limits.ioValueBytes);
  }

  /** Ends all calls, timers and listeners. */
  stop(): void {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    for (const stop of this.#stops.splice(0)) stop();
    for (const device of this.#devices.values()) device.close();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new RefusedError('not-found', `no driver of this node keeps ${name}`);
    return entry;
  }

  async #discover(driver: Driver): Promise<readonly OfferedTag[]> {
    try {
      return await this.#within(this.#options.limits.driverTimeoutMs, driver.discover());
    } catch (error) {
      this.#options.log.warn({ driver: driver.name, problem: problemOf(error) }, 'The driver found nothing it can serve');
      return [];
    }
  }

  async #within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new DataError('driver-timeout', `nothing came within ${timeoutMs} ms`);
      timer = this.#options.clock.setTimer(timeoutMs, () => reject(error));
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      timer?.cancel();
    }
  }

  #admit(driver: Driver, offers: readonly OfferedTag[]): void {
    const { log, limits, offer } = this.#options;
    for (const offered of offers) {
      if (!offer.some((pattern) => covers(pattern, offered.name))) continue;
      const other = this.#entries.get(offered.name)?.driver.name;
      if (other !== undefined) {
        log.warn({ tag: offered.name, driver: driver.name, other }, 'Two drivers offer the same tag; the first one keeps it');
      } else if (this.#entries.size >= limits.ioTags) {
        log.warn({ tag: offered.name, driver: driver.name, limit: limits.ioTags }, 'Too many I/O tags; this one is left out');
      } else {
        this.#add(driver, offered);
      }
    }
  }

  #add(driver: Driver, offered: OfferedTag): void {
    const { clock, limits } = this.#options;
    const key = `${driver.name}/${offered.device}`;
    let device = this.#devices.get(key);
    if (device === undefined) {
      device = new Device({ clock, name: key, maxQueued: limits.actuationsQueued });
      this.#devices.set(key, device);
    }
    const { unit, description, samplingMs, writable } = offered;
    const about: IoTagInfo = { unit, description, samplingMs, writable, driver: driver.name };
    this.#entries.set(offered.name, {
      offered,
      about,
      driver,
      device,
      latest: undefined,
      sampling: undefined,
      timer: undefined,
    });
  }

  #listen(driver: Driver): void {
    if (driver.listen === undefined) return;
    const stop = driver.listen((name, value) => {
      const entry = this.#entries.get(name);
      if (entry === undefined || entry.driver !== driver || this.#stopped) return;
      this.#take(entry, value, true);
    });
    this.#stops.push(stop);
  }

  #schedule(entry: Entry): void {
    const { samplingMs } = entry.offered;
    if (samplingMs === null || this.#stopped) return;
    const periodMs = Math.max(samplingMs, this.#options.limits.samplingMinMs);
    entry.timer = this.#options.clock.setTimer(periodMs, () => {
      void this.#sample(entry).finally(() => this.#schedule(entry));
    });
  }

  /** Takes one reading; never rejects. Whoever asks while one is being taken gets the same. */
  #sample(entry: Entry): Promise<IoReading> {
    entry.sampling ??= this.#sampleNow(entry).finally(() => {
      entry.sampling = undefined;
    });
    return entry.sampling;
  }

  async #sampleNow(entry: Entry): Promise<IoReading> {
    try {
      return await entry.device.call(entry.offered.timeoutMs, (signal) => this.#read(entry, signal));
    } catch (error) {
      return this.#fail(entry, error);
    }
  }

  /** One reading, while the device is ours; a failure is a reading too, unless the time is over. */
  async #read(entry: Entry, signal: AbortSignal): Promise<IoReading> {
    let value: TagValue;
    try {
      value = await entry.driver.sample(entry.offered.name, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#fail(entry, error);
    }
    signal.throwIfAborted();
    return this.#take(entry, value, false);
  }

  #take(entry: Entry, value: unknown, always: boolean): IoReading {
    let checked: TagValue;
    try {
      checked = boundedValue(value, this.#options.limits.ioValueBytes);
    } catch (error) {
      return this.#fail(entry, error);
    }
    this.#count('sm_driver_samples_total', entry.driver, 'read');
    return this.#note(entry, checked, entry.about, always);
  }

  #fail(entry: Entry, error: unknown): IoReading {
    this.#count('sm_driver_samples_total', entry.driver, 'failed');
    return this.#note(entry, null, { ...entry.about, problem: problemOf(error) }, false);
  }

  #note(entry: Entry, value: TagValue, about: IoTagInfo, always: boolean): IoReading {
    const reading: IoReading = { name: entry.offered.name, value, about, atMs: this.#options.clock.monotonicMs() };
    const before = entry.latest;
    const changed = before === undefined || before.about.problem !== about.problem || !sameValue(before.value, value);
    entry.latest = reading;
    if ((changed || always) && !this.#stopped) this.#options.publish(reading);
    return reading;
  }

  #count(metric: string, driver: Driver, outcome: string): void {
    this.#options.metrics.count(metric, { driver: driver.name, outcome });
  }
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
