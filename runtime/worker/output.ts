/**
 * Checks what a slice says it did. The text comes out of the sandbox, where the author's program may have forged any part
 * of it, so nothing is believed that was not looked at here; tags are checked once more, by rights, when they are committed.
 */
import { DataError } from '../../core/errors.ts';
import { NODE_ID_BYTES, isHex } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { ChildLaunch, GuestError, SliceOutput, TagChange, Wait } from '../../sandbox/guest/boundary.ts';
import { nameProblem } from '../tags/names.ts';

/** The output of a slice after the checks; a wait's state is beside it, as bytes. */
export interface CheckedOutput {
  readonly outcome:
    | { readonly kind: 'wait'; readonly waits: readonly Wait[] }
    /** JSON text. */
    | { readonly kind: 'exit'; readonly value: string }
    | { readonly kind: 'fail'; readonly error: GuestError };
  readonly tags: readonly TagChange[];
  readonly children: readonly ChildLaunch[];
  readonly logs: SliceOutput['logs'];
}

type OutputLimits = Pick<
  Limits,
  | 'waitsPerSlice'
  | 'cloneTargets'
  | 'childrenPerSlice'
  | 'logLinesPerSlice'
  | 'logLineBytes'
  | 'tagChangesPerSlice'
  | 'resultBytes'
  | 'tagNameBytes'
  | 'namesPerBlock'
  | 'argumentsBytes'
  | 'errorCauses'
  | 'errorPlaces'
  | 'errorTextBytes'
>;

/** Throws DataError `bad-output` that says which part is wrong. */
export function checkOutput(output: unknown, limits: OutputLimits): CheckedOutput {
  const { outcome, tags, children, logs } = record(output, 'the output');
  return {
    outcome: checkOutcome(record(outcome, 'outcome'), limits),
    // Each change is checked by SliceTags.commit, which knows rights and quotas.
    tags: list(tags, 'tags', limits.tagChangesPerSlice).map((change) => record(change, 'a tag change') as unknown as TagChange),
    children: list(children, 'children', limits.childrenPerSlice).map((child, index) =>
      checkChild(record(child, 'a child'), index, limits),
    ),
    logs: list(logs, 'logs', limits.logLinesPerSlice).map((line) => checkLog(record(line, 'a log line'), limits)),
  };
}

function checkOutcome(outcome: Fields, limits: OutputLimits): CheckedOutput['outcome'] {
  switch (outcome['kind']) {
    case 'wait':
      return { kind: 'wait', waits: checkWaits(list(outcome['waits'], 'waits', limits.waitsPerSlice), limits) };
    case 'exit': {
      const value = JSON.stringify(outcome['value'] ?? null);
      if (Buffer.byteLength(value) > limits.resultBytes) throw bad(`the returned value is larger than ${limits.resultBytes} bytes`);
      return { kind: 'exit', value };
    }
    case 'fail':
      return { kind: 'fail', error: checkError(record(outcome['error'], 'error'), limits, limits.errorCauses) };
    default:
      throw bad('the outcome is none of wait, exit and fail');
  }
}

function checkWaits(waits: readonly unknown[], limits: OutputLimits): Wait[] {
  if (waits.length === 0) throw bad('it waits for nothing');
  const checked = waits.map((wait) => checkWait(record(wait, 'a wait'), limits));
  if (new Set(checked.map(({ op }) => op)).size !== checked.length) throw bad('two waits have the same operation number');
  if (checked.length > 1 && checked.some(({ kind }) => kind === 'migrate' || kind === 'spawn'))
    throw bad('migrate and spawn must be alone');
  return checked;
}

