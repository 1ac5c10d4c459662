/**
 * Main's side of the VM worker. It holds the authoritative tags and the list of residents, applies the worker's change
 * sets to them in order, hands each to the node to be committed, and fills a new worker from them when the old one is lost.
 *
 * A change set passes three stages: *applied* to main's copies, *committed* by {@link EngineOptions.commit}, and *certain* when
 * the promise that this returned is resolved. Should one be rejected, it and everything after it is taken back and
 * a new worker starts from what is left, as if those slices had never run.
 */
import { BugError, DataError } from '../../core/errors.ts';
import type { FamilyId, Hash, SmId } from '../../core/ids.ts';
import type { Resting } from '../../core/sm.ts';
import type { TagRecord } from '../../core/tags.ts';
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import { TagSpace } from '../tags/space.ts';
import { parseEvents } from '../worker/boarding.ts';
import { unpack } from '../worker/packed.ts';
import type { ChangeSet, ExternalChange, FromWorker, KillReason, Seat, Surroundings, TagMutation, TagQuotas } from '../worker/protocol.ts';
import { Certainty } from './certainty.ts';
import { endWithoutSlice } from './end.ts';
import type { Entry } from './ledger.ts';
import type { EngineOptions } from './options.ts';
import { Requests } from './requests.ts';
import { Seats, boardingOf, interruptions, restAfter, seatedAfter, type Seated } from './seats.ts';
import { SharedTexts } from './shared-texts.ts';
import { Pauses } from './pauses.ts';
import { WorkerKeeper, type Culprit } from './worker-keeper.ts';

export type { Commit, EngineOptions } from './options.ts';

