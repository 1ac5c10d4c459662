/** The part of a scenario that says which nodes have which sensors, and what these show. */
import { LIMITS } from '../../core/limits.ts';
import { ioTag } from '../../runtime/config/drivers.ts';
import {
  decimal,
  duration,
  list,
  nullable,
  oneOf,
  optional,
  record,
  refine,
  required,
  scalar,
  text,
  whole,
  type Schema,
} from '../../runtime/config/schema.ts';
import { variants } from '../../runtime/config/variants.ts';
import { measured, type Field } from '../devices/field.ts';
import { Recording } from '../devices/recording.ts';
import type { Sensor } from '../devices/sensors.ts';
import type { NodeIndex } from '../medium.ts';
import type { Trajectory } from '../mobility/trajectory.ts';
import { RandomStream } from '../random.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FAR_M = 1e6;
const DEVICES_MOST = 64;
const SPOTS_MOST = 256;

const number = decimal(-1e15, 1e15);
const coordinate = decimal(-FAR_M, FAR_M);
const time = duration(0, DAY_MS);
const kind = <const Word extends string>(word: Word) => required(oneOf([word]), 'Which kind.');
const plainValue = scalar<boolean | number | string>('text, a number, true or false', (value) => value ?? undefined);

const spot = record({
  xM: required(coordinate, 'East of the corner.'),
  yM: required(coordinate, 'North of the corner.'),
  value: required(number, 'How much more it is in the middle.'),
  radiusM: required(decimal(0.001, FAR_M), 'Where 61 % of that are left: the standard deviation of a bell.'),
  fromMs: optional(time, 0, 'When it begins.'),
  untilMs: optional(nullable(time), null, 'When it is over; nothing: never.'),
});

/** What a sensor shows. */
const reading = variants('kind', {
  constant: record({ kind: kind('constant'), value: required(plainValue, 'Always this.') }),
  recording: record({
    kind: kind('recording'),
    path: required(text('the path of a file'), 'A table timeMs,node,value; a node shows its last reading, and none before its first.'),
  }),
  field: record({
    kind: kind('field'),
    base: required(number, 'At the corner, in the beginning.'),
    eastPerM: optional(number, 0, 'How much more for each metre east.'),
    northPerM: optional(number, 0, 'How much more for each metre north.'),
    swing: optional(decimal(0, 1e15), 0, 'How far everything swings, as a sine.'),
    periodMs: optional(duration(1, DAY_MS), DAY_MS, 'Time of one swing.'),
    spots: optional(list(spot, SPOTS_MOST), [], 'Where it is more, or less.'),
    noise: optional(decimal(0, 1e15), 0, 'Standard deviation of what a sensor errs by, drawn anew for each reading.'),
  }),
});

const device = refine(
  record({
    tag: required(ioTag, 'Name of the I/O tag.'),
    unit: optional(text('a unit such as celsius', /^[^\p{Cc}]*$/u, 32), '', 'Unit of the value.'),
    nodes: optional(
      nullable(list(whole(0, LIMITS.simNodes - 1), LIMITS.simNodes)),
      null,
      'Numbers of the nodes that have it; all, or with a recording those that it names, when not given.',
    ),
    share: optional(nullable(decimal(0, 1)), null, 'The chance of each node to have it, in place of their numbers.'),
    samplingMs: optional(
      nullable(duration(LIMITS.samplingMinMs, DAY_MS)),
      5_000,
      'How often it is read by itself; nothing: only when programs sense.',
    ),
    reading: required(reading, 'What it shows.'),
  }),
  ({ nodes, share }) => (nodes !== null && share !== null ? 'has both nodes and share; expected one of them' : undefined),
);

export const devices = list(device, DEVICES_MOST);

type ValueOf<S> = S extends Schema<infer T> ? T : never;
export type ScenarioDevice = ValueOf<typeof devices>[number];

/** What is wrong with the devices of a network of so many nodes; undefined when nothing is. */
export function deviceProblem(wanted: readonly ScenarioDevice[], count: number): string | undefined {
  for (const [index, { nodes, tag }] of wanted.entries()) {
    const stranger = nodes?.find((node) => node >= count);
    if (stranger !== undefined) return `devices[${index}].nodes names ${stranger}; expected numbers from 0 to ${count - 1}`;
    const earlier = wanted.slice(0, index).findIndex((other) => other.tag === tag && mayMeet(other.nodes, nodes));
    if (earlier >= 0) return `devices[${index}].tag is ${tag}, as is devices[${earlier}].tag; expected different nodes for the same tag`;
  }
  return undefined;
}

function mayMeet(one: readonly NodeIndex[] | null, other: readonly NodeIndex[] | null): boolean {
  return one === null || other === null || one.some((node) => other.includes(node));
}

export interface DeviceParts {
  readonly seed: string;
  readonly trajectories: readonly Trajectory[];
  /** Text of a file that the scenario names. */
  readonly read: (path: string) => string;
}

/** The sensors of each node. Throws DataError `bad-file` and MisuseError `no-file` for recordings. */
export function sensorsOf(wanted: readonly ScenarioDevice[], { seed, trajectories, read }: DeviceParts): readonly (readonly Sensor[])[] {
  const sensors = trajectories.map((): Sensor[] => []);
  for (const [index, one] of wanted.entries()) {
    const random = RandomStream.of(seed, `devices/${index}`);
    const { tag, unit, samplingMs } = one;
    const recording =
      one.reading.kind === 'recording' ? Recording.read(read(one.reading.path), one.reading.path, trajectories.length) : null;
    for (const [node, trajectory] of trajectories.entries()) {
      if (!hasIt(one, node, recording, random)) continue;
      sensors[node]!.push({ tag, unit, samplingMs, read: readerOf(one, { node, trajectory, recording, random }) });
    }
  }
  return sensors;
}

/** Keys of the streams of one device. */
const CHOICE = 0;
const NOISE = 1;

function hasIt({ nodes, share }: ScenarioDevice, node: NodeIndex, recording: Recording | null, random: RandomStream): boolean {
  if (nodes !== null) return nodes.includes(node);
  if (share !== null) return random.keyed(CHOICE, node).chance(share);
  return recording?.has(node) ?? true;
}

interface Place {
  readonly node: NodeIndex;
  readonly trajectory: Trajectory;
  readonly recording: Recording | null;
  readonly random: RandomStream;
}

function readerOf({ reading: shows }: ScenarioDevice, { node, trajectory, recording, random }: Place): Sensor['read'] {
  switch (shows.kind) {
    case 'constant':
      return () => shows.value;
    case 'recording':
      return (timeMs) => recording!.at(node, timeMs);
    case 'field': {
      const field: Field = shows;
      const errs = random.keyed(NOISE, node);
      return (timeMs) => measured(field, trajectory.positionAt(timeMs), timeMs, errs);
    }
  }
}
