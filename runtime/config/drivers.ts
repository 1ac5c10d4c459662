/** The `drivers` section of the configuration file. */
import { LIMITS } from '../../core/limits.ts';
import type { TagValue } from '../../core/tags.ts';
import type { DriversConfig, ExecTagConfig, FileTagConfig, ParseConfig, SimulatedConfig } from '../../drivers/config.ts';
import {
  decimal,
  duration,
  flag,
  list,
  nullable,
  oneOf,
  optional,
  record,
  refine,
  required,
  scalar,
  text,
  type Field,
  type Schema,
} from './schema.ts';
import { variants } from './variants.ts';

const DAY_MS = 86_400_000;
const MAX_DEVICES = 256;

export const ioTag = text(
  'a tag name beginning with io:, such as io:temperature/garden',
  /^io:[A-Za-z0-9][A-Za-z0-9._/-]*$/,
  LIMITS.tagNameBytes,
);
const offerPattern = text('a tag name, or a prefix ending in *, such as io:* or *', /^(?:\*|io:[^\s*]*\*?)$/, LIMITS.tagNameBytes);
const samplingMs = duration(LIMITS.samplingMinMs, DAY_MS);
const unit = optional(text('a unit such as celsius', /^[^\p{Cc}]*$/u, 32), '', 'Unit of the value, for people and programs.');
const description = optional(text('text of at most 200 characters', /^[^\p{Cc}]*$/u, 200), '', 'What it is, for people.');
const path = text('an absolute path', /^\/[^\p{Cc}]*$/u, 1024);
const number = decimal(-1e15, 1e15);

const pattern: Schema<string> = scalar('a regular expression', (value) => {
  if (typeof value !== 'string' || value.length > 500) return undefined;
  try {
    RegExp(value, 'm');
    return value;
  } catch {
    return undefined;
  }
});

const parse: { readonly [K in keyof ParseConfig]: Field<ParseConfig[K]> } = {
  match: optional(nullable(pattern), null, 'Its first group, or whole match, is the value.'),
  field: optional(
    nullable(text('a dotted path such as main.temp', /^[^\s.]+(?:\.[^\s.]+)*$/, 200)),
    null,
    'Where the value stands in the text as JSON.',
  ),
  type: optional(oneOf(['number', 'text', 'boolean', 'json']), 'number', 'What kind of value it is.'),
  scale: optional(
    refine(number, (value) => (value === 0 ? 'is 0; every reading would be the same' : undefined)),
    1,
    'The number is multiplied by this.',
  ),
  offset: optional(number, 0, 'This is added after scaling.'),
};

const fileTag: Schema<FileTagConfig> = record({
  tag: required(ioTag, 'Name of the I/O tag.'),
  path: required(path, 'The file.'),
  ...parse,
  unit,
  description,
  samplingMs: optional(nullable(samplingMs), 5000, 'How often it is read; nothing: only when a program asks.'),
  writable: optional(flag, false, 'Whether programs may write it, policy permitting.'),
});

const argv = refine(list(text('a program or an argument', /^[^\0]*$/u, 4096), 64), (words) =>
  words.length === 0 || words[0] === '' ? 'is empty; expected a program and its arguments' : undefined,
);

/** A name space of their own, so that policy can speak of all of them at once. */
const execName = text('a tag name beginning with io:exec/', /^io:exec\/[A-Za-z0-9][A-Za-z0-9._/-]*$/, LIMITS.tagNameBytes);

const execTag: Schema<ExecTagConfig> = refine(
  record({
    tag: required(execName, 'Name of the I/O tag.'),
    read: optional(nullable(argv), null, 'Program and arguments that print the reading.'),
    write: optional(nullable(argv), null, 'Program and arguments that get the value as JSON on standard input.'),
    ...parse,
    unit,
    description,
    samplingMs: optional(nullable(samplingMs), null, 'How often it is run; nothing: only when a program asks.'),
    timeoutMs: optional(duration(10, 600_000), LIMITS.driverTimeoutMs, 'It is killed after this time.'),
  }),
  (tag) => (tag.read === null && tag.write === null ? 'has neither read nor write; expected at least one of them' : undefined),
);

