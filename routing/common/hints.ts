/**
 * Tags in the shared name space. Anybody may have written them, or may have made them so that nobody else may touch them, so what is read is
 * checked by whoever asks for it, and what cannot be written is let be: a search then finds what it did not find here.
 */
import { log, tags } from 'sm';
import type { TagValue } from 'sm';

/** Routes are everybody's: any traveller may use, replace and remove them. Made anew each time, because programs carry constant objects along. */
const shared = () => ({ owner: 'rwdb', family: 'rwdb', origin: 'rwdb', code: 'rwdb', others: 'rwdb' });

export interface Hint {
  readonly value: unknown;
  readonly ageMs: number;
  readonly lifetimeLeftMs: number;
}

/** Null when there is none, or none that this program may read. */
export function readHint(name: string): Hint | null {
  try {
    if (!tags.has(name)) return null;
    const { value, ageMs, lifetimeLeftMs } = tags.read<unknown>(name);
    return { value, ageMs, lifetimeLeftMs: lifetimeLeftMs ?? Infinity };
  } catch {
    return null;
  }
}

/** Sets a tag and begins its lifetime anew. False when somebody else's rights or a quota forbid it. */
export function writeHint(name: string, value: TagValue | object, lifetimeMs: number, durable = false): boolean {
  try {
    if (tags.has(name)) tags.delete(name);
    tags.create(name, value, { lifetime: Math.max(1, lifetimeMs), access: shared(), durable });
    return true;
  } catch (error) {
    log.debug(`${name} was not written: ${(error as Error).message}`);
    return false;
  }
}

/** Creates a tag that everybody may read, and only this family change. False when there is one already, or a quota forbids it. */
export function createNote(name: string, value: TagValue | object, lifetimeMs: number): boolean {
  try {
    tags.create(name, value, { lifetime: lifetimeMs });
    return true;
  } catch (error) {
    log.debug(`${name} was not created: ${(error as Error).message}`);
    return false;
  }
}

export function removeHint(name: string): void {
  try {
    if (tags.has(name)) tags.delete(name);
  } catch (error) {
    log.debug(`${name} was not removed: ${(error as Error).message}`);
  }
}

/** An object with members that are still unknown; null for anything else. */
export function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** The strings of a list, at most `most`; none when it is no list. */
export function asStrings(value: unknown, most: number): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string').slice(0, most) : [];
}