function checkWait(wait: Fields, limits: OutputLimits): Wait {
  const op = whole(wait['op'], 'op');
  switch (wait['kind']) {
    case 'sleep':
      return { op, kind: 'sleep', ms: duration(wait['ms'], 'ms') };
    case 'block': {
      const names = list(wait['names'], 'names', limits.namesPerBlock).map((name) => tagName(name, limits));
      if (names.length === 0) throw bad('a block names no tag');
      return {
        op,
        kind: 'block',
        names,
        after: orNull(wait['after'], 'after', whole),
        timeoutMs: orNull(wait['timeoutMs'], 'timeoutMs', duration),
      };
    }
    case 'actuate':
      return { op, kind: 'actuate', name: tagName(wait['name'], limits), timeoutMs: orNull(wait['timeoutMs'], 'timeoutMs', duration) };
    case 'sense':
      return { op, kind: 'sense', name: tagName(wait['name'], limits), maxAgeMs: duration(wait['maxAgeMs'], 'maxAgeMs') };
    case 'migrate': {
      const to = list(wait['to'], 'to', limits.cloneTargets);
      if (to.length === 0 || new Set(to).size !== to.length) throw bad('migrate must name at least one neighbour, and each once');
      for (const node of to) if (!isHex(node, NODE_ID_BYTES)) throw bad('migrate names something that is not a node id');
      return { op, kind: 'migrate', to: to as string[] };
    }
    case 'spawn':
      return { op, kind: 'spawn', share: fraction(wait['share']) };
    default:
      throw bad('an unknown kind of wait');
  }
}

function checkChild(child: Fields, index: number, limits: OutputLimits): ChildLaunch {
  const { args, transient } = child;
  if (child['index'] !== index) throw bad('the children are not numbered in order');
  if (typeof args !== 'string' || Buffer.byteLength(args) > limits.argumentsBytes)
    throw bad(`a child's arguments are larger than ${limits.argumentsBytes} bytes`);
  if (typeof transient !== 'boolean') throw bad('a child is neither transient nor durable');
  return { index, brick: whole(child['brick'], 'brick'), fn: whole(child['fn'], 'fn'), args, transient, share: fraction(child['share']) };
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

function checkLog(line: Fields, limits: OutputLimits): SliceOutput['logs'][number] {
  const level = LEVELS.find((known) => known === line['level']);
  if (level === undefined) throw bad('a log line has an unknown level');
  return { level, text: text(line['text'], 'a log line', limits.logLineBytes) };
}

/** An error as the guest reports it, cut to its bounds: a long message is no reason to lose the error. */
function checkError(error: Fields, limits: OutputLimits, causesLeft: number): GuestError {
  const places = Array.isArray(error['places']) ? error['places'].slice(0, limits.errorPlaces).filter(isPlace) : [];
  const checked = { name: cut(error['name'], limits.errorTextBytes), message: cut(error['message'], limits.errorTextBytes), places };
  const data = JSON.stringify(error['data'] ?? null);
  const cause = error['cause'];
  return {
    ...checked,
    ...(data !== 'null' && data.length <= limits.errorTextBytes ? { data: error['data'] } : {}),
    ...(typeof cause === 'object' && cause !== null && causesLeft > 0
      ? { cause: checkError(cause as Fields, limits, causesLeft - 1) }
      : {}),
  };
}

function isPlace(place: unknown): place is GuestError['places'][number] {
  return Array.isArray(place) && place.length === 3 && place.every((number) => Number.isSafeInteger(number) && number >= 0);
}

type Fields = Readonly<Record<string, unknown>>;

function bad(what: string): DataError {
  return new DataError('bad-output', `the slice's output is not acceptable: ${what}`);
}

function record(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${what} is not an object`);
  return value as Fields;
}

function list(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${what} is not a list`);
  if (value.length > most) throw bad(`${what} has ${value.length} items, and ${most} are allowed`);
  return value;
}

function whole(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw bad(`${what} is not a whole number from 0`);
  return value;
}

function duration(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw bad(`${what} is not a duration`);
  return value;
}

function fraction(value: unknown): number {
  if (typeof value !== 'number' || !(value > 0 && value < 1)) throw bad('a share is not between 0 and 1');
  return value;
}

function orNull<Value>(value: unknown, what: string, check: (value: unknown, what: string) => Value): Value | null {
  return value === null || value === undefined ? null : check(value, what);
}

function tagName(value: unknown, limits: OutputLimits): string {
  const problem = nameProblem(value, limits.tagNameBytes);
  if (problem !== null) throw bad(problem);
  return value as string;
}

function text(value: unknown, what: string, most: number): string {
  if (typeof value !== 'string' || Buffer.byteLength(value) > most) throw bad(`${what} is not a text of at most ${most} bytes`);
  return value;
}

function cut(value: unknown, most: number): string {
  return typeof value === 'string' ? value.slice(0, most) : '';
}
