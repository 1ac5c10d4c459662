/**
 * What a slice did becomes a fact here: one batch for the store, and, when that batch and everything the slice may have read
 * is durable, the effects that leave the node. Nothing leaves earlier; a transient Smart Message that read nothing unflushed
 * waits for nothing.
 */
import { splitOff } from '../core/budget.ts';
import { RefusedError } from '../core/errors.ts';
import type { SmId } from '../core/ids.ts';
import { descendantId } from '../core/lineage.ts';
import type { Clock, Log, Metrics, Mutation, Store } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { Commit, Engine } from './engine/engine.ts';
import type { Breadcrumbs } from './family/breadcrumbs.ts';
import type { FamilyResults } from './family/results.ts';
import type { Obituaries } from './family/obituaries.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { IoTags } from './io-tags.ts';
import type { Journal } from './journal/journal.ts';
import type { Launching } from './launching.ts';
import { obituaryOf, type Ended, type PlaceOfEnd } from './lineage-ends.ts';
import { tagMutations } from './tags/record.ts';
import type { ChangeSet, ChildStart, SliceEffects } from './worker/protocol.ts';

export interface CommitsOptions {
  readonly place: PlaceOfEnd;
  readonly store: Store;
  readonly journal: Journal;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly breadcrumbs: Breadcrumbs;
  readonly results: FamilyResults;
  readonly obituaries: Obituaries;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly engine: () => Engine;
  readonly handoff: () => Handoff;
  readonly io: () => IoTags;
  readonly launching: Launching;
  /** Something failed that never should: a defect of this program. */
  readonly bug: (error: unknown) => void;
}

/** What one slice leads to: a batch, and what happens once it is certain. */
interface Consequences {
  readonly mutations: readonly Mutation[];
  /** Each independent of the others, in order. */
  readonly effects: readonly (() => void)[];
  /** Gives back what was reserved, when it turns out that the slice never happened. */
  readonly undo?: () => void;
}

export class Commits {
  readonly #options: CommitsOptions;
  /** Settles with the last batch of a slice that is not durable yet; null when all are. */
  #flushing: Promise<void> | null = null;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** For {@link EngineOptions.commit}. */
  commit({ set, before, after }: Commit): Promise<void> | undefined {
    const tags = set.touchedDurable ? tagMutations(set, this.#options.clock.monotonicMs()) : [];
    const { slice } = set;
    if (slice === null || before === null) return this.#settle(set, { mutations: tags, effects: [] });
    this.#account(slice, before, after);
    if (slice.outcome.kind === 'migrate' && after !== null) return this.#depart(set, slice, after, tags);
    const own = this.#consequences(slice, before, after);
    const children = this.#children(slice, before);
    return this.#settle(set, {
      mutations: [...tags, ...own.mutations, ...children.mutations],
      effects: [...this.#outputs(slice, before), ...own.effects, ...children.effects],
      undo: () => {
        own.undo?.();
        children.undo?.();
      },
    });
  }

  /** Lets a Smart Message run here, unless its application was killed while it was on its way. */
  board(sm: Resting): void {
    const { admission, engine } = this.#options;
    const { nonce } = sm.launch.request;
    if (engine().resident(sm.header.smId) !== undefined) {
      this.#options.log.error({ smId: sm.header.smId }, 'two Smart Messages of one name; the one that came first stays');
      return this.#left(sm);
    }
    if (admission.isKilled(nonce, sm.launch.authorKey)) this.end(sm, KILLED);
    else engine().submit(sm);
  }

