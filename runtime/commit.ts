/**
 * What a slice did becomes a fact here: one batch for the store, and, when that batch and everything the slice may have read
 * is durable, the effects that leave the node. Nothing leaves earlier; a transient Smart Message that read nothing unflushed
 * waits for nothing.
 */
import type { Clock, Log, Mutation, Store } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import { Births, type BirthsOptions } from './births.ts';
import { NOTHING, type Consequences } from './consequences.ts';
import { Ends, type EndsOptions } from './ends.ts';
import type { Commit, Engine } from './engine/engine.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { IoTags } from './io-tags.ts';
import type { Launching } from './launching.ts';
import type { Ended } from './lineage-ends.ts';
import { tagMutations } from './tags/record.ts';
import type { ChangeSet, SliceEffects } from './worker/protocol.ts';

export interface CommitsOptions extends EndsOptions, Omit<BirthsOptions, 'ends' | 'board'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: () => Engine;
  readonly handoff: () => Handoff;
  readonly io: () => IoTags;
  readonly launching: Launching;
  /** Something failed that never should: a defect of this program. */
  readonly bug: (error: unknown) => void;
}

/** What a slice does besides what becomes of its own Smart Message. */
interface SideEffects {
  readonly tags: readonly Mutation[];
  readonly children: Consequences;
}

export class Commits {
  readonly #options: CommitsOptions;
  readonly #births: Births;
  readonly #ends: Ends;
  /** Settles with the last batch of a slice that is not durable yet; null when all are. */
  #flushing: Promise<void> | null = null;

  constructor(options: CommitsOptions) {
    this.#options = options;
    this.#ends = new Ends(options);
    this.#births = new Births({ ...options, ends: this.#ends, board: (sm) => this.board(sm) });
  }

  /** For {@link EngineOptions.commit}. */
  commit({ set, before, after }: Commit): Promise<void> | undefined {
    const tags = set.touchedDurable ? tagMutations(set, this.#options.clock.monotonicMs()) : [];
    const { slice } = set;
    if (slice === null || before === null) return this.#settle(set, { mutations: tags, effects: [] });
    this.#account(slice, before, after);
    const children = this.#births.launched(slice, before);
    try {
      if (slice.outcome.kind === 'migrate' && after !== null) return this.#depart(set, slice, after, { tags, children });
      const own = this.#own(slice, before, after);
      return this.#settle(set, {
        mutations: [...tags, ...own.mutations, ...children.mutations],
        effects: [...this.#outputs(slice, before), ...own.effects, ...children.effects],
        undo: () => {
          own.undo?.();
          children.undo?.();
        },
      });
    } catch (error) {
      // The slice never happened, so its children give their places back.
      children.undo?.();
      throw error;
    }
  }

  /**
   * Lets a Smart Message run here, unless its application was killed while it was on its way.
   *
   * @param durable resolves when it is here for certain; when it rejects, it never was. Null when it is certain already.
   */
  board(sm: Resting, durable: Promise<void> | null = null): void {
    const { admission, engine } = this.#options;
    const { nonce } = sm.launch.request;
    if (engine().resident(sm.header.smId) !== undefined) {
      this.#options.log.error({ smId: sm.header.smId }, 'two Smart Messages of one name; the one that came first stays');
      return this.#ends.left(sm);
    }
    if (!admission.isKilled(nonce, sm.launch.authorKey)) engine().submit(sm, durable);
    else if (durable === null) this.end(sm, KILLED);
    else
      durable.then(
        () => this.end(sm, KILLED),
        () => {},
      );
  }

  /** A Smart Message that ended without a slice of its own: given up in doubt, lost, killed on its way. */
  end(sm: Resting, ended: Ended): void {
    const { mutations, effects } = this.#ends.of(sm, ended);
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

  #depart(set: ChangeSet, slice: SliceEffects, leaving: Resting, also: SideEffects): Promise<void> | undefined {
    const { outcome } = slice;
    if (outcome.kind !== 'migrate') return undefined;
    const alsoCommit = [...also.tags, ...also.children.mutations];
    const certain = this.#options.handoff().depart({ sm: leaving, op: outcome.op, targets: outcome.to, alsoCommit, gate: this.#gate(set) });
    if (certain !== null) void this.#track(certain);
    return this.#when(certain, [...this.#outputs(slice, leaving), ...also.children.effects], also.children.undo ?? (() => {}));
  }

  /** For the hand-off: one Smart Message became clones, which are about to leave. Their code stays here until their neighbours have it. */
  cloned(sm: Resting, clones: readonly Resting[]): void {
    for (const clone of clones) this.#options.code.pin(clone.manifest);
    this.#ends.left(sm);
  }

  /** What becomes of the Smart Message itself, unless it departs. */
  #own(slice: SliceEffects, before: Resting, after: Resting | null): Consequences {
    const { outcome } = slice;
    switch (outcome.kind) {
      case 'wait':
        return { mutations: after === null || after.header.transient ? [] : [this.#options.journal.resident(after)], effects: [] };
      case 'spawn':
        return after === null ? NOTHING : this.#births.fork(after, outcome.op, outcome.share);
      case 'migrate':
        return NOTHING;
      case 'exit':
      case 'fail':
      case 'killed':
        return this.#ends.of(after ?? endedAs(before, slice), outcome);
    }
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
const KILLED: Ended = { kind: 'killed', reason: 'killed', detail: 'its application was killed' };

/** A Smart Message as its last slice left it, though nothing of its state remains. */
function endedAs(before: Resting, slice: SliceEffects): Resting {
  // Ages are of the beginning of slices; nothing comes after this one that would count its time.
  return { ...before, header: { ...before.header, ageMs: slice.ageMs + slice.cpuMs, budget: slice.budget } };
}
