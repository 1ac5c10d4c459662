/** The records of guarded Smart Messages on this node, in memory: what is durable of them, and what follows from links. */
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Resting } from '../../core/sm.ts';
import { type CopyName, type GuardRecord, copyKey } from '../journal/guard-records.ts';

/** A record with what need not survive a restart. */
export interface Guarded extends Omit<GuardRecord, 'leftMs'> {
  /** Of a copy: the Smart Message as it left, without its state. */
  readonly sm: Resting | null;
  /** Monotonic: its lifetime is over. */
  readonly endsAtMs: number;
  /** How many nodes a copy is behind its Smart Message. */
  distance: number;
  /** Of a copy: it is revived when the next node is out of reach until then; monotonic. */
  leaseUntilMs: number;
  /** A later life has taken over, and this one has not been ended yet. */
  superseded: boolean;
  /** It is about to be revived, fenced or let go: what neighbours say of it comes too late. */
  deciding: boolean;
}

/** A neighbour's copy that is to be let go. */
export interface Release {
  readonly copy: CopyName;
  /** Its Smart Message is over; else it is only far away, and has to know should a later life have taken over. */
  readonly isOver: boolean;
  /** Monotonic. */
  readonly endsAtMs: number;
}

/** Whether its Smart Message is so far ahead that a copy is not needed. It stays until what is behind it is settled, as a link to that. */
export function isFar({ station, distance, guard }: Guarded): boolean {
  return station === 'copy' && distance > guard;
}

export class GuardTable {
  readonly #records = new Map<SmId, Guarded>();
  /** Whose record has a neighbour's copy behind itself: a later life has another name than the copy that it left behind. */
  readonly #inFrontOf = new Map<string, SmId>();
  readonly #releases = new Map<string, Release>();
  #copies = 0;

  /** Copies, and fences in place of copies. */
  get copies(): number {
    return this.#copies;
  }

  /** Whether nothing is to be watched or said. */
  get isEmpty(): boolean {
    return this.#records.size + this.#releases.size === 0;
  }

  get releaseCount(): number {
    return this.#releases.size;
  }

  get(smId: SmId): Guarded | undefined {
    return this.#records.get(smId);
  }

  /** As they are now: whoever goes through them may change the table. */
  records(): readonly Guarded[] {
    return [...this.#records.values()];
  }

  put(record: Guarded): void {
    this.remove(record.smId);
    this.#records.set(record.smId, record);
    if (record.behind !== null) this.#inFrontOf.set(copyKey(record.behind), record.smId);
    if (record.station !== 'held') this.#copies += 1;
  }

  remove(smId: SmId): void {
    const record = this.#records.get(smId);
    if (record === undefined) return;
    this.#records.delete(smId);
    if (record.behind !== null && this.#inFrontOf.get(copyKey(record.behind)) === smId) this.#inFrontOf.delete(copyKey(record.behind));
    if (record.station !== 'held') this.#copies -= 1;
  }

  /** Puts back what was there before a change that never became durable. */
  restore(smId: SmId, before: Guarded | undefined): void {
    if (before === undefined) this.remove(smId);
    else this.put(before);
  }

  /** Whose copy a neighbour speaks of: the record that has it behind itself. */
  before(copy: CopyName): Guarded | undefined {
    const record = this.#records.get(this.#inFrontOf.get(copyKey(copy)) ?? '');
    return record?.behind?.keeper === copy.keeper ? record : undefined;
  }

  releases(): readonly Release[] {
    return [...this.#releases.values()];
  }

  release(copy: CopyName): Release | undefined {
    return this.#releases.get(copyKey(copy));
  }

  putRelease(release: Release): void {
    this.#releases.set(copyKey(release.copy), release);
  }

  removeRelease(copy: CopyName): void {
    this.#releases.delete(copyKey(copy));
  }

  /** What went on to a node. */
  goneTo(node: NodeId): readonly Guarded[] {
    return this.records().filter(({ passage }) => passage?.next === node);
  }
}
