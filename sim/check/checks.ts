/** All checkers together, for one run. */
import type { Observer } from '../node/environment.ts';
import { together } from '../observers.ts';
import type { World } from '../world.ts';
import { accessChecker } from './access.ts';
import { boundsChecker } from './bounds.ts';
import { budgetChecker } from './budgets.ts';
import { type Checker, type Violation, Violations } from './checker.ts';
import { custodyChecker } from './custody.ts';
import { defectChecker } from './defects.ts';
import { type GuardOptions, guardChecker } from './guards.ts';
import { loopChecker } from './loops.ts';
import { Residence } from './residence.ts';
import { singleLifeChecker } from './single-life.ts';
import { wakeChecker } from './wakes.ts';

export interface ChecksOptions {
  /** Whether budgets must add up exactly; see {@link budgetChecker}. */
  readonly exactBudgets: boolean;
  /** See {@link loopChecker}. */
  readonly mostHops: (family: string) => number;
  /** Where nodes are taken for good, or outages are longer than leases of copies; see {@link guardChecker}. */
  readonly guards?: GuardOptions;
}

const NOBODY_DIES: GuardOptions = { isGone: () => false, wellForMs: () => 0 };

/** How often nodes are looked at, virtual milliseconds. */
const SAMPLE_MS = 500;

export class Checks {
  readonly observer: Observer;
  readonly #violations: Violations;
  readonly #checkers: readonly Checker[];
  #world: World | null = null;

  constructor({ exactBudgets, mostHops, guards = NOBODY_DIES }: ChecksOptions) {
    const violations = new Violations(() => this.#world?.nowMs ?? 0);
    this.#violations = violations;
    const residence = new Residence();
    // Who is given up for a second life, which has a name of its own, need not be anywhere.
    const mayBeGivenUp = (smId: string): boolean =>
      this.#world?.launches.all.some(
        ({ family, inDoubt, guard }) => family === residence.families.get(smId) && (inDoubt !== 'wait' || guard > 0),
      ) === true;
    this.#checkers = [
      custodyChecker(violations, mayBeGivenUp),
      singleLifeChecker(violations, residence),
      budgetChecker(violations, residence, { exact: exactBudgets }),
      accessChecker(violations, residence),
      wakeChecker(violations),
      boundsChecker(violations),
      loopChecker(violations, residence, mostHops),
      defectChecker(violations),
      guardChecker(violations, residence, guards),
    ];
    const leaves: Observer = {
      changes(node, { slice }) {
        if (slice !== null && slice.outcome.kind !== 'wait') residence.left(node, slice.seat);
      },
    };
    // Checkers ask the residence who somebody is, so it must know before them, and forget after them.
    this.observer = together([residence.observer, ...this.#checkers.flatMap(({ observer }) => observer ?? []), leaves]);
  }

  get violations(): readonly Violation[] {
    return this.#violations.list;
  }

  /** A violation that somebody else has found. */
  add(checker: string, text: string): void {
    this.#violations.add(checker, text);
  }

  /** Begins to look at the nodes of a world whose observer this is. */
  watch(world: World): void {
    this.#world = world;
    const look = (): void => {
      this.sample();
      world.kernel.setTimer(SAMPLE_MS, look);
    };
    world.kernel.setTimer(SAMPLE_MS, look);
  }

  sample(): void {
    for (const { sample } of this.#checkers) if (this.#world !== null) sample?.(this.#world);
  }

  /** The last look, when everybody is up and everything has settled. */
  atRest(): void {
    for (const { atRest } of this.#checkers) if (this.#world !== null) atRest?.(this.#world);
  }
}
