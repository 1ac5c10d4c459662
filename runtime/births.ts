/**
 * Descendants that are born in a slice: the other half of a `spawn`, and the children of `launch`. Whatever has to be written
 * is encoded before the first of them is given a place, so an encoding that fails leaves no place taken behind.
 */
import { splitOff } from '../core/budget.ts';
import { RefusedError } from '../core/errors.ts';
import { descendantId } from '../core/lineage.ts';
import type { Mutation } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache } from './code/code-cache.ts';
import { NOTHING, type Consequences } from './consequences.ts';
import type { Ends } from './ends.ts';
import type { Breadcrumbs } from './family/breadcrumbs.ts';
import type { Journal } from './journal/journal.ts';
import type { ChildStart, SliceEffects } from './worker/protocol.ts';

export interface BirthsOptions {
  readonly journal: Journal;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly breadcrumbs: Breadcrumbs;
  readonly ends: Ends;
  /** Lets it run. */
  readonly board: (sm: Resting) => void;
}

export class Births {
  readonly #options: BirthsOptions;

  constructor(options: BirthsOptions) {
    this.#options = options;
  }

  /** Both halves continue: the parent with the child's id, the child with null. A refused child leaves the parent whole, with the reason. */
  fork(sm: Resting, op: number, share: number): Consequences {
    const { parent, child } = halves(sm, op, share);
    const born = [...this.#records(parent), ...this.#records(child)];
    const refusal =
      sm.header.budget.children < 1 ? new RefusedError('budget-exhausted', 'the budget allows no more children') : this.#refused(child);
    if (refusal !== null) {
      const whole = withRefusal(sm, op, refusal);
      return { mutations: this.#records(whole), effects: [() => this.#options.board(whole)] };
    }
    return {
      mutations: born,
      effects: [() => this.#born(child), () => this.#options.board(parent), () => this.#options.board(child)],
      undo: () => this.#options.admission.withdraw(child.header.smId),
    };
  }

  /** The children that the slice launched. Who is refused never begins, and its family is told. */
  launched({ children, ageMs }: SliceEffects, parent: Resting): Consequences {
    if (children.length === 0) return NOTHING;
    const { admission, ends, board } = this.#options;
    const launched = children.map((start) => childOf(start, parent, ageMs));
    const records = launched.map((child) => this.#records(child));
    const refusals = launched.map((child) => this.#refused(child));
    const admitted = launched.filter((_, index) => refusals[index] === null);
    return {
      mutations: records.filter((_, index) => refusals[index] === null).flat(),
      effects: launched.map((child, index) => {
        const refusal = refusals[index] ?? null;
        if (refusal !== null) return () => ends.unborn(child, `the child was refused: ${refusal.reason}: ${refusal.message}`);
        return () => {
          this.#born(child);
          board(child);
        };
      }),
      undo: () => admitted.forEach(({ header }) => admission.withdraw(header.smId)),
    };
  }

  #records(sm: Resting): readonly Mutation[] {
    return sm.header.transient ? [] : [this.#options.journal.resident(sm)];
  }

  /** Asks admission for a place; null when the child has one. */
  #refused(child: Resting): RefusedError | null {
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

  #born({ header, launch, manifest }: Resting): void {
    const { breadcrumbs, code } = this.#options;
    const leftMs = launch.request.resources.lifetimeMs - header.ageMs;
    breadcrumbs.born(launch.request.nonce, header.smId, header.parent, leftMs, header.root);
    code.pin(manifest);
  }
}

const NO_RESERVE = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

function halves(sm: Resting, op: number, share: number): { readonly parent: Resting; readonly child: Resting } {
  const { header } = sm;
  const epoch = sm.epoch + 1;
  const childId = descendantId(header.smId, epoch, 0);
  const { rest, share: part } = splitOff({ ...header.budget, children: Math.max(0, header.budget.children - 1) }, share);
  const told = (value: unknown): string => JSON.stringify([{ op, value }]);
  const ofChild = { smId: childId, parent: header.smId, root: false, budget: part, reserve: NO_RESERVE, events: told(null) };
  return {
    parent: { ...sm, epoch, header: { ...header, budget: rest, events: told(childId) } },
    child: { ...sm, epoch: 0, header: { ...header, ...ofChild } },
  };
}

function withRefusal(sm: Resting, op: number, { message, reason, retryAfterMs }: RefusedError): Resting {
  const error = { name: 'SpawnRefused', message, data: { reason, retryAfterMs } };
  return { ...sm, header: { ...sm.header, events: JSON.stringify([{ op, error }]) } };
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
