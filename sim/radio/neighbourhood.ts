/** Who hears whom at a moment, and how well. */
import { distanceM, type Position } from '../geometry.ts';
import type { Trajectory } from '../mobility/trajectory.ts';
import { requirePositive } from '../parameters.ts';
import { SpatialGrid } from '../spatial-grid.ts';
import type { Propagation } from './propagation.ts';

/** What one node hears of another's transmission. */
export interface Signal {
  readonly node: number;
  readonly dbm: number;
}

/** At 20 m/s a node moves 2 m in this time, little beside the range of any radio here. */
const STEP_MS = 100;

/**
 * Positions are looked at in steps: within one, nobody moves. So the signals of a sender are worked out once a step, and once for ever
 * when no node moves at all.
 */
export class Neighbourhood {
  readonly #trajectories: readonly Trajectory[];
  readonly #propagation: Propagation;
  readonly #stepMs: number;
  readonly #isStill: boolean;
  #step = -1;
  #positions: readonly Position[] = [];
  #grid: SpatialGrid | null = null;
  #heard: (readonly Signal[] | undefined)[] = [];

  constructor(trajectories: readonly Trajectory[], propagation: Propagation, stepMs = STEP_MS) {
    requirePositive('stepMs', stepMs);
    this.#trajectories = trajectories;
    this.#propagation = propagation;
    this.#stepMs = stepMs;
    this.#isStill = trajectories.every(({ isStill }) => isStill);
  }

  /** All nodes that sense what `node` sends at `nowMs`, in ascending order. */
  hearersOf(node: number, nowMs: number): readonly Signal[] {
    const grid = this.#gridAt(nowMs);
    return (this.#heard[node] ??= grid.near(node).flatMap((other) => this.#signal(node, other)));
  }

  /** Nodes that can decode what `node` sends, in ascending order. */
  decodersOf(node: number, nowMs: number): number[] {
    return this.hearersOf(node, nowMs)
      .filter(({ dbm }) => dbm >= this.#propagation.decodeDbm)
      .map((signal) => signal.node);
  }

  positionOf(node: number, nowMs: number): Position {
    this.#gridAt(nowMs);
    return this.#positions[node]!;
  }

  #signal(from: number, to: number): Signal[] {
    const dbm = this.#propagation.receivedDbm(from, to, distanceM(this.#positions[from]!, this.#positions[to]!));
    return dbm >= this.#propagation.senseDbm ? [{ node: to, dbm }] : [];
  }

  #gridAt(nowMs: number): SpatialGrid {
    const step = this.#isStill ? 0 : Math.floor(nowMs / this.#stepMs);
    if (this.#grid === null || step !== this.#step) {
      this.#step = step;
      this.#positions = this.#trajectories.map((trajectory) => trajectory.positionAt(step * this.#stepMs));
      this.#grid = new SpatialGrid(this.#positions, this.#propagation.reachM);
      this.#heard = [];
    }
    return this.#grid;
  }
}
