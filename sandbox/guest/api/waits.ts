/** What a program can wait for. Each call returns a promise; awaiting it ends the slice when nothing else is left to do. */
import { isHex, NODE_ID_BYTES } from '../../../core/ids.ts';
import { LIMITS } from '../../../core/limits.ts';
import { beginOperation, operations } from '../engine/operations.ts';
import type { SmPromise } from '../engine/promise.ts';
import { surroundings } from '../engine/surroundings.ts';
import { isArray } from '../primordials.ts';
import { durationArgument, optionalDuration, optionsArgument, shareOption, shown, textArgument } from './check.ts';
import { currentVersion, namesArgument, write } from './tags.ts';

type Descriptor = Parameters<typeof beginOperation>[0];

function begin(descriptor: Descriptor): SmPromise {
  if (operations.size >= LIMITS.waitsPerSlice) throw new RangeError(`a program may wait for ${LIMITS.waitsPerSlice} things at once`);
  return beginOperation(descriptor);
}

function ageAfter(durationMs: number | null): number | null {
  return durationMs === null ? null : surroundings().ageMs + durationMs;
}

export function sleep(ms: unknown): SmPromise {
  return begin({ kind: 'sleep', dueAgeMs: surroundings().ageMs + durationArgument(ms, 'sleep', 'the duration') });
}

export function block(names: unknown, options?: unknown): SmPromise {
  const { timeout, after } = optionsArgument(options, 'block', ['timeout', 'after']);
  const list = namesArgument(names, 'block');
  if (after !== undefined && after !== null && !Number.isSafeInteger(after))
    throw new TypeError(`block: after must be a tag version, not ${shown(after)}`);
  const dueAgeMs = ageAfter(optionalDuration(timeout, 'block', 'timeout'));
  return begin({ kind: 'block', names: list, after: (after as number | null | undefined) ?? currentVersion(), dueAgeMs });
}

export function sense(name: unknown, options?: unknown): SmPromise {
  const { maxAge } = optionsArgument(options, 'sense', ['maxAge']);
  const maxAgeMs = maxAge === undefined ? 0 : durationArgument(maxAge, 'sense', 'maxAge');
  return begin({ kind: 'sense', name: textArgument(name, 'sense', 'the tag name'), maxAgeMs });
}

export function actuate(name: unknown, value: unknown, options?: unknown): SmPromise {
  const { timeout } = optionsArgument(options, 'actuate', ['timeout']);
  const dueAgeMs = ageAfter(optionalDuration(timeout, 'actuate', 'timeout'));
  write(name, value, 'actuate');
  return begin({ kind: 'actuate', name: name as string, dueAgeMs });
}

export function sysMigrate(to: unknown): SmPromise {
  const list = isArray(to) ? [...(to as unknown[])] : [to];
  if (list.length === 0) throw new TypeError('sysMigrate: give at least one neighbour');
  if (list.length > LIMITS.cloneTargets) throw new RangeError(`sysMigrate: at most ${LIMITS.cloneTargets} clones at once`);
  for (const neighbour of list) neighbourArgument(neighbour);
  if (list.length > 1 && new Set(list).size < list.length) throw new TypeError('sysMigrate: each neighbour may be named once');
  return begin({ kind: 'migrate', to: list as string[] });
}

function neighbourArgument(value: unknown): void {
  if (!isHex(value, NODE_ID_BYTES))
    throw new TypeError(`sysMigrate: each neighbour must be the id of a node, such as neighbours()[0].id, not ${shown(value)}`);
}

export function spawn(options?: unknown): SmPromise {
  const { share } = optionsArgument(options, 'spawn', ['share']);
  return begin({ kind: 'spawn', share: shareOption(share, 'spawn') });
}
