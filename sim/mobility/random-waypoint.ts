/** The random waypoint model: go straight to a random place at a random speed, stay for a while, and so on. */
import { distanceM, type Area, type Position } from '../geometry.ts';
import { requireBetween, requireNotNegative, requirePositive } from '../parameters.ts';
import type { RandomStream } from '../random.ts';
import { LegPath, type Leg } from './legs.ts';
import type { Trajectory } from './trajectory.ts';

export interface WaypointOptions {
  readonly area: Area;
  /** Speeds are evenly distributed between these, in m/s. The lower must be above 0, or nodes come to rest (J. Yoon, M. Liu, B. Noble 2003). */
  readonly speedMinMps: number;
  readonly speedMaxMps: number;
  /** Stays are evenly distributed between these. */
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
  /**
   * `steady-state`: the nodes are from the beginning as they are in the long run. A time: they begin evenly distributed and moving, and so much of
   * their way lies before the beginning of the run; 0 for the model of the first papers, whose averages drift for a long time.
   */
  readonly start: 'steady-state' | { readonly warmUpMs: number };
}

const MS_PER_S = 1000;
/** Every trip and stay is remembered, so a node must not make too many of them. */
const SHORTEST_MEAN_MS = 1000;

/**
 * One node (D. B. Johnson, D. A. Maltz 1996). The steady-state start is that of W. Navidi, T. Camp: Stationary distributions for the random
 * waypoint mobility model, IEEE TMC 3(1), 2004. Throws MisuseError `bad-parameter`.
 *
 * @param random the node's own stream
 */
export function randomWaypoint(options: WaypointOptions, random: RandomStream): Trajectory {
  const { area, speedMinMps, speedMaxMps, pauseMinMs, pauseMaxMs, start } = options;
  requirePositive('area.widthM', area.widthM);
  requirePositive('area.heightM', area.heightM);
  requirePositive('speedMinMps', speedMinMps);
  requireBetween('speedMaxMps', speedMaxMps, speedMinMps, Number.MAX_VALUE);
  requireNotNegative('pauseMinMs', pauseMinMs);
  requireBetween('pauseMaxMs', pauseMaxMs, pauseMinMs, Number.MAX_VALUE);
  requireBetween(
    'mean time of a trip with its stay (area, speeds, pauses)',
    meanTripMs(options) + meanPauseMs(options),
    SHORTEST_MEAN_MS,
    Number.MAX_VALUE,
  );
  const model = new Model(options, random);
  if (start === 'steady-state') return new LegPath(model.steadyLeg(), (last) => model.next(last));
  const { warmUpMs } = start;
  requireNotNegative('start.warmUpMs', warmUpMs);
  return new LegPath(model.trip(-warmUpMs, model.anywhere()), (last) => model.next(last));
}

class Model {
  readonly #options: WaypointOptions;
  readonly #random: RandomStream;
  #isPaused = false;

  constructor(options: WaypointOptions, random: RandomStream) {
    this.#options = options;
    this.#random = random;
  }

  /** Trips and stays take turns; a stay of no length is left out. */
  next({ endMs, to }: Leg): Leg {
    const { pauseMinMs, pauseMaxMs } = this.#options;
    if (!this.#isPaused && pauseMaxMs > 0) {
      this.#isPaused = true;
      return { startMs: endMs, endMs: endMs + this.#random.between(pauseMinMs, pauseMaxMs), from: to, to };
    }
    return this.trip(endMs, to);
  }

  trip(startMs: number, from: Position): Leg {
    const { speedMinMps, speedMaxMps } = this.#options;
    this.#isPaused = false;
    return leg(startMs, from, this.anywhere(), this.#random.between(speedMinMps, speedMaxMps));
  }

  anywhere(): Position {
    const { widthM, heightM } = this.#options.area;
    return { xM: this.#random.between(0, widthM), yM: this.#random.between(0, heightM) };
  }

  /** What a node is doing at a random moment of a long run. */
  steadyLeg(): Leg {
    const { speedMinMps, speedMaxMps } = this.#options;
    const pauseMs = meanPauseMs(this.#options);
    const tripMs = meanTripMs(this.#options);
    if (this.#random.chance(pauseMs / (pauseMs + tripMs))) return this.#steadyPause();
    // Long trips take longer, so at a random moment a node is on one in proportion to its length; and on slow ones in proportion to 1 / speed.
    const [from, to] = this.#endsByLength();
    const share = this.#random.unit();
    const speedMps = speedMinMps * (speedMaxMps / speedMinMps) ** share;
    const behindMs = (this.#random.unit() * distanceM(from, to) * MS_PER_S) / speedMps;
    return leg(-behindMs, from, to, speedMps);
  }

  #steadyPause(): Leg {
    const { pauseMinMs, pauseMaxMs } = this.#options;
    this.#isPaused = true;
    // Long stays are met in proportion to their length, and at any moment of them.
    const lengthMs = Math.sqrt(pauseMinMs ** 2 + this.#random.unit() * (pauseMaxMs ** 2 - pauseMinMs ** 2));
    const at = this.anywhere();
    return { startMs: 0, endMs: lengthMs * this.#random.unit(), from: at, to: at };
  }

  #endsByLength(): readonly [Position, Position] {
    const { widthM, heightM } = this.#options.area;
    for (;;) {
      const from = this.anywhere();
      const to = this.anywhere();
      if (this.#random.chance(distanceM(from, to) / Math.hypot(widthM, heightM))) return [from, to];
    }
  }
}

function leg(startMs: number, from: Position, to: Position, speedMps: number): Leg {
  return { startMs, endMs: startMs + (distanceM(from, to) / speedMps) * MS_PER_S, from, to };
}

function meanPauseMs({ pauseMinMs, pauseMaxMs }: WaypointOptions): number {
  return (pauseMinMs + pauseMaxMs) / 2;
}

function meanTripMs({ area, speedMinMps, speedMaxMps }: WaypointOptions): number {
  return meanDistanceM(area) * meanSlowness(speedMinMps, speedMaxMps) * MS_PER_S;
}

/** Mean of 1 / speed over evenly distributed speeds, in s/m. */
function meanSlowness(minMps: number, maxMps: number): number {
  return minMps === maxMps ? 1 / minMps : Math.log(maxMps / minMps) / (maxMps - minMps);
}

/** Mean distance of two random points in a rectangle (B. Ghosh 1951), in metres. */
function meanDistanceM({ widthM: a, heightM: b }: Area): number {
  const diagonal = Math.hypot(a, b);
  return (
    (a ** 3 / b ** 2 +
      b ** 3 / a ** 2 +
      diagonal * (3 - a ** 2 / b ** 2 - b ** 2 / a ** 2) +
      2.5 * ((b ** 2 / a) * Math.log((a + diagonal) / b) + (a ** 2 / b) * Math.log((b + diagonal) / a))) /
    15
  );
}
