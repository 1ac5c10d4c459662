/** What a slice is told. */
import type { Clock, Entropy } from '../../core/ports.ts';
import type { ResumeEvent, SliceInput } from '../../sandbox/guest/boundary.ts';
import type { Resident } from '../scheduler/resident.ts';
import { parseArguments } from './boarding.ts';
import type { Surroundings } from './protocol.ts';

const SEED_BYTES = 32;
/** Seeds are cut from larger pieces: a call to the operating system for each slice would cost more than the slice's own bookkeeping. */
const SEEDS_PER_DRAW = 128;

/** Seeds for the random numbers of slices, unpredictable and never used twice. */
export class Seeds {
  readonly #entropy: Entropy;
  #hex = '';
  #next = 0;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  take(): string {
    if (this.#next >= this.#hex.length) {
      this.#hex = Buffer.from(this.#entropy.bytes(SEED_BYTES * SEEDS_PER_DRAW)).toString('hex');
      this.#next = 0;
    }
    const seed = this.#hex.slice(this.#next, this.#next + SEED_BYTES * 2);
    this.#next += SEED_BYTES * 2;
    return seed;
  }
}

export interface SliceMoment {
  readonly nowMs: number;
  readonly clock: Clock;
  readonly seeds: Seeds;
  readonly surroundings: Surroundings;
  readonly tagVersion: number;
}

/** The input of a resident's next slice; its state goes beside it, as bytes. Throws DataError `bad-arguments`. */
export function sliceInput(resident: Resident, events: readonly ResumeEvent[], moment: SliceMoment): Omit<SliceInput, 'state'> {
  const env = environment(resident, moment);
  const { start } = resident;
  if (start === null) return { events, env };
  const args = start.args === null ? { json: parseArguments(resident.charter.arguments) } : { captured: start.args };
  return { entry: { brick: start.brick, fn: start.fn }, args, events, env };
}

function environment(resident: Resident, moment: SliceMoment): SliceInput['env'] {
  const { principal } = resident.charter;
  const { surroundings } = moment;
  return {
    self: {
      id: resident.smId,
      family: principal.family,
      node: surroundings.nodeId,
      nodeName: surroundings.nodeName,
      origin: principal.origin,
      previous: resident.previous,
      hops: resident.hops,
      author: principal.author,
      code: principal.code,
      ageMs: moment.nowMs - resident.bornMs,
      lifetimeLeftMs: resident.endOfLifeMs - moment.nowMs,
      budget: resident.budget,
    },
    neighbours: surroundings.neighbours,
    location: surroundings.location,
    tagVersion: moment.tagVersion,
    wallMs: moment.clock.wallMs(),
    seed: moment.seeds.take(),
  };
}
