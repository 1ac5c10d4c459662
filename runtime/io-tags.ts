/** Between the drivers and the tag space: readings become tags, and what programs ask of devices is carried out and answered. */
import { SmError } from '../core/errors.ts';
import type { SmId } from '../core/ids.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { IoReading } from '../drivers/driver.ts';
import type { DriverRegistry } from '../drivers/registry.ts';
import type { ResumeEvent } from '../sandbox/guest/boundary.ts';
import type { Engine } from './engine/engine.ts';
import type { Actuation, Sensing } from './worker/protocol.ts';

export interface IoTagsOptions {
  readonly registry: () => DriverRegistry;
  readonly engine: () => Engine;
  readonly clock: Clock;
  readonly log: Log;
}

export class IoTags {
  readonly #options: IoTagsOptions;

  constructor(options: IoTagsOptions) {
    this.#options = options;
  }

  /** A new reading, for {@link DriverRegistry}. */
  publish({ name, value, about }: IoReading): void {
    this.#options
      .engine()
      .applyExternal([{ kind: 'publish', name, value, about }])
      .catch((error: unknown) => this.#options.log.debug({ err: error, tag: name }, 'a reading was not taken'));
  }

  /** Answers a program that waits for a fresh reading. */
  sense(smId: SmId, { op, name, maxAgeMs }: Sensing): void {
    this.#answer(smId, op, () => this.read(name, maxAgeMs));
  }

  /** Drives a device, and tells the program that waits for it, if one does. A program that only wrote the tag learns of a failure from the log. */
  actuate(smId: SmId, { op, name, value, timeoutMs }: Actuation): void {
    const done = this.#options.registry().actuate(name, value);
    if (op === null) {
      done.catch((error: unknown) => this.#options.log.warn({ err: error, smId, tag: name }, 'a device did not do what a program wrote'));
      return;
    }
    this.#answer(smId, op, () => (timeoutMs === null ? done.then(() => null) : this.#within(timeoutMs, name, done)));
  }

  /** A reading at most `maxAgeMs` old, as a tag. Rejects as {@link DriverRegistry.sense} does. */
  async read(name: string, maxAgeMs: number): Promise<{ value: unknown; version: number; unit: string; ageMs: number }> {
    const reading = await this.#options.registry().sense(name, maxAgeMs);
    // The reading was published before this; once an empty change is answered, the tag has its version.
    await this.#options.engine().applyExternal([]);
    const nowMs = this.#options.clock.monotonicMs();
    const version = this.#options.engine().tags.read(name, nowMs)?.version ?? 0;
    return { value: reading.value, version, unit: reading.about.unit, ageMs: Math.max(0, Math.round(nowMs - reading.atMs)) };
  }

  async #within(timeoutMs: number, name: string, done: Promise<unknown>): Promise<null> {
    let stop: () => void = () => {};
    const late = new Promise<never>((_, reject) => {
      const timer = this.#options.clock.setTimer(timeoutMs, () =>
        reject(Object.assign(new Error(`${name} was not done after ${timeoutMs} ms; it may still be`), { name: 'TimeoutError' })),
      );
      stop = () => timer.cancel();
    });
    try {
      await Promise.race([done, late]);
      return null;
    } finally {
      stop();
    }
  }

  #answer(smId: SmId, op: number, work: () => Promise<unknown>): void {
    work().then(
      (value) => this.#options.engine().resume(smId, [{ op, value }]),
      (error: unknown) => this.#options.engine().resume(smId, [failure(op, error)]),
    );
  }
}

function failure(op: number, error: unknown): ResumeEvent {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SmError) return { op, error: { name: 'DeviceError', message, data: { code: error.code } } };
  return { op, error: { name: error instanceof Error ? error.name : 'DeviceError', message } };
}
