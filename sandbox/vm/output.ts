/** Takes apart what the guest runtime returned from a slice. The guest is not trusted: any bytes may come. */
import { LIMITS } from '../../core/limits.ts';
import type { SliceOutput } from '../guest/boundary.ts';
import { killed, type SliceEnd, type SliceLimits } from './slice.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EXCLAMATION = 0x21;

/**
 * @param bytes JSON of a {@link SliceOutput}, then, for a wait, a newline and the state; or `!` and a complaint about the state.
 *   A view of the guest's memory: copied where it is kept.
 */
export function decodeOutput(bytes: Buffer, limits: SliceLimits): SliceEnd {
  if (bytes.length > limits.outputBytes) {
    return killed('output', `the slice's output takes ${bytes.length} bytes, ${limits.outputBytes} are allowed`);
  }
  if (bytes[0] === EXCLAMATION) return killed('bad-state', bytes.toString('utf8', 1, 500));
  const newline = bytes.indexOf(NEWLINE);
  const json = newline < 0 ? bytes : bytes.subarray(0, newline);
  if (deeperThan(json, LIMITS.sliceOutputDepth)) {
    return killed('output', `the slice's output is nested deeper than ${LIMITS.sliceOutputDepth} levels`);
  }
  const output = parse(json.toString('utf8'));
  if (output === undefined) return killed('bad-output', 'the guest runtime returned something that is not a slice output');
  const stateLength = newline < 0 ? 0 : bytes.length - newline - 1;
  if (stateLength > limits.stateBytes) {
    return killed('output', `the captured state takes ${stateLength} bytes, ${limits.stateBytes} are allowed`);
  }
  if ((output.outcome.kind === 'wait') !== stateLength > 0) {
    return killed('bad-output', 'the guest runtime returned a wait without a state, or a state without a wait');
  }
  return { kind: 'done', output, state: stateLength > 0 ? new Uint8Array(bytes.subarray(newline + 1)) : null };
}

/** Only the outline is checked here: what is inside is the business of those who act on it. */
function parse(json: string): SliceOutput | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const output = value as Partial<SliceOutput> | null;
  const isList = (list: unknown) => Array.isArray(list);
  const well =
    typeof output === 'object' &&
    typeof output?.outcome === 'object' &&
    output.outcome !== null &&
    ['wait', 'exit', 'fail'].includes(output.outcome.kind) &&
    isList(output.tags) &&
    isList(output.children) &&
    isList(output.logs) &&
    (output.outcome.kind !== 'wait' || isList(output.outcome.waits)) &&
    (output.outcome.kind !== 'fail' || (typeof output.outcome.error === 'object' && output.outcome.error !== null));
  return well ? (output as SliceOutput) : undefined;
}

/** Whether objects and arrays are nested deeper than `limit`. */
function deeperThan(json: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
  }
  return false;
}
