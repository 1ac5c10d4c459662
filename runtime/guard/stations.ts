/**
 * What happens to guarded Smart Messages at this node and what is remembered of it: they come, go on, are cloned, end, and live again.
 * Each step gives mutations for the batch that makes it durable.
 */
import type { SmId } from '../../core/ids.ts';
import type { Mutation } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import { canLiveAgain } from '../handoff/departure.ts';
import type { HandoffOptions } from '../handoff/types.ts';
import type { CopyName, LeftState, Passage } from '../journal/guard-records.ts';
import { type GuardTable, type Guarded, isFar } from './table.ts';

/** A step of which the node's memory knows already. */
export interface Step {
  readonly mutations: readonly Mutation[];
  /** To be called when they are durable. */
  readonly done: () => void;
  /** To be called when they never will be. */
  readonly undo: () => void;
}

const nothing = (): void => {};
export const NOTHING_TO_DO: Step = { mutations: [], done: nothing, undo: nothing };
const NO_STATE = new Uint8Array(0);

export interface StationsListener {
  /** There is news of a neighbour's copy. */
  readonly tell: (copy: CopyName) => void;
  /** A later life has taken over from what went on with this record. */
  readonly outlived: (fence: Guarded) => void;
  /** There is something to watch. */
  readonly watch: () => void;
}

export class Stations {
  readonly #options: HandoffOptions;
  readonly #table: GuardTable;
  readonly #listener: StationsListener;

  constructor(options: HandoffOptions, table: GuardTable, listener: StationsListener) {
    this.#options = options;
    this.#table = table;
    this.#listener = listener;
  }