const signalValue: Schema<TagValue> = scalar<null | boolean | number | string>('text, a number, true or false', (value) => value);

const simulated: Schema<SimulatedConfig> = variants('kind', {
  thermometer: record({
    kind: required(oneOf(['thermometer']), 'A thermometer.'),
    tag: optional(ioTag, 'io:thermometer', 'Name of the I/O tag.'),
    value: required(number, 'What it shows.'),
    unit: optional(text('a unit such as celsius', /^[^\p{Cc}]*$/u, 32), 'celsius', 'Unit of the value.'),
    swing: optional(decimal(0, 1000), 0, 'How far the value swings around it.'),
    periodMs: optional(duration(100, DAY_MS), 60_000, 'Time of one swing.'),
  }),
  light: record({
    kind: required(oneOf(['light']), 'A lamp with a switch.'),
    tag: optional(ioTag, 'io:light', 'Its tags are this name with -switch and -status.'),
    delayMs: optional(duration(0, 60_000), 200, 'How long the lamp takes to follow the switch.'),
  }),
  signal: record({
    kind: required(oneOf(['signal']), 'Something that signals.'),
    tag: optional(ioTag, 'io:signal', 'Name of the I/O tag.'),
    everyMs: optional(nullable(duration(10, DAY_MS)), null, 'How often it comes by itself; nothing: only when written.'),
    value: optional(signalValue, true, 'What it is then.'),
  }),
  'fire-detector': record({
    kind: required(oneOf(['fire-detector']), 'A fire detector.'),
    tag: optional(ioTag, 'io:fire', 'Name of the I/O tag.'),
    startMs: optional(nullable(duration(0, DAY_MS)), null, 'When a fire begins, after start; nothing: only when written.'),
    durationMs: optional(duration(1, DAY_MS), 60_000, 'How long it burns.'),
  }),
  camera: record({
    kind: required(oneOf(['camera']), 'A camera.'),
    tag: optional(ioTag, 'io:camera', 'Name of the I/O tag.'),
    everyMs: optional(duration(50, DAY_MS), 2000, 'How often it takes a picture.'),
    redFromMs: optional(nullable(duration(0, DAY_MS)), null, 'From when on pictures are red, after start; nothing: never.'),
    redForMs: optional(duration(1, DAY_MS), 60_000, 'For how long they are.'),
  }),
});

const host = { enabled: true, samplingMs: 2000 };
const sensors = { enabled: true, samplingMs: 5000 };

export const DEFAULT_DRIVERS: DriversConfig = {
  offer: ['*'],
  host,
  sensors,
  files: [],
  exec: { enabled: false, commands: [] },
  simulated: [],
};

export const driversSchema: Schema<DriversConfig> = record({
  offer: optional(list(offerPattern, MAX_DEVICES), DEFAULT_DRIVERS.offer, 'Which of the tags that drivers have are offered.'),
  host: optional(
    record({
      enabled: optional(flag, host.enabled, 'Load, memory, network and disk counters, the daemon itself.'),
      samplingMs: optional(samplingMs, host.samplingMs, 'How often they are read.'),
    }),
    host,
    'What the computer says of itself.',
  ),
  sensors: optional(
    record({
      enabled: optional(flag, sensors.enabled, 'Look for sensors that the kernel knows.'),
      samplingMs: optional(samplingMs, sensors.samplingMs, 'How often they are read.'),
    }),
    sensors,
    'Temperature, humidity, fan, voltage, current and power sensors found under /sys.',
  ),
  files: optional(list(fileTag, MAX_DEVICES), [], 'Files that stand for hardware.'),
  exec: optional(
    record({
      enabled: optional(flag, false, 'Off unless turned on: programs on this node then run when Smart Messages ask.'),
      commands: optional(list(execTag, MAX_DEVICES), [], 'The programs.'),
    }),
    DEFAULT_DRIVERS.exec,
    'Tags kept by programs of your choice.',
  ),
  simulated: optional(list(simulated, MAX_DEVICES), [], 'Devices that are not there, for examples and lessons.'),
});
