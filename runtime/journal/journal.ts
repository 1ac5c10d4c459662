/**
 * What a node remembers durably of the Smart Messages that are, were and may still be here. Mutations are returned, not
 * committed: the caller puts those that belong together into one batch.
 *
 * - `residents`: by SM id, every durable Smart Message that lives here, as of its last suspension.
 * - `outbox`: by SM id, every durable Smart Message that is leaving. In one table or the other, never in both.
 * - `accepted`: by attempt (SM id and epoch), the answer given to a neighbour, until that neighbour has settled it.
 * - `guards`: what stays of guarded Smart Messages that came by; see `guard-records.ts`.
 */
import { decodeFields, encodeFields, fromHex } from '../../core/codec.ts';
import { type Incarnation, NODE_ID_BYTES, type NodeId, type SmId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Mutation, Store } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import {
  type CopyName,
  type GuardRecord,
  type LeftState,
  type StoredGuards,
  type StoredRelease,
  guardMutation,
  noGuardMutation,
  noReleaseMutation,
  readGuards,
  readLeft,
  releaseMutation,
} from './guard-records.ts';
import { type ReviveLaunch, decodeResting, encodeResting } from './resting-codec.ts';

const FORMAT = 1;
const RANDOM_ID_BYTES = 16;

/** A Smart Message in the outbox. */
export interface Departure {
  /** As it was when it asked to leave; `epoch` is that of the latest attempt. */
  readonly sm: Resting;
  /** The operation that the program waits for. */
  readonly op: number;
  readonly target: NodeId;
  /** The store incarnation of the neighbour to which the latest attempt may have been sent; null when none was made yet. */
  readonly offeredTo: Incarnation | null;
  /** How long it has been in doubt, as of the last time it was written. */
  readonly inDoubtMs: number;
}

/** The answer to one attempt. */
export interface Answered {
  readonly peer: NodeId;
  readonly accepted: boolean;
}

/** Names one attempt: Smart Message and epoch. */
export function attemptKey(smId: SmId, epoch: number): string {
  return `${smId}/${epoch}`;
}

export class Journal {
  private readonly store: Store;
  private readonly revive: ReviveLaunch;

  constructor(store: Store, revive: ReviveLaunch) {
    this.store = store;
    this.revive = revive;
  }

  resident(sm: Resting): Mutation {
    return { table: 'residents', key: sm.header.smId, value: encodeResting(sm) };
  }

  noResident(smId: SmId): Mutation {
    return { table: 'residents', key: smId, value: null };
  }

  departure(departure: Departure): Mutation {
    const { sm, op, target, offeredTo, inDoubtMs } = departure;
    const value = encodeFields([
      FORMAT,
      op,
      fromHex(target),
      offeredTo === null ? null : fromHex(offeredTo),
      Math.floor(inDoubtMs),
      encodeResting(sm),
    ]);
    return { table: 'outbox', key: sm.header.smId, value };
  }

  noDeparture(smId: SmId): Mutation {
    return { table: 'outbox', key: smId, value: null };
  }

  answered(attempt: string, { peer, accepted }: Answered): Mutation {
    return { table: 'accepted', key: attempt, value: encodeFields([FORMAT, fromHex(peer), accepted]) };
  }

  notAnswered(attempt: string): Mutation {
    return { table: 'accepted', key: attempt, value: null };
  }

  /** With the Smart Message as it left when the record is a copy. */
  guard(record: GuardRecord, left: LeftState | null): Mutation {
    return guardMutation(record, left);
  }

  noGuard(smId: SmId): Mutation {
    return noGuardMutation(smId);
  }

  /** That a neighbour's copy is to be let go. */
  release(release: StoredRelease): Mutation {
    return releaseMutation(release);
  }

  noRelease(copy: CopyName): Mutation {
    return noReleaseMutation(copy);
  }

  /** Throws DataError `store-corrupt` naming the record. */
  guards(): StoredGuards {
    return readGuards(this.store);
  }

  /** The Smart Message of a copy as it left; undefined when there is no copy. Throws DataError `store-corrupt`. */
  leftState(smId: SmId): LeftState | undefined {
    return readLeft(this.store, smId, this.revive);
  }

  /** The last committed state of one resident; undefined when it is not durable or not here. */
  residentState(smId: SmId): Resting | undefined {
    const value = this.store.get('residents', smId);
    return value === undefined ? undefined : decodeResting(value, `resident ${smId}`, this.revive);
  }

  /**
   * Every durable resident.
   *
   * @throws DataError `store-corrupt` naming the record
   */
  *residents(): Generator<Resting> {
    for (const [key, value] of this.store.entries('residents')) yield decodeResting(value, `resident ${key}`, this.revive);
  }

  *departures(): Generator<Departure> {
    for (const [key, value] of this.store.entries('outbox')) {
      const fields = decodeFields(value, 'store-corrupt', `departure ${key}`);
      if (fields.uint('format') !== FORMAT) throw fields.problem('format', `${FORMAT}, written by this version`);
      const departure = {
        op: fields.uint('op'),
        target: fields.hex('target', NODE_ID_BYTES),
        offeredTo: fields.hexOrNull('offeredTo', RANDOM_ID_BYTES),
        inDoubtMs: fields.uint('inDoubtMs'),
        sm: decodeResting(fields.bytes('sm', LIMITS.frameBytes), `departure ${key}`, this.revive),
      };
      fields.end();
      yield departure;
    }
  }

  *answers(): Generator<readonly [attempt: string, answered: Answered]> {
    for (const [key, value] of this.store.entries('accepted')) {
      const fields = decodeFields(value, 'store-corrupt', `answer ${key}`);
      if (fields.uint('format') !== FORMAT) throw fields.problem('format', `${FORMAT}, written by this version`);
      const answered = { peer: fields.hex('peer', NODE_ID_BYTES), accepted: fields.bool('accepted') };
      fields.end();
      yield [key, answered];
    }
  }
}
