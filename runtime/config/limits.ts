/** Which bounds an operator may change, and how far. */
import { LIMITS, type Limits } from '../../core/limits.ts';
import { duration, optional, record, size, whole, type Field, type Schema } from './schema.ts';

type LimitName = keyof Limits;

interface Adjustable {
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

const MIB = 1024 * 1024;
const SECOND_MS = 1000;

/** A larger board may hold more, a smaller one less; wire and sandbox bounds are the same everywhere and are not here. */
export const ADJUSTABLE = {
  neighbours: { min: 1, max: 1024, help: 'Links open at a time.' },
  inboundHandshakes: { min: 1, max: 1024, help: 'Connections that are not authenticated yet.' },
  sendQueueBytes: { min: MIB, max: 256 * MIB, help: 'What may wait to be sent on one link.' },
  keepaliveIntervalMs: { min: 100, max: 600 * SECOND_MS, help: 'How often a quiet link is tested.' },
  keepaliveMissed: { min: 1, max: 100, help: 'Unanswered tests after which a link counts as broken.' },
  redialMinMs: { min: 10, max: 600 * SECOND_MS, help: 'First pause before a neighbour is dialled again.' },
  redialMaxMs: { min: 10, max: 3600 * SECOND_MS, help: 'Longest pause before a neighbour is dialled again.' },
  residents: { min: 1, max: 1_000_000, help: 'Smart Messages on this node at a time.' },
  residentBytes: { min: MIB, max: 64 * 1024 * MIB, help: 'Their state at rest.' },
  inDoubt: { min: 1, max: 1_000_000, help: 'Smart Messages whose hand-off is in doubt.' },
  acceptedRecords: { min: 16, max: 10_000_000, help: 'Hand-offs remembered until the sender has settled them.' },
  storeBytes: { min: 16 * MIB, max: 64 * 1024 * MIB, help: 'What the store holds on disk.' },
  nonces: { min: 16, max: 10_000_000, help: 'Launches remembered, so that none can be replayed.' },
  noncesPerAuthor: { min: 1, max: 10_000_000, help: 'Launches of one author remembered.' },
  codeCacheBytes: { min: MIB, max: 4096 * MIB, help: 'Code bricks kept.' },
  breadcrumbs: { min: 16, max: 10_000_000, help: 'Records of where Smart Messages came from and went.' },
  tombstones: { min: 16, max: 1_000_000, help: 'Killed applications remembered.' },
  results: { min: 1, max: 1_000_000, help: 'Results kept until they are fetched.' },
  resultsBytes: { min: MIB, max: 4096 * MIB, help: 'Bytes of results kept.' },
  resultKeepMs: { min: SECOND_MS, max: 365 * 86_400 * SECOND_MS, help: 'How long a result waits to be fetched.' },
  receipts: { min: 16, max: 10_000_000, help: 'Receipts of hops kept.' },
  hopEvents: { min: 16, max: 1_000_000, help: 'Hops kept for tracing.' },
  logLinesKept: { min: 16, max: 1_000_000, help: 'Log lines kept for "sm logs".' },
  pendingOffers: { min: 1, max: 65_536, help: 'Arriving offers being worked on.' },
  tags: { min: 16, max: 10_000_000, help: 'Tags on this node.' },
  tagBytes: { min: MIB, max: 4096 * MIB, help: 'Names and values of tags.' },
  watchdogMs: { min: 500, max: 60 * SECOND_MS, help: 'How long a slice may hang in native code before its thread is replaced.' },
  workerRestartsPerMinute: { min: 1, max: 1000, help: 'Replacements of the program thread before the node reports itself unhealthy.' },
  offerTimeoutMs: { min: 100, max: 600 * SECOND_MS, help: 'How long an offer may stay unanswered.' },
  reconnectGraceMs: { min: 0, max: 600 * SECOND_MS, help: 'How long a Smart Message waits for a neighbour that is not linked.' },
  guardCopies: { min: 0, max: 1_000_000, help: 'Copies of guarded Smart Messages kept.' },
  guardLeaseMs: {
    min: 100,
    max: 7 * 86_400 * SECOND_MS,
    help: 'How long the next holder of such a copy may be out of reach before the copy is revived.',
  },
  offerAttempts: { min: 1, max: 100, help: 'How often a refused offer is made again when the refusal says so.' },
  controlConnections: { min: 1, max: 10_000, help: 'Connections to the control API.' },
  controlSubscriptions: { min: 1, max: 10_000, help: 'Watches and followed logs at a time.' },
  ioTags: { min: 1, max: 65_536, help: 'I/O tags offered by drivers.' },
  samplingMinMs: { min: 1, max: 60 * SECOND_MS, help: 'Shortest sampling period of an I/O tag.' },
} as const satisfies Partial<Record<LimitName, Adjustable>>;

type AdjustableName = keyof typeof ADJUSTABLE;
export type AdjustedLimits = Pick<Limits, AdjustableName>;

function field(name: AdjustableName): Field<number> {
  const { min, max, help } = ADJUSTABLE[name];
  const schema = name.endsWith('Ms') ? duration(min, max) : name.endsWith('Bytes') ? size(min, max) : whole(min, max);
  return optional(schema, LIMITS[name], help);
}

const fields = Object.fromEntries((Object.keys(ADJUSTABLE) as AdjustableName[]).map((name) => [name, field(name)])) as Record<
  AdjustableName,
  Field<number>
>;

export const limitsSchema: Schema<AdjustedLimits> = record(fields);

/** The defaults of the adjustable bounds. */
export const DEFAULT_ADJUSTED: AdjustedLimits = Object.fromEntries(
  (Object.keys(ADJUSTABLE) as AdjustableName[]).map((name) => [name, LIMITS[name]]),
) as AdjustedLimits;

/** All bounds of a node: those of this program, with the operator's changes. */
export function effectiveLimits(adjusted: AdjustedLimits): Limits {
  return { ...LIMITS, ...adjusted };
}
