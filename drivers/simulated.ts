/**
 * Devices that are not there: for demonstrations, examples and lessons. Their descriptions say so, wherever they are shown.
 * Times count from the start of the node, on monotonic time.
 */
import { DataError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Clock, Timer } from '../core/ports.ts';
import type { TagValue } from '../core/tags.ts';
import type { SimulatedConfig } from './config.ts';
import type { Driver, Emit, OfferedTag } from './driver.ts';

/** One simulated device. */
interface Device {
  readonly tags: readonly OfferedTag[];
  sample(name: string): TagValue;
  actuate?(name: string, value: TagValue): TagValue;
  /** Begins what it does by itself. */
  run?(): void;
  stop?(): void;
}

export function createSimulatedDriver(options: { readonly clock: Clock; readonly devices: readonly SimulatedConfig[] }): Driver {
  let emit: Emit = () => undefined;
  const say: Emit = (name, value) => emit(name, value);
  const devices = options.devices.map((config) => createDevice(config, options.clock, say));
  const deviceOf = (name: string): Device => {
    const device = devices.find(({ tags }) => tags.some((tag) => tag.name === name));
    if (device === undefined) throw new DataError('not-found', `no simulated device has ${name}`);
    return device;
  };
  return {
    name: 'simulated',
    async discover() {
      return devices.flatMap(({ tags }) => tags);
    },
    async sample(name) {
      return deviceOf(name).sample(name);
    },
    async actuate(name, value) {
      const device = deviceOf(name);
      if (device.actuate === undefined) throw new DataError('bad-value', `${name} cannot be driven`);
      return device.actuate(name, value);
    },
    listen(listener) {
      emit = listener;
      for (const device of devices) device.run?.();
      return () => {
        emit = () => undefined;
        for (const device of devices) device.stop?.();
      };
    },
  };
}

function createDevice(config: SimulatedConfig, clock: Clock, say: Emit): Device {
  switch (config.kind) {
    case 'thermometer':
      return thermometer(config, clock);
    case 'light':
      return light(config, clock, say);
    case 'signal':
      return signal(config, clock, say);
    case 'fire-detector':
      return fireDetector(config, clock, say);
    case 'camera':
      return camera(config, clock, say);
  }
}

type Of<Kind extends SimulatedConfig['kind']> = Extract<SimulatedConfig, { kind: Kind }>;

function offered(
  name: string,
  what: string,
  about: { readonly unit?: string; readonly writable?: boolean; readonly samplingMs?: number },
): OfferedTag {
  return {
    name,
    device: name,
    unit: about.unit ?? '',
    description: `simulated ${what}`,
    samplingMs: about.samplingMs ?? null,
    writable: about.writable ?? false,
    driver: 'simulated',
    timeoutMs: LIMITS.driverTimeoutMs,
  };
}

/** The value, swinging like a sine once per period. */
function thermometer(config: Of<'thermometer'>, clock: Clock): Device {
  const startMs = clock.monotonicMs();
  return {
    tags: [offered(config.tag, 'thermometer', { unit: config.unit, samplingMs: 1000 })],
    sample() {
      const turn = (2 * Math.PI * (clock.monotonicMs() - startMs)) / config.periodMs;
      return Math.round((config.value + config.swing * Math.sin(turn)) * 10) / 10;
    },
  };
}

function light(config: Of<'light'>, clock: Clock, say: Emit): Device {
  const switchTag = `${config.tag}-switch`;
  const statusTag = `${config.tag}-status`;
  let position = 0;
  let status = 0;
  const pending = new Set<Timer>();
  return {
    tags: [
      offered(switchTag, 'light switch: 1 on, 0 off', { writable: true }),
      offered(statusTag, 'light status: 1 shines, 0 dark; follows the switch after a delay', {}),
    ],
    sample: (name) => (name === switchTag ? position : status),
    actuate(name, value) {
      if (name !== switchTag) throw new DataError('bad-value', `${name} shows what the light does; drive ${switchTag}`);
      if (value !== 0 && value !== 1 && typeof value !== 'boolean') {
        throw new DataError('bad-value', `${name} takes 1 or 0, not ${JSON.stringify(value)}`);
      }
      const wanted = Number(value);
      position = wanted;
      const timer = clock.setTimer(config.delayMs, () => {
        pending.delete(timer);
        status = wanted;
        say(statusTag, status);
      });
      pending.add(timer);
      return position;
    },
    stop() {
      for (const timer of pending) timer.cancel();
    },
  };
}

function signal(config: Of<'signal'>, clock: Clock, say: Emit): Device {
  let value: TagValue = null;
  const repeat = repeating(clock, config.everyMs, () => {
    value = config.value;
    say(config.tag, value);
  });
  return {
    tags: [offered(config.tag, 'signal', { writable: true })],
    sample: () => value,
    actuate(_name, given) {
      value = given;
      // The same signal twice is two signals.
      say(config.tag, value);
      return value;
    },
    ...repeat,
  };
}

function fireDetector(config: Of<'fire-detector'>, clock: Clock, say: Emit): Device {
  let fire = false;
  const timers: Timer[] = [];
  const set = (burning: boolean) => {
    fire = burning;
    say(config.tag, fire);
  };
  return {
    tags: [offered(config.tag, 'fire detector; write true to light a fire, false to put it out', { writable: true })],
    sample: () => fire,
    actuate(name, value) {
      if (typeof value !== 'boolean') throw new DataError('bad-value', `${name} takes true or false, not ${JSON.stringify(value)}`);
      set(value);
      return value;
    },
    run() {
      if (config.startMs === null) return;
      timers.push(clock.setTimer(config.startMs, () => set(true)));
      timers.push(clock.setTimer(config.startMs + config.durationMs, () => set(false)));
    },
    stop() {
      for (const timer of timers) timer.cancel();
    },
  };
}

function camera(config: Of<'camera'>, clock: Clock, say: Emit): Device {
  const startMs = clock.monotonicMs();
  let number = 0;
  const take = (): TagValue => {
    const elapsedMs = clock.monotonicMs() - startMs;
    const red = config.redFromMs !== null && elapsedMs >= config.redFromMs && elapsedMs < config.redFromMs + config.redForMs;
    number += 1;
    return { number, ...(red ? RED_PICTURE : GREEN_PICTURE) };
  };
  let picture: TagValue = null;
  const snap = () => {
    picture = take();
    say(config.tag, picture);
    return picture;
  };
  return {
    tags: [offered(config.tag, 'camera: mean red, green and blue of the picture, 0 to 1; write true to take one now', { writable: true })],
    sample: () => picture ?? (picture = take()),
    actuate(name, value) {
      if (value !== true) throw new DataError('bad-value', `${name} takes its own pictures; write true to have one taken now`);
      return snap();
    },
    ...repeating(clock, config.everyMs, snap),
  };
}

const RED_PICTURE = { red: 0.83, green: 0.31, blue: 0.12 };
const GREEN_PICTURE = { red: 0.22, green: 0.47, blue: 0.26 };

/** Does something every `everyMs`, or never. */
function repeating(clock: Clock, everyMs: number | null, act: () => void): Pick<Device, 'run' | 'stop'> {
  let timer: Timer | undefined;
  const next = (): void => {
    if (everyMs === null) return;
    timer = clock.setTimer(everyMs, () => {
      act();
      next();
    });
  };
  return { run: next, stop: () => timer?.cancel() };
}
