/**
 * Which residents are ready, which wait and for what, and which have come to the end of their lives. Pure logic: time is an
 * argument, tags are looked at through {@link TagSpace}, slices are run by whoever calls {@link Scheduler.take}.
 *
 * An operation that completes makes its resident ready; further ones that complete before its slice starts are delivered
 * in the same slice, in the order in which the program began them.
 */
import { DataError, RefusedError } from '../../core/errors.ts';
import { Heap } from '../../core/heap.ts';
import type { FamilyId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Principal } from '../../core/tags.ts';
import type { ResumeEvent, Wait } from '../../sandbox/guest/boundary.ts';
import { may, rightsOn } from '../tags/access.ts';
import { fullName } from '../tags/names.ts';
import type { TagSpace } from '../tags/space.ts';
import type { Seat, TagMutation } from '../worker/protocol.ts';
import { deadlineEvent, errorEvent, wakeEvent, type Pending } from './pending.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { Resident } from './resident.ts';
import { Waiters } from './waiters.ts';

export interface SchedulerOptions {
  readonly tags: TagSpace;
  readonly limits: Pick<Limits, 'waitersPerTag' | 'residents'>;
}

/** An operation that completed, and whose it is. */
export interface Completion {
  readonly seat: Seat;
  readonly event: ResumeEvent;
}

export class Scheduler {
  readonly #tags: TagSpace;
  readonly #limits: SchedulerOptions['limits'];
  readonly #residents = new Map<Seat, Resident>();
  readonly #ready = new ReadyQueue<Resident>();
  readonly #timers = new Heap<Resident>((a, b) => a.dueMs < b.dueMs);
  readonly #waiters: Waiters<Resident>;

  constructor(options: SchedulerOptions) {
    this.#tags = options.tags;
    this.#limits = options.limits;
    this.#waiters = new Waiters(options.limits.waitersPerTag);
  }

  get residents(): number {
    return this.#residents.size;
  }

  get ready(): number {
    return this.#ready.size;
  }

  get(seat: Seat): Resident | undefined {
    return this.#residents.get(seat);
  }

