/** A quantity that differs by place and time: a plane that swings, with hills on it, and a sensor's noise. */
import { distanceM, type Position } from '../geometry.ts';
import type { RandomStream } from '../random.ts';

/** Something that raises a quantity around it, or lowers it. */
export interface Spot extends Position {
  /** At its middle. */
  readonly value: number;
  /** Where 61 % of it are left: the standard deviation of the bell. */
  readonly radiusM: number;
  readonly fromMs: number;
  /** Null when it stays. */
  readonly untilMs: number | null;
}

export interface Field {
  /** At the corner 0, 0, at time 0. */
  readonly base: number;
  /** More for each metre east, and north. */
  readonly eastPerM: number;
  readonly northPerM: number;
  /** How far everything swings, as a sine with this period. */
  readonly swing: number;
  readonly periodMs: number;
  readonly spots: readonly Spot[];
  /** Standard deviation of what a sensor errs by. */
  readonly noise: number;
}

/** What a perfect sensor shows. */
export function fieldAt(field: Field, place: Position, timeMs: number): number {
  const { base, eastPerM, northPerM, swing, periodMs, spots } = field;
  const plane = base + eastPerM * place.xM + northPerM * place.yM + swing * Math.sin((2 * Math.PI * timeMs) / periodMs);
  return spots.reduce((sum, spot) => sum + bell(spot, place, timeMs), plane);
}

/** What a sensor shows; each reading errs anew. */
export function measured(field: Field, place: Position, timeMs: number, random: RandomStream): number {
  const exact = fieldAt(field, place, timeMs);
  return field.noise === 0 ? exact : exact + field.noise * random.normal();
}

function bell({ value, radiusM, fromMs, untilMs, ...middle }: Spot, place: Position, timeMs: number): number {
  const isThere = timeMs >= fromMs && (untilMs === null || timeMs < untilMs);
  return isThere ? value * Math.exp(-((distanceM(middle, place) / radiusM) ** 2) / 2) : 0;
}
