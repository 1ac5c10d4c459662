/** Reads what a Smart Message waits for, and what it is to be told, from the text in which it rests. */
import { DataError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { isNestedDeeper } from '../../core/nesting.ts';
import type { ResumeEvent, Wait } from '../../sandbox/guest/boundary.ts';

/** Throws DataError `bad-waits`. */
export function parseWaits(text: string): readonly Wait[] {
  return text === '[]' ? [] : (parseList(text, 'bad-waits') as Wait[]);
}

/** Throws DataError `bad-events`. */
export function parseEvents(text: string): readonly ResumeEvent[] {
  if (text === '[]') return [];
  if (isNestedDeeper(text, LIMITS.sliceOutputDepth))
    throw new DataError('bad-events', 'what the Smart Message is to be told is nested too deep');
  const events = parseList(text, 'bad-events');
  if (!events.every(isEvent)) throw new DataError('bad-events', 'what the Smart Message is to be told is not a list of events');
  return events;
}

/** The launch's arguments. Throws DataError `bad-arguments`. */
export function parseArguments(text: string): unknown {
  return parseJson(text, 'bad-arguments', "the launch's arguments are not readable");
}

function parseJson(text: string, code: string, message: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(code, message, { cause });
  }
}

function parseList(text: string, code: string): { readonly op: number }[] {
  const items = parseJson(text, code, 'what the Smart Message waits for is not readable');
  if (!Array.isArray(items) || !items.every(isOperation))
    throw new DataError(code, 'what the Smart Message waits for is not a list of operations');
  return items;
}

/** Whether a value has the shape of an event; what it says is for the program to judge. */
function isEvent(item: unknown): item is ResumeEvent {
  if (!isOperation(item)) return false;
  const { error } = item as { readonly error?: unknown };
  if (error === undefined) return 'value' in item;
  return (
    typeof error === 'object' &&
    error !== null &&
    typeof (error as { name?: unknown }).name === 'string' &&
    typeof (error as { message?: unknown }).message === 'string'
  );
}

function isOperation(item: unknown): item is { readonly op: number } {
  return typeof item === 'object' && item !== null && Number.isSafeInteger((item as { op?: unknown }).op);
}