  /** A Smart Message that ended without a slice of its own: given up in doubt, lost, killed on its way. */
  end(sm: Resting, ended: Ended): void {
    const { mutations, effects } = this.#ending(sm, ended);
    const happen = (): void => {
      this.#options.launching.firstSlice(sm.header.smId, true);
      this.#perform(effects);
    };
    if (mutations.length === 0) return happen();
    this.#write(mutations).then(happen, (error: unknown) => {
      // It has ended all the same, and there is no state left to go back to.
      this.#options.log.error({ err: error, smId: sm.header.smId }, 'an end could not be stored');
      happen();
    });
  }

  /** Commits, and runs the effects when that is certain: at once, when there is nothing to wait for. */
  #settle(set: ChangeSet, { mutations, effects, undo = () => {} }: Consequences): Promise<void> | undefined {
    return this.#when(mutations.length > 0 ? this.#write(mutations) : this.#gate(set), effects, undo);
  }

  #when(certain: Promise<void> | null, effects: Consequences['effects'], undo: () => void): Promise<void> | undefined {
    if (certain === null) {
      this.#perform(effects);
      return undefined;
    }
    return certain.then(
      () => this.#perform(effects),
      (error: unknown) => {
        undo();
        throw error;
      },
    );
  }

  /** What fails after a commit cannot undo it, nor keep what else follows from it: it is a defect, and the commit stands. */
  #perform(effects: Consequences['effects']): void {
    for (const effect of effects) {
      try {
        effect();
      } catch (error) {
        this.#options.bug(error);
      }
    }
  }

  #write(mutations: readonly Mutation[]): Promise<void> {
    return this.#track(this.#options.store.commit(mutations));
  }

  /** Batches become durable in order, so the last one stands for all. */
  #track(done: Promise<void>): Promise<void> {
    const mine = done.finally(() => {
      if (this.#flushing === mine) this.#flushing = null;
    });
    mine.catch(() => {});
    this.#flushing = mine;
    return done;
  }

  /** What a slice must wait for that wrote nothing durable itself: batches it may have read that are still on their way to the disk. */
  #gate(set: ChangeSet): Promise<void> | null {
    return set.dependsOn === 0 ? null : this.#flushing;
  }

  #depart(set: ChangeSet, slice: SliceEffects, leaving: Resting, tags: readonly Mutation[]): Promise<void> | undefined {
    const { outcome } = slice;
    if (outcome.kind !== 'migrate') return undefined;
    const children = this.#children(slice, leaving);
    const alsoCommit = [...tags, ...children.mutations];
    const certain = this.#options.handoff().depart({ sm: leaving, op: outcome.op, targets: outcome.to, alsoCommit, gate: this.#gate(set) });
    if (certain !== null) void this.#track(certain);
    return this.#when(certain, [...this.#outputs(slice, leaving), ...children.effects], children.undo ?? (() => {}));
  }

  /** For the hand-off: one Smart Message became clones, which are about to leave. Their code stays here until their neighbours have it. */
  cloned(sm: Resting, clones: readonly Resting[]): void {
    for (const clone of clones) this.#options.code.pin(clone.manifest);
    this.#left(sm);
  }

  #consequences(slice: SliceEffects, before: Resting, after: Resting | null): Consequences {
    const { outcome } = slice;
    switch (outcome.kind) {
      case 'wait':
        return { mutations: after === null || after.header.transient ? [] : [this.#options.journal.resident(after)], effects: [] };
      case 'spawn':
        return after === null ? NOTHING : this.#fork(after, outcome.op, outcome.share);
      case 'migrate':
        return NOTHING;
      case 'exit':
      case 'fail':
      case 'killed':
        return this.#ending(after ?? endedAs(before, slice), outcome);
    }
  }

  /** Both halves continue: the parent with the child's id, the child with null. A refused child leaves the parent whole, with the reason. */
  #fork(sm: Resting, op: number, share: number): Consequences {
    const { header, launch } = sm;
    const epoch = sm.epoch + 1;
    const childId = descendantId(header.smId, epoch, 0);
    const { rest, share: part } = splitOff({ ...header.budget, children: Math.max(0, header.budget.children - 1) }, share);
    const told = (value: unknown): string => JSON.stringify([{ op, value }]);
    const child: Resting = {
      ...sm,
      epoch: 0,
      header: { ...header, smId: childId, parent: header.smId, root: false, budget: part, reserve: NO_RESERVE, events: told(null) },
    };
    let parent: Resting = { ...sm, epoch, header: { ...header, budget: rest, events: told(childId) } };
    const refusal =
      header.budget.children < 1 ? new RefusedError('budget-exhausted', 'the budget allows no more children') : this.#refusedChild(child);
    const isBorn = refusal === null;
    if (refusal !== null) {
      const error = {
        name: 'SpawnRefused',
        message: refusal.message,
        data: { reason: refusal.reason, retryAfterMs: refusal.retryAfterMs },
      };
      parent = { ...sm, header: { ...header, events: JSON.stringify([{ op, error }]) } };
    }
    const both = isBorn ? [parent, child] : [parent];
    return {
      mutations: header.transient ? [] : both.map((half) => this.#options.journal.resident(half)),
      effects: [() => isBorn && this.#born(child, launch.request.nonce), ...both.map((half) => () => this.board(half))],
      undo: () => isBorn && this.#options.admission.withdraw(childId),
    };
  }

  #children(slice: SliceEffects, parent: Resting): Consequences {
    if (slice.children.length === 0) return NOTHING;
    const mutations: Mutation[] = [];
    const effects: (() => void)[] = [];
    const admitted: SmId[] = [];
    // All are encoded before the first is given a place: what cannot be written must not leave places taken behind.
    const born = slice.children.map((start) => {
      const child = childOf(start, parent, slice.ageMs);
      return { child, record: child.header.transient ? null : this.#options.journal.resident(child) };
    });
    for (const { child, record } of born) {
      const refusal = this.#refusedChild(child);
      if (refusal !== null) {
        const detail = `the child was refused: ${refusal.reason}: ${refusal.message}`;
        effects.push(() => this.#news(child, { kind: 'dropped', detail }));
        continue;
      }
      admitted.push(child.header.smId);
      if (record !== null) mutations.push(record);
      effects.push(() => {
        this.#born(child, parent.launch.request.nonce);
        this.board(child);
      });
    }
    return { mutations, effects, undo: () => admitted.forEach((smId) => this.#options.admission.withdraw(smId)) };
  }

  /** Asks admission for a place. */
  #refusedChild(child: Resting): RefusedError | null {
    // Only a forger can have sent something of that name here before it was given.
    if (this.#options.admission.isAdmitted(child.header.smId)) return new RefusedError('bad-message', 'its name is taken here');
    try {
      this.#options.admission.child({ launch: child.launch, header: child.header, stateBytes: child.state.length });
      return null;
    } catch (error) {
      if (error instanceof RefusedError) return error;
      throw error;
    }
  }

  #born(child: Resting, family: string): void {
    const { breadcrumbs, code } = this.#options;
    const leftMs = child.launch.request.resources.lifetimeMs - child.header.ageMs;
    breadcrumbs.born(family, child.header.smId, child.header.parent, leftMs, child.header.root);
    code.pin(child.manifest);
  }

  #ending(sm: Resting, ended: Ended): Consequences {
    const { journal, results, place } = this.#options;
    const removal = sm.header.transient ? [] : [journal.noResident(sm.header.smId)];
    const obituary = obituaryOf(sm, ended, place);
    const recorded = obituary !== null && obituary.origin === place.nodeId ? results.record(obituary) : null;
    const ends = (): void => {
      this.#left(sm);
      this.#options.metrics.count('sm_ended_total', { outcome: obituary?.outcome ?? 'returned' });
      if (ended.kind === 'killed') this.#options.metrics.count('sm_killed_total', { cause: ended.reason });
    };
    const tells = (): void => {
      if (recorded !== null) recorded.settle(true);
      else if (obituary !== null) this.#options.obituaries.send(obituary);
    };
    return {
      mutations: [...removal, ...(recorded?.mutations ?? [])],
      effects: [ends, tells],
      undo: () => recorded?.settle(false),
    };
  }

  /** Says what became of a Smart Message that never began. */
  #news(sm: Resting, ended: Ended): void {
    const obituary = obituaryOf(sm, ended, this.#options.place);
    if (obituary !== null) this.#options.obituaries.send(obituary);
  }

  #left(sm: Resting): void {
    this.#options.admission.ended(sm.header.smId);
    this.#options.code.unpin(sm.manifest);
  }

  #account(slice: SliceEffects, before: Resting, after: Resting | null): void {
    const { admission, metrics } = this.#options;
    admission.ran(before.header.smId, after?.state.length ?? 0, slice.cpuMs);
    metrics.count('sm_slices_total', { outcome: slice.outcome.kind });
    metrics.observe('sm_slice_seconds', slice.cpuMs / 1000);
  }

  /** Log lines, actuators and readings: what the slice asked of the node itself. */
  #outputs({ smId, outcome, logs, actuations, senses }: SliceEffects, sm: Resting): (() => void)[] {
    const { launching, io } = this.#options;
    const log = (): void => {
      const lines = this.#options.log.child({ family: sm.launch.request.nonce, smId });
      for (const { level, text } of logs) lines[level]({}, text);
    };
    return [
      () => launching.firstSlice(smId, ENDS.has(outcome.kind)),
      ...(logs.length > 0 ? [log] : []),
      ...actuations.map((actuation) => () => io().actuate(smId, actuation)),
      ...senses.map((sensing) => () => io().sense(smId, sensing)),
    ];
  }
}

const ENDS: ReadonlySet<string> = new Set(['exit', 'fail', 'killed']);
const NOTHING: Consequences = { mutations: [], effects: [] };
const KILLED: Ended = { kind: 'killed', reason: 'killed', detail: 'its application was killed' };
const NO_RESERVE = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

/** A Smart Message as its last slice left it, though nothing of its state remains. */
function endedAs(before: Resting, slice: SliceEffects): Resting {
  return { ...before, header: { ...before.header, ageMs: slice.ageMs, budget: slice.budget } };
}

function childOf({ smId, brick, fn, args, transient, budget }: ChildStart, parent: Resting, ageMs: number): Resting {
  const header = { ...parent.header, smId, parent: parent.header.smId, root: false, transient: transient || parent.header.transient };
  return {
    ...parent,
    header: { ...header, ageMs, budget, reserve: NO_RESERVE, events: '[]' },
    epoch: 0,
    state: new Uint8Array(0),
    start: { brick, fn, args },
    waits: '[]',
  };
}
