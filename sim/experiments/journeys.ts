/** Many journeys at once, and when each was home again. */
import type { LaunchChoices, Launched } from '../launches.ts';
import type { Observer } from '../node/environment.ts';
import type { SimProgram } from '../program.ts';
import type { World } from '../world.ts';

export interface Journey {
  readonly launched: Launched;
  readonly startMs: number;
  /** Null while it has not said that it is home. */
  homeMs: number | null;
  /** What it said then. */
  said: string;
}

/** What programs write to their log when they are home: the number that they were given as the argument `journey`, and what they have to tell. */
const HOME = /^home (\d+) ?(.*)$/;

export class Journeys {
  readonly all: Journey[] = [];
  #world: World | null = null;

  /** To be given to the world. */
  readonly observer: Observer = {
    said: (node, _smId, text) => {
      const [, number, said = ''] = HOME.exec(text) ?? [];
      const journey = this.all[Number(number)];
      if (journey?.launched.origin.index !== node || journey.homeMs !== null) return;
      journey.homeMs = this.#world!.nowMs;
      journey.said = said;
    },
  };

  launch(world: World, program: SimProgram, origin: number, args: object, choices: LaunchChoices = {}): Journey {
    this.#world = world;
    const launched = world.launch(program, origin, { ...choices, args: { ...args, journey: this.all.length } });
    const journey = { launched, startMs: world.nowMs, homeMs: null, said: '' };
    this.all.push(journey);
    return journey;
  }

  get areOver(): boolean {
    return this.all.every(({ launched }) => launched.isOver);
  }

  /** Share of the journeys that came home; null when there were none. */
  get delivery(): number | null {
    return mean(this.all.map(({ homeMs }) => (homeMs === null ? 0 : 1)));
  }

  /** Mean time of those that came home, in milliseconds; null when none did. */
  get meanMs(): number | null {
    return mean(this.all.flatMap(({ startMs, homeMs }) => (homeMs === null ? [] : [homeMs - startMs])));
  }
}

/** Null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
