/** Nodes that move as a group. */
import { along, clampTo, type Area, type Position } from '../geometry.ts';
import { requireNotNegative, requirePositive, requireWhole } from '../parameters.ts';
import { LIMITS } from '../../core/limits.ts';
import type { RandomStream } from '../random.ts';
import type { Trajectory } from './trajectory.ts';

export interface GroupOptions {
  readonly members: number;
  /** Nobody leaves it. */
  readonly area: Area;
  /** Way of the group's centre, for example a random waypoint. */
  readonly centre: Trajectory;
  /** Each member's reference point lies, fixed, at most so far from the centre. */
  readonly spreadM: number;
  /** A member strays at most so far from its reference point ... */
  readonly strayM: number;
  /** ... to a new random place in this time, in a straight line. */
  readonly strayPeriodMs: number;
}

/**
 * Reference point group mobility (X. Hong, M. Gerla, G. Pei, C.-C. Chiang: A group mobility model for ad hoc wireless networks, 1999): position =
 * centre + reference point + random motion vector, whose length and direction are evenly distributed. Throws MisuseError `bad-parameter`.
 */
export function groupMobility(options: GroupOptions, random: RandomStream): Trajectory[] {
  const { members, spreadM, strayM, strayPeriodMs } = options;
  requireWhole('members', members, 1, LIMITS.simNodes);
  requireNotNegative('spreadM', spreadM);
  requireNotNegative('strayM', strayM);
  requirePositive('strayPeriodMs', strayPeriodMs);
  return Array.from({ length: members }, (_, member) => new Member(options, random.keyed(member)));
}

class Member implements Trajectory {
  readonly isStill = false;
  readonly #options: GroupOptions;
  readonly #random: RandomStream;
  readonly #reference: Position;

  constructor(options: GroupOptions, random: RandomStream) {
    this.#options = options;
    this.#random = random;
    this.#reference = vectorIn(options.spreadM, random.keyed(0));
  }

  positionAt(timeMs: number): Position {
    const { area, centre, strayPeriodMs } = this.#options;
    const at = centre.positionAt(timeMs);
    const period = Math.floor(timeMs / strayPeriodMs);
    const stray = along(this.#stray(period), this.#stray(period + 1), timeMs / strayPeriodMs - period);
    return clampTo(area, { xM: at.xM + this.#reference.xM + stray.xM, yM: at.yM + this.#reference.yM + stray.yM });
  }

  /** Drawn from the number of the period, so that no past needs to be kept. */
  #stray(period: number): Position {
    return vectorIn(this.#options.strayM, this.#random.keyed(1, period));
  }
}

function vectorIn(lengthMaxM: number, random: RandomStream): Position {
  const lengthM = random.between(0, lengthMaxM);
  const angle = random.between(0, 2 * Math.PI);
  return { xM: lengthM * Math.cos(angle), yM: lengthM * Math.sin(angle) };
}
