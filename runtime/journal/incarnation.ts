/** The store's identity: neighbours tell by it whether this node still knows what it answered them. */
import { toHex } from '../../core/codec.ts';
import type { Incarnation } from '../../core/ids.ts';
import type { Entropy, Mutation, Store, Table } from '../../core/ports.ts';

const INCARNATION_BYTES = 16;
/** What must not come back with a backup: it may have moved on since. */
const TRAVELLING: readonly Table[] = ['residents', 'outbox', 'accepted', 'guards'];

export interface Opened {
  readonly incarnation: Incarnation;
  /** Why the incarnation is new; null when the store is the one of the last time. */
  readonly renewed: 'new-store' | 'restored-copy' | null;
  /** Parked Smart Messages that a restored copy held and that were left out. */
  readonly discarded: number;
}

/**
 * Reads the incarnation, or draws a new one when the store is new or a copy of an earlier one. A copy starts without the
 * Smart Messages it held. Resolves when that is durable.
 *
 * @param fingerprint tells this store from its copies, such as `LmdbStore.fingerprint`
 */
export async function openIncarnation(store: Store, entropy: Entropy, fingerprint: string): Promise<Opened> {
  const known = store.get('meta', 'incarnation');
  const print = Buffer.from(fingerprint);
  const before = store.get('meta', 'fingerprint');
  if (known?.length === INCARNATION_BYTES && before !== undefined && print.equals(before)) {
    return { incarnation: toHex(known), renewed: null, discarded: 0 };
  }
  const drawn = entropy.bytes(INCARNATION_BYTES);
  const batch: Mutation[] = [
    { table: 'meta', key: 'incarnation', value: drawn },
    { table: 'meta', key: 'fingerprint', value: print },
  ];
  let discarded = 0;
  for (const table of TRAVELLING) {
    for (const [key] of store.entries(table)) {
      batch.push({ table, key, value: null });
      if (table === 'residents' || table === 'outbox') discarded++;
    }
  }
  await store.commit(batch);
  return { incarnation: toHex(drawn), renewed: known === undefined ? 'new-store' : 'restored-copy', discarded };
}
