/** The resource table of a program: its `export const resources = {...}`, checked, with defaults for what it does not say. */
import { MisuseError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { ResourceTable } from '../core/program.ts';
import { didYouMean } from '../core/suggest.ts';

export const DEFAULT_RESOURCES: ResourceTable = {
  cpuMsPerSlice: LIMITS.cpuMsPerSlice,
  memoryBytes: LIMITS.memoryBytesPerSlice,
  lifetimeMs: LIMITS.lifetimeMs,
  bytesPerHop: LIMITS.stateBytes,
  tags: LIMITS.tagsPerFamily,
  reads: ['io:*'],
  drives: ['io:*'],
};

/** Throws MisuseError `bad-resources` naming file and field. */
export function declaredResources(declared: Readonly<Record<string, unknown>> | null, file: string): ResourceTable {
  if (declared === null) return DEFAULT_RESOURCES;
  const wrong = (problem: string): MisuseError =>
    new MisuseError('bad-resources', `${file}: export const resources: ${problem}`, {
      hint: 'See "Resources" in docs/guide/writing-smart-messages.md.',
    });
  const known = Object.keys(DEFAULT_RESOURCES);
  for (const [field, value] of Object.entries(declared)) {
    if (!known.includes(field)) throw wrong(`unknown field "${field}"${didYouMean(field, known)}`);
    const list = field === 'reads' || field === 'drives';
    if (list && !(Array.isArray(value) && value.every((item) => typeof item === 'string')))
      throw wrong(`${field} must be a list of tag names`);
    if (!list && !(Number.isSafeInteger(value) && (value as number) > 0)) throw wrong(`${field} must be a whole number above 0`);
  }
  return { ...DEFAULT_RESOURCES, ...declared };
}
