/** The parts of a scenario that say where nodes are, how they move, how they reach each other, and what that costs them. */
import { LIMITS } from '../../core/limits.ts';
import { decimal, duration, list, nullable, oneOf, optional, record, refine, required, text, whole } from '../../runtime/config/schema.ts';
import { variants } from '../../runtime/config/variants.ts';
import { BOARD_DRAWS, RADIO_DRAWS } from '../power/presets.ts';
import { SURROUNDINGS } from '../radio/presets.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FAR_M = 1e6;
const NEAR_M = 1e-3;
const VOIDS_MOST = 256;
const BATTERY_MOST_J = 1e9;

/** A place, or a distance that may be none. */
const coordinate = decimal(0, FAR_M);
const metres = decimal(NEAR_M, FAR_M);
const probability = decimal(0, 1);
const time = duration(0, DAY_MS);
const speed = decimal(0.001, 1000);
const file = text('the path of a file');

function namesOf<Name extends string>(presets: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(presets) as Name[];
}

const areaKeys = {
  widthM: required(metres, 'East to west, in metres.'),
  heightM: required(metres, 'South to north, in metres.'),
};
const kind = <const Word extends string>(word: Word) => required(oneOf([word]), 'Which kind.');

const hole = record({
  xM: required(coordinate, 'East of the corner.'),
  yM: required(coordinate, 'North of the corner.'),
  radiusM: required(metres, 'Of the circle.'),
});

/** Where nodes stand, or begin. */
export const placement = variants('kind', {
  line: record({ kind: kind('line'), spacingM: required(metres, 'Between neighbours.') }),
  grid: record({
    kind: kind('grid'),
    columns: required(whole(1, LIMITS.simNodes), 'Nodes in a row.'),
    spacingM: required(metres, 'Between neighbours.'),
  }),
  uniform: record({
    kind: kind('uniform'),
    ...areaKeys,
    voids: optional(list(hole, VOIDS_MOST), [], 'Circles in which nobody stands.'),
  }),
  connected: record({
    kind: kind('connected'),
    ...areaKeys,
    voids: optional(list(hole, VOIDS_MOST), [], 'Circles in which nobody stands.'),
    rangeM: required(metres, 'Drawn again until everybody reaches everybody at this range.'),
  }),
  clustered: record({
    kind: kind('clustered'),
    ...areaKeys,
    clusters: required(whole(1, LIMITS.simNodes), 'How many.'),
    spreadM: required(metres, 'Standard deviation around a centre.'),
  }),
  file: record({ kind: kind('file'), path: required(file, 'A table node,xM,yM.') }),
});

const shadowing = record({
  surroundings: required(oneOf(namesOf(SURROUNDINGS)), 'Exponent and deviation of the path loss.'),
  exponent: optional(nullable(decimal(1, 10)), null, 'In place of that of the surroundings.'),
  sigmaDb: optional(nullable(decimal(0, 30)), null, 'In place of that of the surroundings.'),
  asymmetrySigmaDb: optional(decimal(0, 30), 0, 'What each direction has for itself.'),
  transmitDbm: optional(nullable(decimal(-30, 40)), null, "In place of the radio's usual power."),
});

/** How far a signal goes: a range or path loss, never both. */
const reachKeys = {
  rangeM: optional(nullable(metres), null, 'Who is nearer than this is received.'),
  shadowing: optional(nullable(shadowing), null, 'Path loss in place of a range.'),
};

function hasOneReach({ rangeM, shadowing: loss }: { readonly rangeM: unknown; readonly shadowing: unknown }): string | undefined {
  return (rangeM === null) === (loss === null) ? 'has both or neither of rangeM and shadowing; expected one of them' : undefined;
}

/** How nodes reach each other. */
export const radio = variants('kind', {
  wires: record({
    kind: kind('wires'),
    rangeM: required(metres, 'Who is nearer than this is connected.'),
    delayMs: optional(decimal(0, 60_000), 1, 'From sender to receiver.'),
    kilobitsPerSecond: optional(decimal(1, 1e9), 100_000, 'Of each sender.'),
  }),
  wifi: refine(
    record({
      kind: kind('wifi'),
      standard: optional(oneOf(['802.11b', '802.11n']), '802.11n', 'Timing and rates.'),
      ...reachKeys,
      senseRangeM: optional(nullable(metres), null, 'Who is nearer than this keeps others silent; twice the range when not given.'),
      lossRate: optional(probability, 0, 'Frames that a receiver loses by chance.'),
    }),
    hasOneReach,
  ),
  ble: refine(
    record({
      kind: kind('ble'),
      ...reachKeys,
      connectionIntervalMs: optional(decimal(7.5, 4000), 30, 'Two neighbours meet this often.'),
      lossRate: optional(probability, 0, 'Packets that a receiver loses by chance.'),
    }),
    hasOneReach,
  ),
});

const walkKeys = {
  ...areaKeys,
  speedMinMps: required(speed, 'Slowest, metres a second.'),
  speedMaxMps: required(speed, 'Fastest.'),
  pauseMinMs: optional(time, 0, 'Shortest stay.'),
  pauseMaxMs: optional(time, 0, 'Longest stay.'),
};

/** How nodes move. */
export const mobility = variants('kind', {
  still: record({ kind: kind('still') }),
  waypoint: record({ kind: kind('waypoint'), ...walkKeys }),
  group: record({
    kind: kind('group'),
    ...walkKeys,
    groups: required(whole(1, LIMITS.simNodes), 'How many; nodes are dealt out to them in turn.'),
    spreadM: required(coordinate, "How far a member's place is from the centre of its group, at most."),
    strayM: optional(coordinate, 0, 'How far a member strays from its place, at most.'),
    strayPeriodMs: optional(duration(1, DAY_MS), 10_000, 'In this time it has gone to another place of these.'),
  }),
  trace: record({
    kind: kind('trace'),
    format: required(oneOf(['ns2', 'csv']), 'ns-2 setdest, or a table timeMs,node,xM,yM.'),
    path: required(file, 'The trace.'),
  }),
});

/** What nodes draw. A node whose battery is empty is gone for good. */
export const power = record({
  radio: required(oneOf(namesOf(RADIO_DRAWS)), 'What sending, receiving and listening cost.'),
  board: optional(oneOf(namesOf(BOARD_DRAWS)), 'none', 'What computing, and being on, costs.'),
  batteryJ: optional(nullable(decimal(0.001, BATTERY_MOST_J)), null, 'What each battery holds; nothing: nodes are on the mains.'),
});
