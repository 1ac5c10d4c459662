/**
 * Turns what a slice returned into what it did: checks it, commits its tag changes, pays for its CPU time and its children.
 * A slice whose output is not acceptable, or that failed, has changed nothing; its log lines are kept, because they are how its
 * author finds out.
 */
import { DataError, RefusedError, SmError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Budget } from '../../core/program.ts';
import type { CodePlace, GuestError, Wait } from '../../sandbox/guest/boundary.ts';
import { placesOfState } from '../../sandbox/vm/began.ts';
import type { SliceReport } from '../../sandbox/vm/slice.ts';
import type { Resident } from '../scheduler/resident.ts';
import { fullName } from '../tags/names.ts';
import { TagRefusal } from '../tags/refusal.ts';
import type { Driven, SliceTags } from '../tags/slice.ts';
import type { TagTransaction } from '../tags/space.ts';
import { launchChildren } from './children.ts';
import { checkOutput, type CheckedOutput } from './output.ts';
import type { Actuation, KillReason, Outcome, Sensing, SliceEffects } from './protocol.ts';

export interface Settlement extends Pick<SliceEffects, 'outcome' | 'budget' | 'epoch' | 'children' | 'actuations' | 'logs'> {
  readonly tags: TagTransaction;
  /** Operations that want a reading, whether or not the tag space has one that is fresh enough. */
  readonly senses: readonly Sensing[];
}

export interface SettleOptions {
  readonly resident: Resident;
  readonly report: SliceReport;
  readonly tags: SliceTags;
  /** Number of the change set that this becomes. */
  readonly sequence: number;
  readonly limits: Limits;
}

const NO_TAGS: TagTransaction = { mutations: [], durable: false };

export function settle(options: SettleOptions): Settlement {
  const { resident, report } = options;
  const budget = pay(resident, report.cpuMs);
  if (report.kind === 'killed') return ended(resident, budget, killed(options, report.reason, report.detail, report.places));
  let logs: Settlement['logs'] = [];
  try {
    const output = checkOutput(report.output, options.limits);
    logs = output.logs;
    if (output.outcome.kind === 'fail') return { ...ended(resident, budget, { kind: 'fail', error: output.outcome.error }), logs };
    return succeeded(options, output, report.state, budget);
  } catch (error) {
    return { ...ended(resident, budget, outcomeOf(options, error)), logs };
  }
}

function succeeded(options: SettleOptions, output: CheckedOutput, state: Uint8Array | null, budget: Budget): Settlement {
  const { resident, tags, sequence, limits } = options;
  const outcome = nextOutcome(output, state, resident, limits);
  const launched = launchChildren(resident.smId, resident.epoch, budget, output.children);
  const waits = output.outcome.kind === 'wait' ? output.outcome.waits : [];
  const newOperations = waits.filter(({ op }) => !resident.pending.some((pending) => pending.op === op));
  checkActuators(newOperations, output, resident);
  const { driven, ...transaction } = tags.commit(output.tags, sequence);
  const makesDescendants = launched.children.length > 0 || outcome.kind === 'spawn';
  return {
    outcome: outcome.kind === 'wait' ? { ...outcome, waits: outcome.waits.map((wait) => fromNow(wait, tags.version)) } : outcome,
    ...launched,
    epoch: resident.epoch + (makesDescendants ? 1 : 0),
    tags: transaction,
    actuations: actuationsOf(driven, newOperations, resident),
    senses: newOperations.flatMap((wait) => (wait.kind === 'sense' ? [{ op: wait.op, name: wait.name, maxAgeMs: wait.maxAgeMs }] : [])),
    logs: output.logs,
  };
}

function nextOutcome(output: CheckedOutput, state: Uint8Array | null, resident: Resident, limits: Limits): Outcome {
  if (output.outcome.kind !== 'wait') return output.outcome;
  const { waits } = output.outcome;
  if (state === null) throw new DataError('bad-output', 'the slice waits, but gave no state');
  const most = Math.min(limits.stateBytes, resident.charter.resources.bytesPerHop);
  if (state.length > most) {
    throw new RefusedError('state-too-large', `its state of ${state.length} bytes is larger than the ${most} that it may carry`);
  }
  const [first] = waits;
  if (first?.kind === 'migrate') return { kind: 'migrate', op: first.op, to: first.to, state: exact(state) };
  if (first?.kind === 'spawn') return { kind: 'spawn', op: first.op, share: first.share, state: exact(state) };
  return { kind: 'wait', waits, state: exact(state) };
}