  /** A Smart Message arrived from the neighbour that has the copy behind it now. A copy that stayed here earlier is of no use any more. */
  arrived(sm: Resting): Step {
    const { request } = sm.launch;
    const { smId } = sm.header;
    if (request.guard === 0 || sm.previous === null) return NOTHING_TO_DO;
    const before = this.#table.get(smId);
    const released = before?.behind == null ? [] : this.#release(before.behind, before.endsAtMs, false);
    if (before?.station === 'copy') this.#options.code.unpin(sm.manifest);
    const record = this.held(sm, { keeper: sm.previous, smId, epoch: sm.epoch });
    return {
      mutations: [...released, this.#write(record, null)],
      done: nothing,
      undo: () => {
        this.#restore(smId, before);
        if (before?.station === 'copy') this.#options.code.pin(sm.manifest);
      },
    };
  }

  /** Its neighbour has it: a copy stays here, unless there is no room or no reserve for it. */
  left({ sm, op }: LeftState, passage: Passage): Step {
    const { request } = sm.launch;
    if (request.guard === 0) return NOTHING_TO_DO;
    const { smId } = sm.header;
    const before = this.#table.get(smId);
    // Said again, because it could not be stored before.
    if (before?.passage?.epoch === passage.epoch)
      return { mutations: [this.#write(before, before.station === 'copy' ? { sm, op } : null)], done: nothing, undo: nothing };
    if (before?.superseded === true) return this.fenced(sm, passage);
    const refusal = this.#refusal(sm);
    if (refusal !== null) {
      this.#options.metrics.count('sm_guards_refused_total', { reason: refusal });
      return this.#gone(before);
    }
    const record: Guarded = {
      ...this.#fresh(sm),
      station: 'copy',
      passage,
      behind: before?.behind ?? null,
      sm: { ...sm, state: NO_STATE },
      distance: 1,
    };
    const mutation = this.#write(record, { sm, op });
    this.#options.code.pin(sm.manifest);
    this.#options.metrics.count('sm_guards_kept_total');
    if (record.behind !== null) this.#listener.tell(record.behind);
    return {
      mutations: [mutation],
      done: nothing,
      undo: () => {
        this.#table.restore(smId, before);
        this.#options.code.unpin(sm.manifest);
      },
    };
  }

  /** It has become clones. The first of them has its guards; all have new ones from their first hop on. */
  cloned(sm: Resting, first: Resting): Step {
    const before = this.#table.get(sm.header.smId);
    if (before?.station !== 'held' || before.behind === null) return NOTHING_TO_DO;
    const { behind } = before;
    this.#table.remove(before.smId);
    const mutation = this.#write(this.held(first, behind), null);
    return {
      mutations: [this.#options.journal.noGuard(before.smId), mutation],
      done: nothing,
      undo: () => {
        this.#table.remove(first.header.smId);
        this.#table.put(before);
      },
    };
  }

  /** It is over: nobody needs a copy. To be called when that is certain; {@link endMutations} make it so. */
  ended(smId: SmId): void {
    const record = this.#table.get(smId);
    if (record?.station !== 'held') return;
    this.#gone(record);
    this.#over(smId);
  }

  /** What is written with the end of a Smart Message that lived here. */
  endMutations(smId: SmId): readonly Mutation[] {
    const record = this.#table.get(smId);
    if (record?.station !== 'held') return [];
    const { journal } = this.#options;
    const { behind } = record;
    return [
      journal.noGuard(smId),
      ...(behind === null ? [] : [journal.release({ copy: behind, isOver: true, leftMs: this.#leftMs(record) })]),
    ];
  }

  /** A later life has taken over elsewhere from one that went on: whoever comes of it is told, as soon as that is durable. */
  fenced(sm: Resting, passage: Passage): Step {
    const { smId } = sm.header;
    const before = this.#table.get(smId);
    const released = before?.behind == null ? [] : this.#release(before.behind, before.endsAtMs, true);
    const fence = this.#fence(sm, passage);
    return {
      mutations: [...released, this.#write(fence, null)],
      done: () => this.#stands(fence),
      undo: () => this.#restore(smId, before),
    };
  }

  /** `second` lives here in the place of one that went on, and has the copy behind it. */
  outlived(sm: Resting, passage: Passage, second: Resting): Step {
    const { smId } = sm.header;
    const before = this.#table.get(smId);
    const fence = this.#fence(sm, passage);
    const mutations = [this.#write(fence, null)];
    if (before?.behind != null) {
      mutations.push(this.#write(this.held(second, before.behind), null));
      this.#listener.tell(before.behind);
    }
    return {
      mutations,
      done: () => this.#stands(fence),
      undo: () => {
        this.#table.restore(smId, before);
        this.#table.remove(second.header.smId);
      },
    };
  }

  /** Nobody needs a copy, or a fence, that is here. It stays until that is durable, so that nobody is told too early. */
  letGo(record: Guarded): Step {
    const { journal, code } = this.#options;
    const { smId, behind, sm } = record;
    record.deciding = true;
    return {
      mutations: [
        journal.noGuard(smId),
        ...(behind === null ? [] : [journal.release({ copy: behind, isOver: true, leftMs: this.#leftMs(record) })]),
      ],
      done: () => {
        // It came back meanwhile, and what there is of it now is another station.
        if (this.#table.get(smId)?.passage?.epoch !== record.passage?.epoch) return;
        this.#table.remove(smId);
        if (behind !== null) this.#release(behind, record.endsAtMs, true);
        if (sm !== null) code.unpin(sm.manifest);
        if (!isFar(record)) this.#over(smId);
      },
      undo: () => void (record.deciding = false),
    };
  }

  /** The record of one that lives here. */
  held(sm: Resting, behind: CopyName): Guarded {
    return { ...this.#fresh(sm), station: 'held', passage: null, behind };
  }

  /** A fence is durable: whoever asked too early is told now. */
  #stands(fence: Guarded): void {
    fence.deciding = false;
    this.#listener.outlived(fence);
  }

  #fence(sm: Resting, passage: Passage): Guarded {
    return { ...this.#fresh(sm), station: 'fence', passage, deciding: true };
  }

  /** What is left of the lifetime of what a record is about. */
  #leftMs({ endsAtMs }: Pick<Guarded, 'endsAtMs'>): number {
    return endsAtMs - this.#options.clock.monotonicMs();
  }

  #fresh({ header, launch }: Resting): Guarded {
    const nowMs = this.#options.clock.monotonicMs();
    const { guard, resources } = launch.request;
    return {
      smId: header.smId,
      station: 'held',
      passage: null,
      behind: null,
      guard,
      sm: null,
      endsAtMs: nowMs + resources.lifetimeMs - header.ageMs,
      distance: 0,
      leaseUntilMs: nowMs + this.#options.limits.guardLeaseMs,
      superseded: false,
      deciding: false,
    };
  }

  #refusal(sm: Resting): 'no-reserve' | 'full' | null {
    if (!canLiveAgain(sm)) return 'no-reserve';
    return this.#table.copies < this.#options.limits.guardCopies ? null : 'full';
  }

  #write(record: Guarded, left: LeftState | null): Mutation {
    this.#table.put(record);
    this.#listener.watch();
    return this.#options.journal.guard({ ...record, leftMs: this.#leftMs(record) }, left);
  }

  /** Nothing of it stays here, and nothing need stay behind it. */
  #gone(record: Guarded | undefined): Step {
    if (record === undefined) return NOTHING_TO_DO;
    this.#table.remove(record.smId);
    const released = record.behind === null ? [] : this.#release(record.behind, record.endsAtMs, true);
    return {
      mutations: [this.#options.journal.noGuard(record.smId), ...released],
      done: nothing,
      undo: () => this.#restore(record.smId, record),
    };
  }

  /** As it was before a step that released what was behind. */
  #restore(smId: SmId, before: Guarded | undefined): void {
    this.#table.restore(smId, before);
    if (before?.behind != null) this.#table.removeRelease(before.behind);
  }

  /** Copies that were let go because their Smart Message was far are of nobody any more. */
  #over(smId: SmId): void {
    for (const release of this.#table.releases()) {
      if (release.isOver || release.copy.smId !== smId) continue;
      this.#table.putRelease({ ...release, isOver: true });
      this.#listener.tell(release.copy);
    }
  }

  /** A neighbour's copy is to be let go. Where there is no room for that it goes by itself, with its lifetime at the latest. */
  #release(copy: CopyName, endsAtMs: number, isOver: boolean): readonly Mutation[] {
    const { journal, limits } = this.#options;
    if (this.#table.releaseCount >= limits.guardReleases) return [];
    this.#table.putRelease({ copy, isOver, endsAtMs });
    this.#listener.tell(copy);
    return [journal.release({ copy, isOver, leftMs: this.#leftMs({ endsAtMs }) })];
  }
}
