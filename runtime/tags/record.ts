/**
 * Durable tags in the journal. Times are monotonic and mean nothing after a reboot, so a record stores what was left of its
 * lifetime and how old its value was; both freeze while the node is down.
 */
import { decodeFields, encodeFields, fromHex } from '../../core/codec.ts';
import { DataError } from '../../core/errors.ts';
import { HASH_BYTES, NODE_ID_BYTES, SM_ID_BYTES } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Mutation, Store } from '../../core/ports.ts';
import { DOMAINS, type AccessBits, type TagRecord, type TagValue } from '../../core/tags.ts';
import type { ChangeSet } from '../worker/protocol.ts';

const FORMAT = 1;
const BOOTS_KEY = 'tag-boots';
const AUTHOR_BYTES = 64;
const LETTER_BITS = 4;

/** What to write of a change set: every durable tag as it is now, and every one that is gone. Volatile tags concern no store. */
export function tagMutations(set: Pick<ChangeSet, 'tags'>, nowMs: number): Mutation[] {
  const mutations: Mutation[] = [];
  for (const { name, record, durable } of set.tags) {
    if (!durable) continue;
    if (record === null || !record.durable) mutations.push({ table: 'tags', key: name, value: null });
    else mutations.push({ table: 'tags', key: name, value: encodeTag(record, nowMs) });
  }
  return mutations;
}

/** What a node finds of its tags when it starts. */
export interface StoredTags {
  readonly records: readonly TagRecord[];
  /** Above every version that was ever given here. */
  readonly version: number;
  /** To be durable before the first version is given out. */
  readonly mutations: readonly Mutation[];
}

/**
 * Durable tags as an earlier run of the daemon left them, their times on this clock. Versions are not written one by one:
 * every start of the daemon has a range of its own, so a parked Smart Message that waits for a version above the one it saw
 * is never passed over. Throws DataError `store-corrupt` naming the tag.
 */
export function storedTags(store: Pick<Store, 'get' | 'entries'>, nowMs: number): StoredTags {
  const records = [...store.entries('tags')].map(([name, bytes]) => decodeTag(name, bytes, nowMs));
  const stored = store.get('meta', BOOTS_KEY);
  const boots = stored === undefined ? 0 : Number(Buffer.from(stored).toString('utf8'));
  if (!Number.isSafeInteger(boots)) throw new DataError('store-corrupt', 'the number of starts of the tag space is not a number');
  const version = boots * LIMITS.tagVersionsPerBoot;
  return { records, version, mutations: [{ table: 'meta', key: BOOTS_KEY, value: Buffer.from(String(boots + 1)) }] };
}

export function encodeTag(record: TagRecord, nowMs: number): Uint8Array {
  const { value, version, access, owner, expiresAtMs, writtenAtMs } = record;
  return encodeFields([
    FORMAT,
    JSON.stringify(value),
    version,
    packAccess(access),
    owner === null ? null : fromHex(owner.family),
    owner === null ? null : fromHex(owner.origin),
    owner === null ? null : fromHex(owner.code),
    owner === null ? '' : owner.author,
    expiresAtMs === null ? null : Math.max(0, Math.round(expiresAtMs - nowMs)),
    Math.max(0, Math.round(nowMs - writtenAtMs)),
  ]);
}

export function decodeTag(name: string, bytes: Uint8Array, nowMs: number): TagRecord {
  const fields = decodeFields(bytes, 'store-corrupt', `tag ${name}`);
  if (fields.uint('format') !== FORMAT) throw fields.problem('format', `${FORMAT}, written by this version`);
  const value = parseValue(name, fields.text('value', LIMITS.tagValueBytes));
  const version = fields.uint('version');
  const access = unpackAccess(fields.uint('access', 2 ** (LETTER_BITS * DOMAINS.length) - 1));
  const family = fields.hexOrNull('family', SM_ID_BYTES);
  const origin = fields.hexOrNull('origin', NODE_ID_BYTES);
  const code = fields.hexOrNull('code', HASH_BYTES);
  const author = fields.text('author', AUTHOR_BYTES);
  const leftMs = fields.uintOrNull('lifetimeLeftMs');
  const ageMs = fields.uint('ageMs');
  fields.end();
  const owner = family === null || origin === null || code === null ? null : { family, origin, code, author };
  return {
    name,
    value,
    version,
    access,
    owner,
    expiresAtMs: leftMs === null ? null : nowMs + leftMs,
    writtenAtMs: nowMs - ageMs,
    durable: true,
    about: null,
  };
}

function parseValue(name: string, text: string): TagValue {
  try {
    return JSON.parse(text) as TagValue;
  } catch (cause) {
    throw new DataError('store-corrupt', `the stored value of tag ${name} is not JSON`, { cause });
  }
}

/** Four bits per domain, the first domain lowest. */
function packAccess(access: AccessBits): number {
  return DOMAINS.reduce((packed, domain, index) => packed | (access[domain] << (index * LETTER_BITS)), 0);
}

function unpackAccess(packed: number): AccessBits {
  const bits = { owner: 0, family: 0, origin: 0, code: 0, others: 0 };
  DOMAINS.forEach((domain, index) => (bits[domain] = (packed >> (index * LETTER_BITS)) & (2 ** LETTER_BITS - 1)));
  return bits;
}