/** A block that names no version waits for what happens after this slice; saying so makes it mean the same when it is registered again. */
function fromNow(wait: Wait, version: number): Wait {
  return wait.kind === 'block' && wait.after === null ? { ...wait, after: version } : wait;
}

/** Each `actuate` stands for a value written in the same slice. */
function checkActuators(operations: readonly Wait[], output: CheckedOutput, resident: Resident): void {
  const principal = { ...resident.charter.principal, smId: resident.smId };
  for (const wait of operations) {
    if (wait.kind !== 'actuate') continue;
    const written = output.tags.some(
      ({ kind, name }) => kind === 'write' && typeof name === 'string' && fullName(name, principal) === wait.name,
    );
    if (!written) throw new DataError('bad-output', `it waits for actuator ${wait.name} without having driven it`);
  }
}

/** The last value driven to a tag is the one whose completion an `actuate` waits for. */
function actuationsOf(driven: readonly Driven[], operations: readonly Wait[], resident: Resident): Actuation[] {
  const actuations: Actuation[] = driven.map(({ name, value }) => ({ name, value, op: null, timeoutMs: null }));
  for (const wait of operations) {
    if (wait.kind !== 'actuate') continue;
    const index = actuations.findLastIndex(({ name, op }) => name === wait.name && op === null);
    const actuation = actuations[index];
    if (actuation === undefined) throw new DataError('bad-output', `two operations of ${resident.smId} wait for one value of ${wait.name}`);
    actuations[index] = { ...actuation, op: wait.op, timeoutMs: wait.timeoutMs };
  }
  return actuations;
}

/** Bytes in a buffer of just their size: a message carries a view's whole buffer. */
function exact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
}

/** Charges CPU time to the budget, in whole milliseconds per stay: a begun one counts. */
function pay(resident: Resident, cpuMs: number): Budget {
  resident.usedCpuMs += cpuMs;
  const due = Math.min(Math.max(0, Math.ceil(resident.usedCpuMs) - resident.paidCpuMs), resident.budget.cpuMs);
  if (due === 0) return resident.budget;
  resident.paidCpuMs += due;
  return { ...resident.budget, cpuMs: resident.budget.cpuMs - due };
}

function ended(resident: Resident, budget: Budget, outcome: Outcome): Settlement {
  return { outcome, budget, epoch: resident.epoch, children: [], actuations: [], senses: [], logs: [], tags: NO_TAGS };
}

function killed({ resident, limits }: SettleOptions, reason: KillReason, detail: string, stoppedAt: readonly CodePlace[] = []): Outcome {
  const began = resident.start === null ? placesOfState(resident.state, limits.errorPlaces) : [];
  const places = [...stoppedAt, ...began].slice(0, limits.errorPlaces);
  return { kind: 'killed', reason, detail, ...(places.length === 0 ? {} : { places, stopped: stoppedAt.length > 0 }) };
}

/** What becomes of a Smart Message whose output could not be put into effect. */
function outcomeOf(options: SettleOptions, error: unknown): Outcome {
  if (error instanceof TagRefusal) return failure({ name: 'TagError', message: error.message, places: [], data: { code: error.code } });
  if (error instanceof RefusedError) return failure({ name: 'Refused', message: error.message, places: [], data: { code: error.code } });
  if (error instanceof SmError && error.fault === 'data') return killed(options, 'bad-output', error.message);
  // Only a value nested beyond what JSON.stringify can follow overflows the stack here.
  if (error instanceof RangeError) return killed(options, 'bad-output', 'its output is nested too deep');
  throw error;
}

function failure(error: GuestError): Outcome {
  return { kind: 'fail', error };
}