export class Engine {
  readonly tags = new TagSpace();
  readonly #options: EngineOptions;
  readonly #seats: Seats;
  readonly #requests: Requests;
  readonly #certainty: Certainty;
  readonly #waits = new SharedTexts(WAITS_SHARED);
  readonly #keeper: WorkerKeeper;
  readonly #pauses: Pauses;
  readonly #tagListeners = new Set<(record: TagRecord) => void>();
  readonly #kills = new Map<FamilyId, string>();
  #surroundings: Surroundings;
  #quotas: TagQuotas;
  /** Charters that the worker may forget. It is not woken for every one: a passing Smart Message leaves one behind. */
  #unused: number[] = [];
  /** Settles {@link start}; null once the first worker was ready. */
  #starting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#surroundings = options.surroundings;
    this.#quotas = options.quotas;
    this.#seats = new Seats(options.codeDomain, options.resources, options.tagQuotas);
    this.#requests = new Requests(options.limits.externalChanges);
    this.tags.load(options.tags.records, options.tags.version);
    this.#pauses = new Pauses(options.clock, options.limits);
    this.#certainty = new Certainty({
      generation: () => this.#keeper.generation,
      setsPerCredit: options.limits.changeSetsInFlight / 4,
      credit: (sequence) => this.#keeper.post({ type: 'credit', sequence }),
      failed: (entry, error) => this.#rollBack(entry, error),
    });
    this.#keeper = new WorkerKeeper({
      ...options,
      onStarted: (generation) => this.#seed(generation),
      onMessage: (message) => this.#receive(message),
      onLost: (reason, culprit) => this.#recover(reason, culprit),
    });
  }

  /** Starts the worker with the residents that the journal has; resolves when it is ready. To be called once. Rejects with BugError `worker-start`. */
  start(residents: Iterable<Resting>): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    for (const resting of residents) this.#seats.take(resting, [...(eventsOf(resting) ?? []), ...interruptions(resting)], nowMs);
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.#keeper.start();
    });
  }

  /** Ends the worker. What is not committed is lost, as in a crash. */
  stop(): void {
    this.#keeper.stop();
    this.#requests.abandon();
  }

  /** Why no slices run; null when all is well. */
  get problem(): string | null {
    return this.#keeper.problem;
  }

  get residents(): number {
    return this.#seats.size;
  }

  /** A resident as last committed, without its state. */
  resident(smId: SmId): Resting | undefined {
    return this.#seats.find(smId)?.resting;
  }

  *list(): Iterable<{ readonly resting: Resting; readonly sinceMs: number; readonly ready: boolean }> {
    for (const { resting, sinceMs, events } of this.#seats.all())
      yield { resting, sinceMs, ready: resting.waits === '[]' || events.length > 0 };
  }

  /**
   * Takes in a Smart Message that arrived, was launched or came back: it runs as soon as it waits for nothing, or `header.events` end its waits.
   *
   * @param durable resolves when it is here for certain; should it reject, the Smart Message and everything that it may have done are
   *   taken back, as after a commit that failed. Null when it is certain already. What its slices do must become durable after it.
   */
  submit(resting: Resting, durable: Promise<void> | null = null): void {
    const nowMs = this.#options.clock.monotonicMs();
    const events = eventsOf(resting);
    const { seated, charter } = this.#seats.take(resting, events ?? [], nowMs);
    if (durable !== null) this.#expectArrival(seated.seat, durable);
    if (events === null) return this.#end(seated, 'bad-state', 'the events that it came with are not readable');
    if (this.#keeper.running) this.#keeper.post({ type: 'board', boarding: boardingOf(seated, resting.state), charter });
  }

  /** A Smart Message of a program that just came to this node is about to be submitted: the worker need not ask for it. */
  provide(hash: Hash): void {
    this.#keeper.post({ type: 'program', hash, program: this.#options.program(hash) });
  }

  /** Tells a resident how operations ended that main carried out: readings, actuators. Nothing happens when it is gone or no longer waits for them. */
  resume(smId: SmId, events: readonly ResumeEvent[]): void {
    const seated = this.#seats.find(smId);
    if (seated === undefined) return;
    this.#seats.addEvents(seated.seat, events);
    this.#keeper.post({ type: 'resume', seat: seated.seat, events });
  }

  /**
   * Changes tags from outside any slice, all together or none. Resolves with the tags as they are then, once that is certain.
   * Rejects with TagRefusal, or RefusedError `queue-full` or `shutting-down`.
   */
  applyExternal(changes: readonly ExternalChange[]): Promise<readonly TagMutation[]> {
    return new Promise((resolve, reject) => {
      const request = this.#requests.open(changes, resolve, reject);
      this.#keeper.post({ type: 'external', request: request.id, changes });
    });
  }

  /** Calls `listener` with every tag that is made or changed, once that is certain, until the returned function is called. */
  onTags(listener: (record: TagRecord) => void): () => void {
    this.#tagListeners.add(listener);
    return () => void this.#tagListeners.delete(listener);
  }

  setSurroundings(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
    this.#keeper.post({ type: 'surroundings', surroundings });
  }

  /** What programs may has changed: from their next slice on residents are held to it. */
  recharter(): void {
    for (const charter of this.#seats.recharter()) this.#keeper.post({ type: 'charter', charter });
  }

  setQuotas(quotas: TagQuotas): void {
    this.#quotas = quotas;
    this.#keeper.post({ type: 'quotas', quotas });
  }

  /** Ends all members of a family that live here, between slices. Resolves with their number when all have ended. */
  async kill(family: FamilyId, reason: string): Promise<number> {
    const members = this.#seats.family(family).length;
    if (members === 0) return 0;
    this.#kills.set(family, reason);
    this.#keeper.post({ type: 'kill', family, reason });
    // Requests are answered in order, so an empty one says that the kill is done.
    try {
      await this.applyExternal([]);
    } finally {
      this.#kills.delete(family);
    }
    return members;
  }

  /** Ends one resident, between slices. Nothing happens when it is not here, or when the worker is lost meanwhile: ask again. */
  supersede(smId: SmId, detail: string): void {
    const seated = this.#seats.find(smId);
    if (seated !== undefined) this.#keeper.post({ type: 'end', seat: seated.seat, reason: 'superseded', detail });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#starting?.resolve();
        this.#starting = null;
        return;
      case 'need-program':
        return this.provide(message.hash);
      case 'need-state':
        return this.#sendState(message.seat);
      case 'changes':
        return this.#accept(message.set);
    }
  }

  #accept(set: ChangeSet): void {
    const undoTags = this.tags.apply(set.tags, set.version);
    const { before, after, undo } = this.#applySlice(set);
    for (const { seat, event } of set.woken) this.#seats.addEvents(seat, [event]);
    const entry: Entry = {
      generation: set.generation,
      sequence: set.sequence,
      undo: () => {
        for (const { seat, event } of set.woken) this.#seats.dropEvent(seat, event.op);
        undo();
        this.tags.apply(undoTags, 0);
      },
      confirmed: () => this.#confirmed(set),
    };
    this.#certainty.add(entry);
    let certain: Promise<void> | undefined;
    try {
      certain = this.#options.commit({ set, before, after });
    } catch (error) {
      return this.#rollBack(entry, error);
    }
    this.#certainty.follow(entry, certain);
  }

  /** Keeps in mind how to take back a Smart Message whose arrival is not certain. */
  #expectArrival(seat: Seat, durable: Promise<void>): void {
    const undo = (): void => {
      const seated = this.#seats.get(seat);
      if (seated !== undefined) this.#leave(seated);
    };
    const entry: Entry = { generation: this.#keeper.generation, sequence: 0, undo, confirmed: () => {} };
    this.#certainty.add(entry);
    this.#certainty.follow(entry, durable);
  }

  #confirmed(set: ChangeSet): void {
    this.#requests.answer(set);
    if (this.#tagListeners.size === 0) return;
    for (const { record } of set.tags) if (record !== null) for (const tell of this.#tagListeners) tell(record);
  }

  /** Gives the seat of the slice's Smart Message what the slice left. */
  #applySlice({ slice, atMs }: ChangeSet): { before: Resting | null; after: Resting | null; undo: () => void } {
    const seated = slice === null ? undefined : this.#seats.get(slice.seat);
    if (slice === null || seated === undefined) return { before: null, after: null, undo: () => {} };
    const after = restAfter(seated.resting, slice, this.#waits);
    if (after !== null && slice.outcome.kind === 'wait') this.#seats.put(seatedAfter(seated, after, slice, atMs));
    else this.#leave(seated);
    return { before: seated.resting, after, undo: () => this.#seats.restore(seated) };
  }

  #leave(seated: Seated): void {
    const charter = this.#seats.leave(seated);
    if (charter === null) return;
    this.#unused.push(charter);
    if (this.#unused.length < CHARTERS_PER_MESSAGE) return;
    this.#keeper.post({ type: 'forget-charters', ids: this.#unused });
    this.#unused = [];
  }

  #rollBack(entry: Entry, error: unknown): void {
    const lost = this.#certainty.takeBack(entry);
    if (lost === null) return;
    const { log, metrics } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    this.#keeper.discard();
    metrics.count('sm_commit_failures_total');
    metrics.count('sm_worker_restarts_total', { cause: 'commit' });
    log.error({ error: message, lost }, 'a commit failed; what it and later slices did is taken back');
    this.#recover(`a commit failed: ${message}`, null, this.#pauses.next());
  }

  /** The worker is gone: its culprit ends, and a new one starts once everything that it reported is certain or taken back. */
  #recover(reason: string, culprit: Culprit | null, pauseMs = 0): void {
    if (this.#starting !== null) {
      // Nothing of a guest's has run yet, so the next one would fail as well.
      this.#starting.reject(new BugError('worker-start', `the VM worker does not start: ${reason}`));
      return this.stop();
    }
    this.#options.log.warn({ reason, seat: culprit?.seat }, 'the VM worker is replaced');
    if (culprit !== null) this.#condemn(culprit);
    this.#certainty.whenAllIsCertain(() => this.#keeper.restart(reason, pauseMs));
  }

  #condemn({ seat, reason, detail }: Culprit): void {
    for (const seated of this.#seats.all()) {
      if ((seated.seat | 0) !== seat) continue;
      this.#end(seated, reason, detail);
      return;
    }
  }

  /** Ends a resident without the worker's doing. */
  #end(seated: Seated, reason: KillReason, detail: string): void {
    const { generation } = this.#keeper;
    this.#accept(
      endWithoutSlice(seated, { reason, detail }, { generation, nowMs: this.#options.clock.monotonicMs(), version: this.tags.version }),
    );
  }

  /** Fills a new worker. */
  #seed(generation: number): void {
    this.#certainty.restart();
    this.#unused = [];
    const post = this.#keeper.post.bind(this.#keeper);
    const tags = [...this.tags.records()];
    post({ type: 'seed', generation, tags, version: this.tags.version, surroundings: this.#surroundings, quotas: this.#quotas });
    for (const charter of this.#seats.charters()) post({ type: 'charter', charter });
    for (const seated of this.#seats.all()) {
      const state = this.#stateOf(seated);
      if (state === undefined) this.#end(seated, 'worker-lost', 'the journal does not have its state');
      else post({ type: 'board', boarding: boardingOf(seated, state), charter: null });
    }
    for (const [family, reason] of this.#kills) post({ type: 'kill', family, reason });
    for (const { id, changes } of this.#requests.pending()) post({ type: 'external', request: id, changes });
  }

  /** What the worker let go of and needs again. A seat that is free by now is of no interest to it any more. */
  #sendState(seat: Seat): void {
    const seated = this.#seats.get(seat);
    this.#keeper.post({ type: 'state', seat, state: (seated === undefined ? undefined : this.#stateOf(seated)) ?? null });
  }

  #stateOf({ resting, state }: Seated): Uint8Array | undefined {
    if (state !== null) return unpack(state);
    return resting.start === null ? this.#options.readState(resting.header.smId) : NO_STATE;
  }
}

const CHARTERS_PER_MESSAGE = 64;
/** Different wait sets of which one copy is kept for all. */
const WAITS_SHARED = 64;
const NO_STATE = new Uint8Array(0);

/** Events with which a Smart Message came, or null when they are not readable: the node that sent it may have written anything. */
function eventsOf(resting: Resting): readonly ResumeEvent[] | null {
  try {
    return parseEvents(resting.header.events);
  } catch (error) {
    if (error instanceof DataError) return null;
    throw error;
  }
}
