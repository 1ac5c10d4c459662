/** What one node has used up: radio, processor and board. */

/** Power in milliwatts. */
export interface PowerDraw {
  /** The radio while it sends, receives, listens, sleeps. */
  readonly transmitMw: number;
  readonly receiveMw: number;
  readonly idleMw: number;
  readonly sleepMw: number;
  /** The rest of the device when nothing happens. */
  readonly boardMw: number;
  /** What computing adds to that. */
  readonly computeMw: number;
}

/** `asleep` concerns the radio; a node that is off draws nothing. */
export type PowerState = 'on' | 'asleep' | 'off';

/** Energy in joules by what it was used for. */
export interface Energy {
  readonly transmitJ: number;
  readonly receiveJ: number;
  readonly idleJ: number;
  readonly sleepJ: number;
  readonly boardJ: number;
  readonly computeJ: number;
}

const J_PER_MW_MS = 1e-6;

/**
 * The usual model of states with constant power (L. M. Feeney, M. Nilsson 2001): every moment of a radio that is on is sending, receiving or idle. A frame
 * is charged when it begins, so for its length the idle time may look too short.
 */
export class EnergyAccount {
  readonly #draw: PowerDraw;
  #state: PowerState = 'on';
  #sinceMs: number;
  #onMs = 0;
  #asleepMs = 0;
  #transmitMs = 0;
  #receiveMs = 0;
  #computeMs = 0;

  /** The node is on from `nowMs`. */
  constructor(draw: PowerDraw, nowMs: number) {
    this.#draw = draw;
    this.#sinceMs = nowMs;
  }

  transmitted(durationMs: number): void {
    this.#transmitMs += durationMs;
  }

  received(durationMs: number): void {
    this.#receiveMs += durationMs;
  }

  computed(durationMs: number): void {
    this.#computeMs += durationMs;
  }

  get state(): PowerState {
    return this.#state;
  }

  setState(state: PowerState, nowMs: number): void {
    if (this.#state === 'on') this.#onMs += nowMs - this.#sinceMs;
    if (this.#state === 'asleep') this.#asleepMs += nowMs - this.#sinceMs;
    this.#state = state;
    this.#sinceMs = nowMs;
  }

  /** What the node draws now when nothing happens, in milliwatts. */
  get restingMw(): number {
    const { idleMw, sleepMw, boardMw } = this.#draw;
    if (this.#state === 'off') return 0;
    return boardMw + (this.#state === 'on' ? idleMw : sleepMw);
  }

  spentAt(nowMs: number): Energy {
    const { transmitMw, receiveMw, idleMw, sleepMw, boardMw, computeMw } = this.#draw;
    const runningMs = nowMs - this.#sinceMs;
    const onMs = this.#onMs + (this.#state === 'on' ? runningMs : 0);
    const asleepMs = this.#asleepMs + (this.#state === 'asleep' ? runningMs : 0);
    return {
      transmitJ: transmitMw * this.#transmitMs * J_PER_MW_MS,
      receiveJ: receiveMw * this.#receiveMs * J_PER_MW_MS,
      idleJ: idleMw * (onMs - this.#transmitMs - this.#receiveMs) * J_PER_MW_MS,
      sleepJ: sleepMw * asleepMs * J_PER_MW_MS,
      boardJ: boardMw * (onMs + asleepMs) * J_PER_MW_MS,
      computeJ: computeMw * this.#computeMs * J_PER_MW_MS,
    };
  }
}

export function totalJ(energy: Energy): number {
  return energy.transmitJ + energy.receiveJ + energy.idleJ + energy.sleepJ + energy.boardJ + energy.computeJ;
}

/** Sums of several nodes. */
export function sumOf(energies: readonly Energy[]): Energy {
  const sum = (part: keyof Energy): number => energies.reduce((total, energy) => total + energy[part], 0);
  return {
    transmitJ: sum('transmitJ'),
    receiveJ: sum('receiveJ'),
    idleJ: sum('idleJ'),
    sleepJ: sum('sleepJ'),
    boardJ: sum('boardJ'),
    computeJ: sum('computeJ'),
  };
}
