/** How lineages end here: what is kept, what is let go, and who is told. */
import type { Resting } from '../core/sm.ts';
import type { Log, Metrics } from '../core/ports.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { Consequences } from './consequences.ts';
import type { Obituaries } from './family/obituaries.ts';
import type { FamilyResults } from './family/results.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Journal } from './journal/journal.ts';
import { obituaryOf, type Ended, type PlaceOfEnd } from './lineage-ends.ts';

const HOW = { fail: 'failed', killed: 'was ended', dropped: 'was dropped', lost: 'is lost' } as const;

export interface EndsOptions {
  readonly place: PlaceOfEnd;
  readonly journal: Journal;
  readonly handoff: () => Pick<Handoff, 'guards'>;
  readonly admission: AdmissionManager;
  readonly code: CodeCache;
  readonly results: FamilyResults;
  readonly obituaries: Obituaries;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class Ends {
  readonly #options: EndsOptions;

  constructor(options: EndsOptions) {
    this.#options = options;
  }

  /** What follows from the end of a Smart Message that lived here. Its result is recorded at once, and told when that is certain. */
  of(sm: Resting, ended: Ended): Consequences {
    const { journal, results, place } = this.#options;
    const { smId, transient } = sm.header;
    const { stations } = this.#options.handoff().guards;
    const removal = transient ? [] : [journal.noResident(smId), ...stations.endMutations(smId)];
    const obituary = obituaryOf(sm, ended, place);
    const recorded = obituary !== null && obituary.origin === place.nodeId ? results.record(obituary) : null;
    const ends = (): void => {
      this.left(sm);
      stations.ended(smId);
      this.#options.metrics.count('sm_ended_total', { outcome: obituary?.outcome ?? 'returned' });
      if (ended.kind === 'killed') this.#options.metrics.count('sm_killed_total', { cause: ended.reason });
      if (ended.kind !== 'exit') this.#say(sm, ended);
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
  unborn(sm: Resting, detail: string): void {
    const obituary = obituaryOf(sm, { kind: 'dropped', detail }, this.#options.place);
    if (obituary !== null) this.#options.obituaries.send(obituary);
  }

  /** Whoever reads the log of this node must not need the origin to see that a program fails here. */
  #say({ header, launch }: Resting, ended: Exclude<Ended, { readonly kind: 'exit' }>): void {
    const why = ended.kind === 'fail' ? `${ended.error.name}: ${ended.error.message}` : ended.detail;
    // A kill was asked for, and may end thousands.
    const level = ended.kind === 'killed' && ended.reason === 'killed' ? 'debug' : 'warn';
    this.#options.log[level]({ family: launch.request.nonce, smId: header.smId, why }, `a Smart Message ${HOW[ended.kind]}`);
  }

  /** It is here no more, wherever it is: its place is free and its code may go. */
  left(sm: Resting): void {
    this.#options.admission.ended(sm.header.smId);
    this.#options.code.unpin(sm.manifest);
  }
}
