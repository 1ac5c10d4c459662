/** The trust state in the store: it must outlive a restart, or a revoked certificate would be good again. */
import { DataError } from '../../core/errors.ts';
import type { Mutation, Store } from '../../core/ports.ts';
import type { TrustState } from './trust.ts';

const KEY = 'trust';

/** Null in a new store. Throws DataError `store-corrupt`. */
export function readTrustState(store: Store): TrustState | null {
  const bytes = store.get('meta', KEY);
  if (bytes === undefined) return null;
  try {
    const { floorMs, revocations } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { floorMs: number; revocations: string | null };
    return { floorMs, revocations: revocations === null ? null : Buffer.from(revocations, 'base64') };
  } catch (cause) {
    throw new DataError('store-corrupt', 'the stored trust state is not readable', { cause });
  }
}

export function trustMutation({ floorMs, revocations }: TrustState): Mutation {
  const text = JSON.stringify({ floorMs, revocations: revocations === null ? null : Buffer.from(revocations).toString('base64') });
  return { table: 'meta', key: KEY, value: Buffer.from(text) };
}
