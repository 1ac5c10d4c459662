/** What a trial needs to show a known bug soon, whatever its seed. */
import type { Limits } from '../../core/limits.ts';
import type { Canary } from '../faults/canary.ts';
import type { StormPlan } from '../faults/storm.ts';
import type { SOAK_PROGRAMS } from './programs.ts';

export interface Singing {
  /** The one program that shows it; absent: any does. */
  readonly program?: keyof typeof SOAK_PROGRAMS;
  readonly storm: Partial<StormPlan>;
  /** Further launches, so that it is not missed for lack of an occasion. */
  readonly launches: number;
  readonly limits?: Partial<Limits>;
  /** Whether it is about guards, so all programs have some. */
  readonly isGuarded?: boolean;
}

/** Whether bounds hold is seen where they are reached. */
export const ROOM_FOR_ONE: Partial<Limits> = { residents: 1 };

/** Disks forget when the power goes; any other bug shows while it is on, and a refused write is nothing for a node that is dying. */
const POWER_CUTS: Partial<StormPlan> = { siteCrashesPerMinute: 120, outageMs: 1_500 };
const POWER: Partial<StormPlan> = { crashesPerMinute: 0, siteCrashesPerMinute: 0 };
/** Many are presumed dead, and still under way when all have met again. */
const OUTAGES: Partial<StormPlan> = { crashesPerMinute: 40, siteCrashesPerMinute: 0 };

const SOME = 10;
const MANY = 30;

export const SINGING: Readonly<Record<Canary, Singing>> = {
  'forgets-answers': { program: 'wanderer', storm: POWER_CUTS, launches: MANY },
  'forgets-departures': { program: 'wanderer', storm: POWER_CUTS, launches: MANY },
  'refuses-writes': { storm: POWER, launches: SOME },
  'sleeps-on': { storm: POWER, launches: SOME },
  'shows-all-tags': { program: 'scribe', storm: POWER, launches: SOME },
  overfills: { program: 'waiter', storm: POWER, limits: ROOM_FOR_ONE, launches: MANY },
  'feeds-children': { program: 'family', storm: POWER, launches: SOME },
  'runs-in-circles': { program: 'wanderer', storm: POWER, launches: SOME },
  'never-settles': { storm: POWER, launches: SOME },
  'hears-no-fences': { program: 'wanderer', storm: OUTAGES, isGuarded: true, launches: MANY },
  'hears-no-renewals': { program: 'wanderer', storm: OUTAGES, isGuarded: true, launches: SOME },
};