  /**
   * Takes a resident in: ready when it waits for nothing, or one of its operations is over already.
   * Throws RefusedError `queue-full` when the node is full.
   */
  add(resident: Resident, waits: readonly Wait[], events: readonly ResumeEvent[], sinceMs: number, nowMs: number): void {
    if (this.#residents.has(resident.seat)) throw new DataError('seat-taken', `seat ${resident.seat} is taken`);
    if (this.#residents.size >= this.#limits.residents)
      throw new RefusedError('queue-full', `${this.#residents.size} Smart Messages are here already`);
    this.#residents.set(resident.seat, resident);
    this.#ready.admit(resident);
    resident.pending = waits.map((wait) => this.#begin(resident, wait, sinceMs));
    if (waits.length === 0) {
      // It has just arrived, or begins: what it waited for was carried out elsewhere.
      resident.events = events;
      this.#makeReady(resident);
    }
    // What is known to be over is not begun again: a block that was woken must not look at tags as they are by now.
    for (const event of events) this.complete(resident.seat, event);
    this.#register(resident, resident.pending, waits, nowMs);
  }

  /** Forgets a resident: it ended or leaves. */
  remove(resident: Resident): void {
    if (!this.#residents.delete(resident.seat)) return;
    for (const pending of resident.pending) this.#waiters.remove(pending);
    this.#timers.remove(resident);
    this.#ready.dismiss(resident);
  }

  /** Takes out the resident whose slice shall run now, with what it is to be told. */
  take(): { readonly resident: Resident; readonly events: readonly ResumeEvent[] } | undefined {
    const resident = this.#ready.take();
    if (resident === undefined) return undefined;
    const events = resident.events.length < 2 ? resident.events : resident.events.toSorted((a, b) => a.op - b.op);
    resident.events = NOTHING;
    return { resident, events };
  }

  /** Puts a taken resident back unchanged, with the events that it was to be told. */
  putBack(resident: Resident, events: readonly ResumeEvent[]): void {
    resident.events = [...events, ...resident.events];
    this.#ready.enqueue(resident);
  }

  charge(resident: Resident, cpuMs: number): void {
    this.#ready.charge(resident, cpuMs);
  }

  /**
   * Sets what a resident waits for after its slice. Operations that it waited for before are left as they are; those no
   * longer named are given up.
   *
   * @param sinceMs the moment from which the durations in `waits` count
   * @returns operations that were over at once
   */
  wait(resident: Resident, waits: readonly Wait[], sinceMs: number, nowMs: number): Completion[] {
    const before = resident.pending;
    const kept = (op: number): Pending | undefined => before.find((pending) => pending.op === op);
    const next = waits.map((wait) => kept(wait.op) ?? this.#begin(resident, wait, sinceMs));
    for (const pending of before) if (!next.includes(pending)) this.#waiters.remove(pending);
    resident.pending = next;
    const begun = next.filter((pending) => !before.includes(pending));
    return this.#register(resident, begun, waits, nowMs);
  }

  /** An operation is over. False when the resident is gone or does not wait for it any more. */
  complete(seat: Seat, event: ResumeEvent): boolean {
    const resident = this.#residents.get(seat);
    const pending = resident?.pending.find(({ op }) => op === event.op);
    if (resident === undefined || pending === undefined) return false;
    this.#waiters.remove(pending);
    resident.pending = resident.pending.filter((other) => other !== pending);
    resident.events = [...resident.events, event];
    this.#makeReady(resident);
    this.#setTimer(resident);
    return true;
  }

  /** Whether an operation of a resident is not over. */
  waitsFor(resident: Resident, op: number): boolean {
    return resident.pending.some((pending) => pending.op === op);
  }

  /**
   * Wakes those who wait for tags that were made or written.
   *
   * @param sequence the change set that did so; what the woken do next depends on it
   */
  wake(mutations: readonly TagMutation[], sequence: number): Completion[] {
    const completions: Completion[] = [];
    for (const { name, record } of mutations) {
      if (record === null) continue;
      for (const [pending, resident] of this.#waiters.of(name)) {
        const accessor = resident.accessor();
        if (record.version <= pending.after || !may(rightsOn(record, accessor), 'block')) continue;
        const event = wakeEvent(pending, record, accessor.principal);
        if (!this.complete(resident.seat, event)) continue;
        resident.sawSequence = sequence;
        completions.push({ seat: resident.seat, event });
      }
    }
    return completions;
  }

  /** Lets time pass: completes operations whose time has come. Returns residents whose lifetime is over; removing them is the caller's. */
  tick(nowMs: number): Resident[] {
    const over: Resident[] = [];
    for (let resident = this.#timers.peek(); resident !== undefined && resident.dueMs <= nowMs; resident = this.#timers.peek()) {
      if (resident.endOfLifeMs <= nowMs) {
        this.#timers.remove(resident);
        over.push(resident);
        continue;
      }
      for (const pending of resident.pending) {
        if (pending.deadlineMs !== null && pending.deadlineMs <= nowMs) this.complete(resident.seat, deadlineEvent(pending));
      }
      this.#setTimer(resident);
    }
    return over;
  }

  /** Monotonic time at which {@link tick} next has something to do; Infinity when never. */
  nextTickMs(): number {
    return this.#timers.peek()?.dueMs ?? Infinity;
  }

  /** Members of one family that live here. */
  family(family: FamilyId): Resident[] {
    return [...this.#residents.values()].filter((resident) => resident.family === family);
  }

  #begin(resident: Resident, wait: Wait, sinceMs: number): Pending {
    const { principal } = resident.charter;
    return {
      op: wait.op,
      kind: wait.kind,
      deadlineMs: deadlineOf(wait, sinceMs),
      names: wait.kind === 'block' ? fullNames(wait.names, { ...principal, smId: resident.smId }) : NO_NAMES,
      after: wait.kind === 'block' ? (wait.after ?? this.#tags.version) : 0,
    };
  }

  /** Registers new operations, and completes those that are over at once. */
  #register(resident: Resident, begun: readonly Pending[], waits: readonly Wait[], nowMs: number): Completion[] {
    const completions: Completion[] = [];
    for (const pending of begun) {
      const wait = waits.find(({ op }) => op === pending.op);
      const event = wait === undefined ? null : this.#registerOne(resident, pending, wait, nowMs);
      if (event !== null && this.complete(resident.seat, event)) completions.push({ seat: resident.seat, event });
    }
    this.#setTimer(resident);
    return completions;
  }

  /** Returns the event when it is over at once. */
  #registerOne(resident: Resident, pending: Pending, wait: Wait, nowMs: number): ResumeEvent | null {
    if (wait.kind === 'sense') return this.#reading(resident, wait, nowMs);
    if (wait.kind === 'block') {
      const over = this.#blockIsOver(resident, pending, nowMs);
      if (over !== null) return over;
      if (!this.#waiters.add(resident, pending))
        return errorEvent(pending.op, 'TagError', 'too many wait for this tag already', 'tag-quota');
    }
    return pending.deadlineMs !== null && pending.deadlineMs <= nowMs ? deadlineEvent(pending) : null;
  }

  #blockIsOver(resident: Resident, pending: Pending, nowMs: number): ResumeEvent | null {
    const accessor = resident.accessor();
    for (const name of pending.names) {
      const record = this.#tags.read(name, nowMs);
      if (record === undefined) continue;
      if (!may(rightsOn(record, accessor), 'block'))
        return errorEvent(pending.op, 'TagError', `no right to wait for tag ${name}`, 'tag-denied');
      if (record.version > pending.after) return wakeEvent(pending, record, accessor.principal);
    }
    return null;
  }

  /** Answers a `sense` from the tag space when it can: with an error, or with a reading that is young enough. */
  #reading(resident: Resident, { op, name, maxAgeMs }: Wait & { kind: 'sense' }, nowMs: number): ResumeEvent | null {
    const record = this.#tags.read(name, nowMs);
    if (record === undefined) return errorEvent(op, 'TagError', `there is no tag ${name} here`, 'tag-missing');
    if (record.about === null) return errorEvent(op, 'TagError', `tag ${name} has no driver`, 'tag-invalid');
    if (!may(rightsOn(record, resident.accessor()), 'read'))
      return errorEvent(op, 'TagError', `no right to read tag ${name}`, 'tag-denied');
    const ageMs = nowMs - record.writtenAtMs;
    if (ageMs > maxAgeMs) return null;
    return { op, value: { value: record.value, version: record.version, unit: record.about.unit, ageMs } };
  }

  #makeReady(resident: Resident): void {
    this.#ready.enqueue(resident);
  }

  #setTimer(resident: Resident): void {
    let dueMs = resident.endOfLifeMs;
    for (const { deadlineMs } of resident.pending) if (deadlineMs !== null && deadlineMs < dueMs) dueMs = deadlineMs;
    resident.dueMs = dueMs;
    this.#timers.place(resident);
  }
}

const NO_NAMES: readonly string[] = [];
const NOTHING: readonly never[] = [];

function fullNames(names: readonly string[], who: Principal): readonly string[] {
  return [...new Set(names.map((name) => fullName(name, who)))];
}

function deadlineOf(wait: Wait, sinceMs: number): number | null {
  switch (wait.kind) {
    case 'sleep':
      return sinceMs + wait.ms;
    case 'block':
    case 'actuate':
      return wait.timeoutMs === null ? null : sinceMs + wait.timeoutMs;
    default:
      return null;
  }
}
