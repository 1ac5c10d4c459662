/** Scenarios: files that say what is simulated. Everything is checked when it is read; every error names its file, line and field. */
import { LIMITS } from '../../core/limits.ts';
import { referencePage } from '../../runtime/config/describe.ts';
import { formatProblem, readDocument, requireValid } from '../../runtime/config/document.ts';
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
  text,
  whole,
  type Schema,
} from '../../runtime/config/schema.ts';
import { ROUTERS } from '../check/hop-bounds.ts';
import { CALM } from '../faults/storm.ts';
import { IDEAL_CPU } from '../node/cpu.ts';
import { BEACON_TIMES } from '../world.ts';
import { deviceProblem, devices } from './devices.ts';
import { mobility, placement, power, radio } from './surroundings.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const RATE_MOST = 10_000;

const probability = decimal(0, 1);
const time = duration(0, DAY_MS);
const file = text('the path of a file');

const programSchema = refine(
  record({
    file: required(file, 'A program, as for sm compile.'),
    at: optional(
      oneOf(['random', 'everywhere', 'first']),
      'random',
      'At which node it is launched: a random one each time, every one, or node 0.',
    ),
    startMs: optional(time, 0, 'When it is launched first.'),
    count: optional(whole(1, 1_000_000), 1, 'How often.'),
    perSecond: optional(
      nullable(decimal(0.001, RATE_MOST)),
      null,
      'How many a second, at random times (a Poisson process); all at once when not given.',
    ),
    args: optional(text('JSON text of an object'), '{}', 'The arguments, as JSON.'),
    transient: optional(flag, false, 'Whether it is lost with a node; then it cannot be guarded.'),
    inDoubt: optional(nullable(oneOf(['wait', 'duplicate', 'drop'])), null, 'What happens when a hand-off stays in doubt.'),
    guard: optional(whole(0, LIMITS.guardsPerSm), 0, 'At how many of its last nodes copies stay.'),
    hops: optional(whole(1, 1_000_000), 1000, 'Its budget of hops, and the bound of the checker `loops` where there is no nearer one.'),
    journeys: optional(
      nullable(
        record({
          via: required(oneOf(ROUTERS), 'By which router.'),
          most: required(whole(1, 10_000), 'How many at most, the way home included.'),
        }),
      ),
      null,
      'What it does besides staying where it is, for the checker `loops`: more hops than its router takes for them are a loop.',
    ),
  }),
  ({ args, transient, guard }) => {
    if (transient && guard > 0) return `guard is ${guard}; expected 0, because the program is transient`;
    return isJsonObject(args) ? undefined : `args is ${JSON.stringify(args)}; expected JSON text of an object, such as '{"visits": 3}'`;
  },
);

const perMinute = decimal(0, RATE_MOST);

/** What goes wrong, while it lasts. */
const faults = record({
  forMs: optional(time, 0, 'How long, from the beginning; then everything is mended.'),
  loss: optional(probability, 0, 'Messages that do not arrive.'),
  silentLoss: optional(probability, 0, 'Messages that do not arrive although the radio says so.'),
  lostAcknowledgement: optional(probability, 0, 'Messages that arrive and are sent again.'),
  duplication: optional(probability, 0, 'Messages that arrive twice.'),
  delay: optional(probability, 0, 'Messages that are late.'),
  delayMs: optional(time, 500, 'How late at most.'),
  crashesPerMinute: optional(perMinute, 0, 'Power cuts, in the whole network.'),
  siteCrashesPerMinute: optional(perMinute, 0, 'Power cuts at a named step of the hand-off.'),
  partitionsPerMinute: optional(perMinute, 0, 'Half of the network hears the other half no more, in one direction or both.'),
  clogsPerMinute: optional(perMinute, 0, 'A link holds everything up.'),
  clockJumpsPerMinute: optional(perMinute, 0, 'A wall clock is set wrongly.'),
  deathsPerMinute: optional(perMinute, 0, 'Nodes that lose their power for good; two are always left.'),
  erasuresPerMinute: optional(perMinute, 0, 'Nodes that lose their power and their disk, and come back with an empty one.'),
  outageMs: optional(time, CALM.outageMs, 'How long each of these lasts at most.'),
  clockJumpMs: optional(time, CALM.clockJumpMs, 'How far a clock jumps at most.'),
});

