/** The receiving end of a session: frames in, messages out, in order, each once. */
import { LIMITS } from '../../core/limits.ts';
import type { Data } from './frames.ts';

export class Inbound {
  #next = 0;
  #announced = 0;
  /** Null while there are none, which is nearly always. */
  #early: Map<number, Data> | null = null;

  /** True while a frame is missing before one that came or that was announced. */
  get hasGap(): boolean {
    return this.#early !== null || this.#next < this.#announced;
  }

  /** The other end says which number comes next. Returns whether all before it have come. */
  announce(next: number): boolean {
    this.#announced = Math.max(this.#announced, next);
    return this.#next >= next;
  }

  /** Takes a frame. Returns those that are to be read now, or null when too many are missing. */
  take(frame: Data): readonly Data[] | null {
    if (frame.sequence < this.#next || this.#early?.has(frame.sequence) === true) return NOTHING;
    if (frame.sequence > this.#next) {
      this.#early ??= new Map();
      if (this.#early.size >= LIMITS.simEarlyFrames) return null;
      this.#early.set(frame.sequence, frame);
      return NOTHING;
    }
    this.#next += 1;
    return this.#early === null ? [frame] : [frame, ...this.#following(this.#early)];
  }

  *#following(early: Map<number, Data>): Iterable<Data> {
    for (let frame = early.get(this.#next); frame !== undefined; frame = early.get(this.#next)) {
      early.delete(this.#next);
      this.#next += 1;
      yield frame;
    }
    if (early.size === 0) this.#early = null;
  }
}

const NOTHING: readonly Data[] = [];
