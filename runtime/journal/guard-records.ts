/**
 * What a node remembers durably of guarded Smart Messages, in the table `guards`: by SM id the one record of its stay here, and by
 * attempt each copy at a neighbour that is to be let go.
 */
import { type Field, type Fields, decodeFields, encodeFields, fromHex } from '../../core/codec.ts';
import { type Incarnation, NODE_ID_BYTES, type NodeId, SM_ID_BYTES, type SmId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Mutation, Store } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import { type ReviveLaunch, decodeResting, encodeResting } from './resting-codec.ts';

const FORMAT = 1;
const INCARNATION_BYTES = 16;

/** Names a copy: who keeps it, and the attempt with which the Smart Message left there. */
export interface CopyName {
  readonly keeper: NodeId;
  readonly smId: SmId;
  readonly epoch: number;
}

/** Where a Smart Message went that left this node. */
export interface Passage {
  /** The attempt with which it left. */
  readonly epoch: number;
  readonly next: NodeId;
  /** The store incarnation of the next node: with another one it knows nothing of what it accepted. */
  readonly nextStore: Incarnation;
}

/**
 * - `held`: it lives here, or is leaving.
 * - `copy`: it went on, and a copy stays, which this node may revive.
 * - `fence`: it went on, and a later life has taken over: whoever comes of the former one is told so.
 */
export type Station = 'held' | 'copy' | 'fence';
const STATIONS: readonly Station[] = ['held', 'copy', 'fence'];

/** The record of a guarded Smart Message on this node. */
export interface GuardRecord {
  readonly smId: SmId;
  readonly station: Station;
  /** Where it went; null while it is held. */
  readonly passage: Passage | null;
  /** The copy before this one on its way. */
  readonly behind: CopyName | null;
  /** How many copies its launch asks for. */
  readonly guard: number;
  /** What is left of its lifetime, when it was written. */
  readonly leftMs: number;
}

/** A Smart Message as it left, with the operation that it waited for. */
export interface LeftState {
  readonly sm: Resting;
  readonly op: number;
}

/** The mutation that makes a record durable; a copy's comes with its state. */
export function guardMutation(record: GuardRecord, left: LeftState | null): Mutation {
  const { smId, station, passage, behind, guard, leftMs } = record;
  const value = encodeFields([
    FORMAT,
    STATIONS.indexOf(station),
    passage === null ? null : [passage.epoch, fromHex(passage.next), fromHex(passage.nextStore)],
    encodeName(behind),
    guard,
    Math.max(0, Math.floor(leftMs)),
    left === null ? null : [left.op, encodeResting(left.sm)],
  ]);
  return { table: 'guards', key: smId, value };
}

export function noGuardMutation(smId: SmId): Mutation {
  return { table: 'guards', key: smId, value: null };
}

/** That a copy at a neighbour is to be let go. */
export function releaseMutation({ copy, isOver, leftMs }: StoredRelease): Mutation {
  const value = encodeFields([FORMAT, encodeName(copy), isOver, Math.max(0, Math.floor(leftMs))]);
  return { table: 'guards', key: copyKey(copy), value };
}

export function noReleaseMutation(copy: CopyName): Mutation {
  return { table: 'guards', key: copyKey(copy), value: null };
}

/** The attempt is name enough: it left one node. */
export function copyKey({ smId, epoch }: CopyName): string {
  return `${smId}/${epoch}`;
}

export interface StoredRelease {
  readonly copy: CopyName;
  /** Whether its Smart Message is over, or only far away. */
  readonly isOver: boolean;
  /** How long the copy may be worth anything. */
  readonly leftMs: number;
}

export interface StoredGuards {
  readonly records: readonly GuardRecord[];
  readonly releases: readonly StoredRelease[];
}

/**
 * Everything in the table, without the states of copies.
 *
 * @throws DataError `store-corrupt` naming the record
 */
export function readGuards(store: Store): StoredGuards {
  const records: GuardRecord[] = [];
  const releases: StoredRelease[] = [];
  for (const [key, value] of store.entries('guards')) {
    const fields = begin(value, key);
    if (!key.includes('/')) records.push(readRecord(fields, key));
    else {
      const copy = decodeName(fields);
      if (copy === null) throw fields.problem('copy', 'the name of a copy');
      releases.push({ copy, isOver: fields.bool('isOver'), leftMs: fields.uint('leftMs') });
    }
  }
  return { records, releases };
}

/**
 * The Smart Message of a copy as it left; undefined when there is none.
 *
 * @throws DataError `store-corrupt`
 */
export function readLeft(store: Store, smId: SmId, revive: ReviveLaunch): LeftState | undefined {
  const value = store.get('guards', smId);
  if (value === undefined) return undefined;
  const fields = begin(value, smId);
  readRecord(fields, smId);
  const state = fields.arrayOrNull('state', 2, 2);
  if (state === null) return undefined;
  return { op: state.uint('op'), sm: decodeResting(state.bytes('sm', LIMITS.frameBytes), `guard ${smId}`, revive) };
}

/** What a record in the table says of where its Smart Message is; null for a release. */
export function stationIn(key: string, value: Uint8Array): Station | null {
  return key.includes('/') ? null : readRecord(begin(value, key), key).station;
}

function begin(value: Uint8Array, key: string): Fields {
  const fields = decodeFields(value, 'store-corrupt', `guard ${key}`);
  if (fields.uint('format') !== FORMAT) throw fields.problem('format', `${FORMAT}, written by this version`);
  return fields;
}

function readRecord(fields: Fields, smId: SmId): GuardRecord {
  const station = STATIONS[fields.uint('station', STATIONS.length - 1)] as Station;
  const parts = fields.arrayOrNull('passage', 3, 3);
  if ((parts === null) !== (station === 'held')) throw fields.problem('passage', 'there unless it is held');
  const passage =
    parts === null
      ? null
      : { epoch: parts.uint('epoch'), next: parts.hex('next', NODE_ID_BYTES), nextStore: parts.hex('nextStore', INCARNATION_BYTES) };
  return { smId, station, passage, behind: decodeName(fields), guard: fields.uint('guard'), leftMs: fields.uint('leftMs') };
}

function encodeName(copy: CopyName | null): Field {
  return copy === null ? null : [fromHex(copy.keeper), fromHex(copy.smId), copy.epoch];
}

function decodeName(fields: Fields): CopyName | null {
  const parts = fields.arrayOrNull('copy', 3, 3);
  if (parts === null) return null;
  return { keeper: parts.hex('keeper', NODE_ID_BYTES), smId: parts.hex('smId', SM_ID_BYTES), epoch: parts.uint('epoch') };
}
