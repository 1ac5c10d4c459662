/** The authority's list of everybody it certified. */
import { DataError } from '../../core/errors.ts';
import { isHex } from '../../core/ids.ts';
import { KEY_ID_BYTES } from './keys.ts';
import { isName, ROLES, type Role } from './roles.ts';

export interface Member {
  readonly role: Role;
  readonly name: string;
  /** Key id; a node's id. */
  readonly key: string;
  /** End of its last certificate. */
  readonly notAfterMs: number;
  readonly revoked: boolean;
}

/** Throws DataError `bad-network` that names the entry which is wrong. */
export function readRegister(text: string, path: string): readonly Member[] {
  const bad = (problem: string, cause?: unknown): DataError =>
    new DataError('bad-network', `${path}: ${problem}`, { cause, hint: 'Restore the folder from a backup.' });
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw bad('is not JSON', error);
  }
  if (!Array.isArray(entries)) throw bad('is not a list');
  return entries.map((entry: unknown, index) => {
    if (!isMember(entry)) throw bad(`entry ${index + 1} is not a member`);
    return entry;
  });
}

function isMember(entry: unknown): entry is Member {
  if (entry === null || typeof entry !== 'object') return false;
  const { role, name, key, notAfterMs, revoked } = entry as Record<string, unknown>;
  return (
    ROLES.includes(role as Role) &&
    typeof name === 'string' &&
    isName(name) &&
    isHex(key, KEY_ID_BYTES) &&
    Number.isFinite(notAfterMs) &&
    typeof revoked === 'boolean'
  );
}