const { weather, ...calm } = CALM;
const NO_FAULTS = { ...calm, ...weather, delayMs: 500 };

const costMs = decimal(0, 60_000);

const keys = record({
  seed: optional(text(), '1', 'Decides everything that is left to chance; --seed overrides it.'),
  nodes: required(whole(1, LIMITS.simNodes), 'How many. They are called n0, n1, n2 ...'),
  forMs: required(duration(1, DAY_MS), 'Virtual time, from when the nodes are on.'),
  placement: required(placement, 'Where the nodes stand.'),
  radio: required(radio, 'How they reach each other.'),
  mobility: optional(mobility, { kind: 'still' } as const, 'How they move.'),
  power: optional(nullable(power), null, 'What the nodes draw; nothing: energy is not looked at.'),
  beacons: optional(
    record({
      intervalMs: optional(duration(10, DAY_MS), BEACON_TIMES.beaconIntervalMs, 'How often a node says that it is there.'),
      missed: optional(whole(1, 100), BEACON_TIMES.beaconMissed, 'Missed beacons after which a neighbour is gone.'),
    }),
    { intervalMs: BEACON_TIMES.beaconIntervalMs, missed: BEACON_TIMES.beaconMissed },
    'How neighbours are found and missed.',
  ),
  cpu: optional(
    record({
      sliceMs: optional(costMs, IDEAL_CPU.sliceMs, 'Every slice of a program.'),
      stepsPerMs: optional(decimal(1, 1e9), IDEAL_CPU.stepsPerMs, 'Turns of loops and calls in a millisecond.'),
      messageMs: optional(costMs, IDEAL_CPU.messageMs, 'Every message that is received.'),
      kilobyteMs: optional(costMs, IDEAL_CPU.kilobyteMs, 'Every kilobyte of it.'),
    }),
    IDEAL_CPU,
    "What a node's processor costs.",
  ),
  diskFlushMs: optional(decimal(0, 60_000), 0.43, 'Until a write is durable; 0 for nodes with memory only.'),
  devices: optional(devices, [], 'What nodes can read as I/O tags.'),
  programs: required(list(programSchema, LIMITS.simPrograms), 'What is launched.'),
  faults: optional(faults, NO_FAULTS, 'What goes wrong.'),
});

export const scenarioSchema = refine(keys, ({ devices: wanted, nodes }) => deviceProblem(wanted, nodes));

type ValueOf<S> = S extends Schema<infer T> ? T : never;
export type Scenario = ValueOf<typeof scenarioSchema>;
export type ScenarioProgram = Scenario['programs'][number];

/** Reads a scenario. Throws MisuseError `bad-scenario` that names every problem with its place. */
export function parseScenario(content: string, name: string): Scenario {
  return requireValid(readDocument(content, scenarioSchema), name, 'bad-scenario');
}

/** Everything that is wrong with a scenario, with places; empty when nothing is. */
export function checkScenario(content: string, name: string): readonly string[] {
  return readDocument(content, scenarioSchema).problems.map((problem) => formatProblem(name, problem));
}

/** The reference page of scenarios. */
export function describeScenario(): string {
  return referencePage(INTRODUCTION, scenarioSchema);
}

const INTRODUCTION = `
# Scenarios

What \`sm sim run\` plays: a YAML file. It is checked when it is read; every mistake is told with line, column, field and what is allowed there. Times take
units: \`500ms\`, \`10s\`, \`5m\`; a bare number is milliseconds. Files are named as seen from the scenario. What the models of radios and
movement mean is on [a page of its own](simulator-models.md).

\`\`\`yaml
nodes: 40
forMs: 60s
placement: { kind: uniform, widthM: 600, heightM: 600 }
radio: { kind: wifi, standard: 802.11n, rangeM: 150 }
devices:
  - tag: io:temperature
    unit: celsius
    share: 0.5
    reading: { kind: field, base: 18, northPerM: 0.01, swing: 4, periodMs: 60s, noise: 0.2 }
programs:
  - file: rambler.ts
    count: 60
    perSecond: 2
    args: '{"hops": 15}'
faults:
  forMs: 40s
  loss: 0.02
  crashesPerMinute: 6
\`\`\`
`;

function isJsonObject(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}
