/** A Smart Message that lives on this node, as the scheduler holds it. There may be ten thousand, so it is small. */
import { BugError } from '../../core/errors.ts';
import type { HeapItem } from '../../core/heap.ts';
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Budget } from '../../core/program.ts';
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import type { Accessor } from '../tags/access.ts';
import { pack, unpack, type Packed } from '../worker/packed.ts';
import type { Boarding, Charter, Seat } from '../worker/protocol.ts';
import type { Share } from './fair-queue.ts';
import type { Pending } from './pending.ts';
import type { Queued } from './ready-queue.ts';

const NOTHING: readonly never[] = [];

export class Resident implements HeapItem, Queued {
  readonly seat: Seat;
  readonly smId: SmId;
  /** Another one with the same number when policy changes what it may. */
  charter: Charter;
  readonly previous: NodeId | null;
  readonly hops: number;
  readonly transient: boolean;
  /** Monotonic time of its birth, as if it had always been here. */
  readonly bornMs: number;
  #state: Packed | null = '';
  start: Boarding['start'];
  budget: Budget;
  epoch: number;
  /** CPU time used since it came, and how much of it the budget has paid: whole milliseconds, begun ones count. */
  usedCpuMs = 0;
  paidCpuMs = 0;
  pending: readonly Pending[] = NOTHING;
  /** Completed operations that the next slice will be told of. */
  events: readonly ResumeEvent[] = NOTHING;
  /** The highest change set that an undelivered event comes from. */
  sawSequence = 0;
  /** Next moment at which time does something to it: a deadline of an operation or the end of its life. */
  dueMs = Infinity;
  heapIndex = -1;
  virtualMs = 0;
  share: Share<Queued> | null = null;

  constructor(boarding: Boarding, charter: Charter) {
    this.seat = boarding.seat;
    this.smId = boarding.smId;
    this.charter = charter;
    this.previous = boarding.previous;
    this.hops = boarding.hops;
    this.transient = boarding.transient;
    this.bornMs = boarding.sinceMs - boarding.ageMs;
    this.state = boarding.state;
    this.start = boarding.start;
    this.budget = boarding.budget;
    this.epoch = boarding.epoch;
  }

  /** Captured state, UTF-8. Throws BugError `no-state` when it was let go. */
  get state(): Uint8Array {
    if (this.#state === null) throw new BugError('no-state', `the state of seat ${this.seat} is not held here`);
    return unpack(this.#state);
  }

  set state(bytes: Uint8Array) {
    this.#state = pack(bytes);
  }

  /** Whether it can run: its state is here, or it has none yet. */
  get hasState(): boolean {
    return this.#state !== null;
  }

  letStateGo(): void {
    if (this.start === null) this.#state = null;
  }

  get author(): string {
    return this.charter.principal.author;
  }

  get family(): string {
    return this.charter.principal.family;
  }

  get endOfLifeMs(): number {
    return this.bornMs + this.charter.resources.lifetimeMs;
  }

  accessor(): Accessor {
    const { principal, resources } = this.charter;
    return {
      principal: { ...principal, smId: this.smId },
      reads: resources.reads,
      drives: resources.drives,
      familyTags: resources.tags,
    };
  }
}
